# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""What models and endpoints share: how JSON is read into models and written again, and what did not fit."""

import datetime
import re
from collections.abc import Callable, Iterator, KeysView, Mapping, MutableMapping
from itertools import count
from typing import Any, BinaryIO, ClassVar, Generic, NamedTuple, Self, TypeVar, get_args
from urllib.parse import quote
from uuid import UUID

from attrs import define, field

from .errors import KINDS, UNREADABLE, InvalidArgument, Misfit, Partly

T = TypeVar("T")
V = TypeVar("V")


@define(frozen=True)
class Unread:
    """A value of a response that is not what the document says, so that it is not read.

    Attributes:
        place: where it is, such as `turns[3].latency`; `*` stands for a key that the document does not name.
        reason: what is there and what is documented: "an object, documented as a number".
        value: what is there. No `repr` shows it.
    """

    place: str
    reason: str
    value: Any = field(repr=False)


def hidden(link: str | None) -> str:
    """The `repr` of a link without it, as it can be signed, and then gives access to what it leads to."""
    return "'…'" if link else repr(link)


def names(properties: dict[str, Any]) -> str:
    """The `repr` of properties that no document names, without their values: a signed link can be among them."""
    return "{" + ", ".join(f"{name!r}: …" for name in properties) + "}"


class Reader(NamedTuple):
    """How a JSON value of one kind is read.

    Attributes:
        says: what the document says that it is.
        takes: the classes of JSON values among which it has some.
        exact: the class whose values are taken as they are; None where there is none.
        read: gives the value for Python, or None where nothing is set; raises Misfit.
        plain: whether the value for Python, but for the models in it, is JSON too.
        nested: whether the value for Python has models in it.
        instead: gives what stands in a list for an item that does not fit; None where such an item is left out.
    """

    says: str
    takes: tuple[type, ...]
    exact: type | None
    read: Callable[[Any], Any]
    plain: bool = True
    nested: bool = False
    instead: Callable[[Misfit], Any] = lambda _: None


def _checked(
    says: str, takes: tuple[type, ...], fits: Callable[[Any], Any] = lambda _: True, exact: type | None = None
) -> Reader:
    """The reader of values that are taken as they are where they `fits`."""

    def read(value: Any) -> Any:
        if type(value) in takes and fits(value):
            return value
        raise Misfit.of(value, says)

    return Reader(says, takes, exact, read)


def _parsed(says: str, parse: Callable[[Any], Any], kind: type = str) -> Reader:
    """The reader of values of the class `kind` that become others."""

    def read(value: Any) -> Any:
        if type(value) is kind:
            try:
                return parse(value)
            except (ValueError, OverflowError):
                pass
        raise Misfit.of(value, says)

    return Reader(says, (kind,), None, read, plain=False)


def parse_datetime(value: str) -> datetime.datetime | None:
    """An RFC 3339 date-time; None when it is empty. A time without an offset is UTC."""
    if not value:
        return None
    try:
        parsed = datetime.datetime.fromisoformat(value)
    except ValueError:
        # A leap second is the end of its minute here, as datetime knows none; and `t` and `z` are as good as `T` and `Z`.
        text, leaps = re.subn(r"^(.{10}T\d\d:\d\d:)60", r"\g<1>59", value.upper())
        parsed = datetime.datetime.fromisoformat(text) + datetime.timedelta(seconds=leaps)
    if parsed.tzinfo is None:
        return parsed.replace(tzinfo=datetime.UTC)
    if parsed.tzinfo is not datetime.UTC and parsed.utcoffset() % datetime.timedelta(minutes=1):  # type: ignore[operator]
        raise ValueError("an offset of RFC 3339 has no seconds")
    return parsed


def _integer(value: float) -> int:
    if value.is_integer():
        return int(value)
    raise ValueError("not an integer")


