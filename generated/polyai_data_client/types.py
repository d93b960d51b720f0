# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""What models and endpoints share: how JSON is read into models and written again, and what did not fit."""

import datetime
from collections.abc import Callable, Iterator, KeysView, Mapping, MutableMapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Generic, Self, SupportsIndex, TypeVar, cast
from urllib.parse import quote
from uuid import UUID

from attrs import define, field

from .errors import UNREADABLE, InvalidArgument, Misfit
from .readers import (
    Reader,
    any_of,
    anything,
    boolean,
    day,
    fits,
    identity,
    integer,
    items,
    model,
    moment,
    null,
    number,
    one_of,
    parse_datetime,
    take,
    text,
    uuid,
)

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


def _plain(name: str, value: Any, nulls: bool) -> Any:
    """A value of a model as JSON."""
    if isinstance(value, datetime.datetime):
        return format_datetime(name, value)
    if isinstance(value, list):
        return [_plain(name, each, nulls) for each in value]
    if isinstance(value, Model):
        return value.to_dict(nulls=nulls) if value._misfit is None else value._misfit.value
    return str(value) if isinstance(value, (datetime.date, UUID)) else value


@define(kw_only=True, repr=False)
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
    """The attribute and the reader of each property, by its name in JSON. A subclass can give other models inside."""
    _required: ClassVar[tuple[str, ...]] = ()
    """The names in JSON of the properties without which there is no model."""
    _extra: ClassVar[Reader | None] = None
    """The reader of properties that the document does not name; None where they are taken as they are."""

    additional_properties: dict[str, V] = field(init=False, factory=dict)
    _raw: dict[str, Any] = field(init=False, factory=dict, eq=False)
    """What came where None is read, or is not what would be written: nulls, what did not fit, and texts of times."""
    _parts: dict[str, tuple[str, Any]] = field(init=False, factory=dict, eq=False)
    """The names of properties with models inside that were not looked at, and what came; by attribute."""
    _drifts: bool | Misfit = field(init=False, default=False, eq=False)
    """Whether something did not fit, here or inside, but for parts: `unread` then looks for it. The misfit for which an
    empty model stands."""

    @property
    def _misfit(self) -> Misfit | None:
        return self._drifts if isinstance(self._drifts, Misfit) and self == type(self)() else None

    @property
    def unread(self) -> tuple[Unread, ...]:
        """The values that were not what the document says, here and in the models inside; nulls are not among them."""
        for attribute, (name, came) in [*self._parts.items()]:
            if not fits(self._properties[name][1], came):
                getattr(self, attribute)
        return tuple(_unread(self, "")) if self._drifts else ()

    def _read_parts(self) -> None:
        for attribute in [*self._parts]:
            getattr(self, attribute)

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        self._read_parts()  # a copy has no parts, and what did not fit is known
        return super().__reduce_ex__(protocol)

    if not TYPE_CHECKING:  # for type checkers, a class with it has any attribute

        def __getattr__(self, attribute: str) -> Any:
            """A part, which is read now that it is first looked at."""
            parts = object.__getattribute__(self, "_parts")
            part = parts.get(attribute)
            made = self._read(*part) if part else None
            try:
                return object.__getattribute__(self, attribute)  # where another thread has read it meanwhile
            except AttributeError:
                if part is None:
                    raise
            setattr(self, attribute, made)
            parts.pop(attribute, None)
            return made

    def to_dict(self, *, nulls: bool = False) -> dict[str, Any]:
        """As JSON, without properties that are None, but with what came for them; `nulls`: with them as null, also inside."""
        self._read_parts()
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
        for name in {**self._properties, **self._raw}:  # in the document's order
            if (came := self._raw.get(name)) is not None:
                attribute, reader = self._properties.get(name, ("", self._extra or anything))
                made, misfits = take(reader, came)
                if made == (getattr(self, attribute) if attribute else self.additional_properties.get(name)):
                    yield name, came, misfits

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """From JSON. What the document does not name is kept in `additional_properties`.

        Attributes with models inside are read when they are first looked at, from what is in `src_dict` then.

        Raises:
            errors.Misfit: a ValueError. It is no object, or lacks a property without which there is no model.
        """
        return cls._made(src_dict, whole=False)

    @classmethod
    def _made(cls, src_dict: Mapping[str, Any], *, whole: bool) -> Self:
        """As `from_dict`; with `whole`, parts are read at once, so that nothing inside is left."""
        if type(src_dict) is not dict and not isinstance(src_dict, Mapping):
            raise Misfit.of(src_dict, "an object")
        made, known = object.__new__(cls), cls._properties
        made.additional_properties, made._raw, made._parts, made._drifts = {}, {}, {}, False
        made._fill(src_dict.get, whole)
        if None in src_dict.values():
            made._raw |= {name: None for name, value in src_dict.items() if value is None and name in known}
        if not src_dict.keys() <= known.keys():
            extra, rest = cls._extra or anything, cast(dict[str, Any], made.additional_properties)
            for name, value in src_dict.items():
                if name not in known:
                    read = value if type(value) is extra.exact else made._read(name, value, extra)
                    if read is not None or (value is None and type(None) in extra.takes):
                        rest[name] = read
        for name in cls._required:
            attribute, reader = known[name]
            if getattr(made, attribute) is None:
                misfits = take(reader, src_dict[name])[1] if name in src_dict else [Misfit("", "missing", None)]
                raise (misfits[0] if misfits else Misfit.of(src_dict[name], reader.says)).at(name)
        return made

    def _fill(self, get: Callable[[str], Any], whole: bool) -> None:
        """Set the attributes to what `get` gives for their names, and parts with `whole` alone. Each model has its own."""

    def _read(self, name: str, came: Any, reader: Reader | None = None) -> Any:
        """What `came` for a property reads as; keeps it where it did not fit, or would be written otherwise."""
        reader = reader or self._properties[name][1]
        try:
            made = reader.read(came)
        except (Misfit, RecursionError):
            made, misfits = take(reader, came)
            if misfits:
                self._raw[name] = came
                self._drifts = self._drifts if came is None else True
        if (made is None and came is not None) or not reader.plain:
            self._raw[name] = came
        if reader.nested and made and _drifts(made):
            self._drifts = True
        return made

    @classmethod
    def _fit(cls, values: Sequence[Any]) -> bool:
        """Whether all `values` read whole, as `Reader.fit`."""
        known, required, extra = cls._properties, cls._required, ("", cls._extra or anything)
        rest: dict[str, list[Any]] = {}
        for value in values:
            if type(value) is not dict or (required and any(value.get(name) is None for name in required)):
                return False
            for name, each in value.items():
                if each is not None and type(each) is not known.get(name, extra)[1].exact:
                    rest.setdefault(name, []).append(each)
        for name, some in rest.items():
            if not known.get(name, extra)[1].fit(some):
                return False
        return True

    def _moment(self, name: str, came: Any) -> datetime.datetime | None:
        """As `_read` for a time, of which a response has many."""
        try:
            made = parse_datetime(came)
        except (TypeError, ValueError, OverflowError):
            return self._read(name, came)  # type: ignore[no-any-return]
        self._raw[name] = came
        return made

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        """What `repr` and rich show: ids, numbers and times. Of texts and parts, in which there can be what is personal
        or a signed link, the names alone: logs and tracebacks show it too."""
        for attribute, _ in self._properties.values():
            value = getattr(self, attribute)
            if isinstance(value, (int, float, datetime.date, UUID)) or (
                isinstance(value, str) and f"_{attribute}".endswith("_id")
            ):
                yield attribute, value
            elif value is not None:
                yield attribute, "…"
        if self.additional_properties:
            yield "additional_properties", dict.fromkeys(self.additional_properties, "…")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

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


@define(kw_only=True, repr=False)
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
    "any_of",
    "anything",
    "boolean",
    "day",
    "format_datetime",
    "identity",
    "integer",
    "items",
    "model",
    "moment",
    "null",
    "number",
    "one_of",
    "parse_datetime",
    "path_segment",
    "text",
    "uuid",
]
