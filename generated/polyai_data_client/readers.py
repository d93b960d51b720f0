# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""How a JSON value is read: a reader for each kind of value that the document names."""

import datetime
import re
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, get_args
from uuid import UUID

from .errors import KINDS, Misfit, Partly

if TYPE_CHECKING:
    from .types import Model


class Reader(NamedTuple):
    """How a JSON value of one kind is read.

    Attributes:
        says: what the document says that it is.
        takes: the classes of JSON values among which it has some.
        exact: the class whose values are taken as they are; None where there is none.
        read: gives the value for Python, or None where nothing is set; raises Misfit.
        fit: whether all of these values, which are no nulls, read whole, also inside. It makes nothing of them, and looks
            at many at once, so that it is quick; where it says no, reading finds out.
        plain: whether the value for Python, but for the models in it, is JSON too.
        nested: whether the value for Python has models in it.
        instead: gives what stands in a list for an item that does not fit; None where such an item is left out.
    """

    says: str
    takes: tuple[type, ...]
    exact: type | None
    read: Callable[[Any], Any]
    fit: Callable[[Sequence[Any]], bool]
    plain: bool = True
    nested: bool = False
    instead: Callable[[Misfit], Any] = lambda _: None


def _checked(
    says: str, takes: tuple[type, ...], fits: Callable[[Any], Any] | None = None, exact: type | None = None
) -> Reader:
    """The reader of values that are taken as they are where they `fits`."""
    kinds = frozenset(takes)

    def read(value: Any) -> Any:
        if type(value) in takes and (fits is None or fits(value)):
            return value
        raise Misfit.of(value, says)

    def fit(values: Sequence[Any]) -> bool:
        return kinds.issuperset(map(type, values)) and (fits is None or all(map(fits, values)))

    return Reader(says, takes, exact, read, fit)


def _parsed(says: str, parse: Callable[[Any], Any], kind: type = str) -> Reader:
    """The reader of values of the class `kind` that become others."""

    def read(value: Any) -> Any:
        if type(value) is kind:
            try:
                return parse(value)
            except (ValueError, OverflowError):
                pass
        raise Misfit.of(value, says)

    def fit(values: Sequence[Any]) -> bool:
        try:
            return {*map(type, values)} <= {kind} and None not in [*map(parse, values)]
        except (ValueError, OverflowError):
            return False

    return Reader(says, (kind,), None, read, fit, plain=False)


UTC = datetime.UTC
_from_iso = datetime.datetime.fromisoformat


def parse_datetime(value: str) -> datetime.datetime | None:
    """An RFC 3339 date-time; None when it is empty. A time without an offset is UTC."""
    try:
        parsed = _from_iso(value)
    except ValueError:
        if not value:
            return None
        # A leap second is the end of its minute here, as datetime knows none; and `t` and `z` are as good as `T` and `Z`.
        text, leaps = re.subn(r"^(.{10}T\d\d:\d\d:)60", r"\g<1>59", value.upper())
        parsed = datetime.datetime.fromisoformat(text) + datetime.timedelta(seconds=leaps)
    zone = parsed.tzinfo
    if zone is None:
        return parsed.replace(tzinfo=UTC)
    if zone is not UTC and parsed.utcoffset() % datetime.timedelta(minutes=1):  # type: ignore[operator]
        raise ValueError("an offset of RFC 3339 has no seconds")
    return parsed


def _are_times(values: Sequence[Any]) -> bool:
    try:
        return {parsed.tzinfo for parsed in map(_from_iso, values)} <= {UTC, None}
    except (TypeError, ValueError):
        return False


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
anything = Reader("anything", tuple(KINDS), None, lambda value: value, lambda _: True)
moment = _parsed("a time", parse_datetime)._replace(fit=_are_times)
day = _parsed("a date", datetime.date.fromisoformat)
uuid = _parsed("a UUID", UUID)


def one_of(literal: Any) -> Reader:
    """The reader of the values of a Literal type."""
    values = get_args(literal)
    return _checked(f"one of {', '.join(map(str, values))}", tuple({*map(type, values)}), lambda value: value in values)


def items(reader: Reader) -> Reader:
    """The reader of a list. It raises Partly when items do not fit, so that another reader can have the list."""
    exact = reader.exact

    def read(value: Any) -> Any:
        if type(value) is not list:
            raise Misfit.of(value, "a list")
        for item in value:
            if type(item) is not exact:
                break
        else:
            return [*value]
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

    def fit(values: Sequence[Any]) -> bool:
        return {*map(type, values)} <= {list} and reader.fit([*chain.from_iterable(values)])

    return Reader("a list", (list,), None, read, fit, reader.plain, reader.nested)


def any_of(*readers: Reader) -> Reader:
    """The reader of what one of `readers` can read; the first that can reads it."""
    says = " or ".join(dict.fromkeys(reader.says for reader in readers))
    by_class = {kind: [each for each in readers if kind in each.takes] for kind in KINDS}

    def read(value: Any) -> Any:
        inner = None
        for reader in by_class.get(type(value), ()):
            try:
                made = value if type(value) is reader.exact else reader.read(value)
                if made is not None or value is None:
                    return made
            except Misfit as misfit:
                inner = misfit if misfit.place else inner
        raise inner or Misfit.of(value, says)

    def fit(values: Sequence[Any]) -> bool:
        kinds = {*map(type, values)}
        for kind in kinds:
            some = values if len(kinds) == 1 else [value for value in values if type(value) is kind]
            if not by_class.get(kind) or not by_class[kind][0].fit(some):
                return False
        return True

    takes = tuple(kind for kind in KINDS if by_class[kind])
    plain, nested = all(each.plain for each in readers), any(each.nested for each in readers)
    return Reader(says, takes, readers[0].exact, read, fit, plain, nested)


def model(kind: "type[Model[Any]]") -> Reader:
    """The reader of an object, as a model. In a list, an empty one stands for an item that is no object, if it can be empty."""

    def instead(misfit: Misfit) -> Any:
        if kind._required:
            return None
        made = kind()
        made._drifts = misfit
        return made

    def read(value: Any) -> Any:
        return kind._made(value, whole=True)

    return Reader("an object", (dict,), None, read, kind._fit, nested=True, instead=instead)


def _read(reader: Reader, value: Any) -> Any:
    """`value` where None can stand for null alone."""
    made = reader.read(value)
    if made is None and value is not None:
        raise Misfit.of(value, reader.says)
    return made


def take(reader: Reader, value: Any) -> tuple[Any, list[Misfit]]:
    """What `value` reads as, in part where it is a list, or None; and what did not fit and is not in that."""
    try:
        return reader.read(value), []
    except Partly as partly:
        return partly.made, partly.left_out
    except (Misfit, RecursionError) as fault:
        return None, [fault if isinstance(fault, Misfit) else Misfit("", "nested too deeply", value)]


def fits(reader: Reader, value: Any) -> bool:
    """Whether nothing in `value` would be unread; at times not where that is so."""
    try:
        return reader.fit([value])
    except RecursionError:
        return False