text = _checked("a string", (str,), exact=str)
boolean = _checked("a boolean", (bool,), exact=bool)
null = _checked("null", (type(None),))
number = _checked("a number", (int, float), lambda value: value - value == 0, exact=int)  # not of NaN and infinity
integer = _parsed("an integer", _integer, float)._replace(takes=(int, float), exact=int, plain=True)
identity = _checked("a string that is not empty", (str,), str.strip)
anything = Reader("anything", tuple(KINDS), None, lambda value: value)
moment = _parsed("a time", parse_datetime)
day = _parsed("a date", datetime.date.fromisoformat)
uuid = _parsed("a UUID", UUID)


def one_of(literal: Any) -> Reader:
    """The reader of the values of a Literal type."""
    values = get_args(literal)
    return _checked(f"one of {', '.join(map(str, values))}", tuple({*map(type, values)}), lambda value: value in values)


def items(reader: Reader) -> Reader:
    """The reader of a list. It raises Partly when items do not fit, so that another reader can have the list."""

    def read(value: Any) -> Any:
        if type(value) is not list:
            raise Misfit.of(value, "a list")
        made: list[Any] = []
        misfits: list[Misfit] = []
        left_out: list[Misfit] = []
        for index, item in enumerate(value):
            try:
                made.append(item if type(item) is reader.exact else _read(reader, item))
            except Misfit as misfit:
                misfits.append(misfit.at(f"[{index}]"))
                if isinstance(misfit, Partly):
                    made.append(misfit.made)
                    left_out += [each.at(f"[{index}]") for each in misfit.left_out]
                elif (instead := reader.instead(misfit)) is not None:
                    made.append(instead)
                else:
                    left_out.append(misfits[-1])
        if misfits:
            raise Partly(made, misfits[0], left_out)
        return made

    return Reader("a list", (list,), None, read, reader.plain, reader.nested)


def any_of(*readers: Reader) -> Reader:
    """The reader of what one of `readers` can read; the first that can reads it."""
    says = " or ".join(dict.fromkeys(reader.says for reader in readers))
    by_class = {kind: [each for each in readers if kind in each.takes] for kind in KINDS}

    def read(value: Any) -> Any:
        inner = None
        for reader in by_class.get(type(value), ()):
            try:
                return value if type(value) is reader.exact else _read(reader, value)
            except Misfit as misfit:
                inner = misfit if misfit.place else inner
        raise inner or Misfit.of(value, says)

    takes = tuple(kind for kind in KINDS if by_class[kind])
    plain, nested = all(each.plain for each in readers), any(each.nested for each in readers)
    return Reader(says, takes, readers[0].exact, read, plain, nested)


def model(kind: "type[Model[Any]]") -> Reader:
    """The reader of an object, as a model. In a list, an empty one stands for an item that is no object, if it can be empty."""

    def instead(misfit: Misfit) -> Any:
        if kind._required:
            return None
        made = kind()
        made._drifts = misfit
        return made

    return Reader("an object", (dict,), None, kind.from_dict, nested=True, instead=instead)


def _read(reader: Reader, value: Any) -> Any:
    """`value` where None can stand for null alone."""
    made = reader.read(value)
    if made is None and value is not None:
        raise Misfit.of(value, reader.says)
    return made


def _take(reader: Reader, value: Any) -> tuple[Any, list[Misfit]]:
    """What `value` reads as, in part where it is a list, or None; and what did not fit and is not in that."""
    try:
        return reader.read(value), []
    except Partly as partly:
        return partly.made, partly.left_out
    except (Misfit, RecursionError) as fault:
        return None, [fault if isinstance(fault, Misfit) else Misfit("", "nested too deeply", value)]


def _plain(name: str, value: Any, nulls: bool) -> Any:
    """A value of a model as JSON."""
    if isinstance(value, datetime.datetime):
        return format_datetime(name, value)
    if isinstance(value, list):
        return [_plain(name, each, nulls) for each in value]
    if isinstance(value, Model):
        return value.to_dict(nulls=nulls) if value._misfit is None else value._misfit.value
    return str(value) if isinstance(value, (datetime.date, UUID)) else value


