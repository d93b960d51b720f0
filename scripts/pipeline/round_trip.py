"""Import a generated package, and read and write a value of every model: `python round_trip.py PACKAGE`.

A program of its own, as it imports what was just written. Its output names what does not work.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

_TEXTS = ("text", "2026-05-04T12:00:00+00:00", "2026-05-04", "6f6b1c1e-6f0e-4c38-8a6e-0d1f6a1c2b3d")


def problems(package: Any) -> Iterator[str]:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    exported = [getattr(package.models, name) for name in package.models.__all__]
    models: list[Any] = [one for one in exported if isinstance(one, type) and issubclass(one, package.types.Model)]
    single = [1, 1.5, True, *_TEXTS, *(value for one in exported for value in get_args(one)), {}]
    examples: list[Any] = []
    while single:  # with the smallest value of each model, which may need that of another
        examples += [*single, *([each] for each in single)]
        smallest = [_value(model, model._required, examples) for model in models]
        single = [value for value in smallest if value is not None and value not in examples]
    for model in models:
        yield from (f"{model.__name__}: {fault}" for fault in _faults(model, examples, dir(package.types.Model)))


def _value(model: Any, names: Iterable[str], examples: list[Any]) -> dict[str, Any] | None:
    """A value of a model with these properties, as far as an example fits; None when it lacks a required one."""
    fitting = {name: [each for each in examples if _fits(model._properties[name][1], each)] for name in names}
    value = {name: each[0] for name, each in fitting.items() if each}
    return value if value.keys() >= set(model._required) else None


def _fits(reader: Any, value: Any) -> bool:
    try:
        made = value if type(value) is reader.exact else reader.read(value)
    except ValueError:
        return False
    inner = made[0] if isinstance(made, list) else made
    return made is not None and not getattr(inner, "unread", ())


def _faults(model: Any, examples: list[Any], own: list[str]) -> Iterator[str]:
    for name, (attribute, _) in model._properties.items():
        if attribute in own:
            yield f"its property {name!r} hides {attribute!r}, which every model has"
    value = _value(model, model._properties, examples)
    if value is None:
        yield f"no example has all that it requires: {', '.join(model._required)}"
        return
    try:
        made = model.from_dict(value)
        if made.to_dict() != value or made.unread or model.from_dict(made.to_dict()) != made:
            yield f"{value} comes back as {made.to_dict()}"
    except Exception as error:  # noqa: BLE001 - whatever it is, the model does not work
        yield f"{value} cannot be read and written: {type(error).__name__}: {error}"


def main(folder: Path) -> int:
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder.parent))
    try:
        wrong = list(problems(importlib.import_module(folder.name)))
    except Exception as error:  # noqa: BLE001 - generated code can be wrong in any way
        wrong = [f"cannot be imported: {type(error).__name__}: {error}"]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