@define(kw_only=True)
class Model(Generic[V]):
    """The base of the models.

    A value that is not what the document says costs itself alone: its attribute is None, or its key is absent; `unread`
    names it, and `to_dict` gives it back. In a list, it is left out; in a list of models, an empty model stands for what
    is no object, so that indexes stay, unless models of its class have an identity. Times, dates and UUIDs are written
    as they came. All that holds until the attribute is set. What the document does not name is in `additional_properties`.

    A model is read like a dictionary, too: its keys are the names in JSON of all properties that the document names, so
    that models of one class have the same, and then those of `additional_properties`; its values are those of the
    attributes. `dict(model)` has them all, and `to_dict` gives JSON.
    """

    _properties: ClassVar[Mapping[str, tuple[str, Reader]]] = {}
    """The attribute and the reader of each property, by its name in JSON. A subclass can give another table."""
    _required: ClassVar[tuple[str, ...]] = ()
    """The names in JSON of the properties without which there is no model."""
    _extra: ClassVar[Reader | None] = None
    """The reader of properties that the document does not name; None where they are taken as they are."""

    additional_properties: dict[str, V] = field(init=False, factory=dict)
    _raw: dict[str, Any] = field(init=False, factory=dict, repr=False, eq=False)
    """What came where None is read, or is not what would be written: nulls, what did not fit, and texts of times."""
    _drifts: bool | Misfit = field(init=False, default=False, repr=False, eq=False)
    """Whether something did not fit, here or inside: `unread` then looks for it. The misfit for which an empty model stands."""

    @property
    def _misfit(self) -> Misfit | None:
        return self._drifts if isinstance(self._drifts, Misfit) and self == type(self)() else None

    @property
    def unread(self) -> tuple[Unread, ...]:
        """The values that were not what the document says, here and in the models inside; nulls are not among them."""
        return tuple(_unread(self, "")) if self._drifts else ()

    def to_dict(self, *, nulls: bool = False) -> dict[str, Any]:
        """As JSON, without properties that are None, but with what came for them; `nulls`: with them as null, also inside."""
        came = {name: value for name, value, _ in self._came()}
        made: dict[str, Any] = dict.fromkeys(self._properties) if nulls else {}
        made |= {name: None for name, value in self._raw.items() if value is None} | self.additional_properties | came
        if self._extra is not None and (self._extra.nested or not self._extra.plain):
            for name in self.additional_properties.keys() - came.keys():
                made[name] = _plain(name, made[name], nulls)
        for name, (attribute, reader) in self._properties.items():
            value = getattr(self, attribute)
            if value is not None and name not in came:
                made[name] = _plain(attribute, value, nulls) if reader.nested or not reader.plain else value
        return made

    def _came(self) -> Iterator[tuple[str, Any, list[Misfit]]]:
        """What is in `_raw`, but for nulls, and still is what was read; by its name, with what did not fit."""
        for name, came in self._raw.items():
            if came is not None:
                attribute, reader = self._properties.get(name, ("", self._extra or anything))
                made, misfits = _take(reader, came)
                if made == (getattr(self, attribute) if attribute else self.additional_properties.get(name)):
                    yield name, came, misfits

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """From JSON. What the document does not name is kept in `additional_properties`.

        Raises:
            errors.Misfit: a ValueError. It is no object, or lacks a property without which there is no model.
        """
        if type(src_dict) is not dict and not isinstance(src_dict, Mapping):
            raise Misfit.of(src_dict, "an object")
        values: dict[str, Any] = {}
        rest: dict[str, Any] = {}
        raw: dict[str, Any] = {}
        properties, other, drifts = cls._properties, ("", cls._extra or anything), False
        for name, value in src_dict.items():
            attribute, reader = properties.get(name, other)
            if type(value) is reader.exact:
                (values if attribute else rest)[attribute or name] = value
            elif value is None and attribute:
                raw[name] = None
            else:
                made, misfits = _take(reader, value)
                fits = made is not None or (value is None and type(None) in reader.takes)
                if fits:
                    (values if attribute else rest)[attribute or name] = made
                if misfits or not fits or not reader.plain:
                    raw[name] = value
                drifts = drifts or (bool(misfits) and value is not None) or (reader.nested and _drifts(made))
        for name in cls._required:
            attribute, reader = properties[name]
            if attribute not in values:
                misfits = _take(reader, raw[name])[1] if name in raw else [Misfit("", "missing", None)]
                raise (misfits[0] if misfits else Misfit.of(raw[name], reader.says)).at(name)
        made = cls(**values)
        made.additional_properties, made._raw, made._drifts = rest, raw, drifts
        return made

    def keys(self) -> KeysView[str]:
        """The names in JSON of the properties that the document names, and then of the others."""
        return {**dict.fromkeys(self._properties), **dict.fromkeys(self.additional_properties)}.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __getitem__(self, key: str) -> V:
        if key in self._properties:
            return getattr(self, self._properties[key][0])  # type: ignore[no-any-return]
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: V) -> None:
        if key in self._properties:
            setattr(self, self._properties[key][0], value)
        else:
            self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: object) -> bool:
        return key in self._properties or key in self.additional_properties


@define(kw_only=True)
class FreeMap(Model[V], Mapping[str, V]):
    """The base of the models of objects of which the document names no property."""

    def __len__(self) -> int:
        return len(self.additional_properties)


def _unread(model: Model[Any], place: str) -> Iterator[Unread]:
    if model._misfit is not None:
        yield Unread(place, model._misfit.reason, model._misfit.value)
    prefix = f"{place}." if place else ""
    left_out: set[str] = set()
    for name, _, misfits in model._came():
        step = prefix + (name if name in model._properties else "*")
        left_out |= {step + misfit.place.split(".")[0] for misfit in misfits}
        for at in (misfit.at(step) for misfit in misfits):
            yield Unread(at.place, at.reason, at.value)
    for name, (attribute, reader) in model._properties.items():
        if reader.nested:
            yield from _unread_in(getattr(model, attribute), prefix + name, left_out)
    if model._extra is not None and model._extra.nested:
        for value in model.additional_properties.values():
            yield from _unread_in(value, f"{prefix}*", left_out)


def _unread_in(value: Any, place: str, left_out: set[str]) -> Iterator[Unread]:
    if isinstance(value, list):
        places = (at for index in count() if (at := f"{place}[{index}]") not in left_out)
        for each, at in zip(value, places):
            yield from _unread_in(each, at, left_out)
    elif _drifts(value):
        yield from _unread(value, place)


def _drifts(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_drifts, value))
    return isinstance(value, Model) and bool(value._drifts)


def format_datetime(name: str, value: datetime.datetime) -> str:
    """`value` as an RFC 3339 date-time; InvalidArgument when it has no offset: a guess could be hours off."""
    offset = value.utcoffset() if isinstance(value, datetime.datetime) else None
    if offset is None:
        raise InvalidArgument(f"{name}: {value!r} must be a datetime with an offset, such as tzinfo=timezone.utc")
    if offset and offset % datetime.timedelta(minutes=1):
        # Zones had offsets with seconds before 1940; a date-time of RFC 3339 has none.
        value = value.astimezone(datetime.UTC)
    return value.isoformat()


def path_segment(name: str, value: object) -> str:
    """`value` quoted as one segment of a path; InvalidArgument when it would reach another path."""
    text = "" if value is None else str(value)
    try:
        quoted = quote(text, safe="")
    except UnicodeEncodeError:
        quoted = ""
    if quoted in {"", ".", ".."}:
        raise InvalidArgument(f"{name}: {value!r} is no id, and would reach another path")
    return quoted


@define
class File:
    """A binary response."""

    payload: BinaryIO


@define
class Response(Generic[T]):
    """A response. `parsed` is None when its body is no JSON object, or has no identity; `content` has it."""

    status_code: int
    content: bytes
    headers: MutableMapping[str, str]
    parsed: T | None


__all__ = [
    "UNREADABLE",
    "File",
    "FreeMap",
    "Model",
    "Reader",
    "Response",
    "Unread",
    "format_datetime",
    "parse_datetime",
    "path_segment",
]
