"""Whether an answer is exactly what the patched document says: what `strict=True` asks. Needs the extra `strict`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from polyai_data.errors import ConfigError

_NEEDED = ("jsonschema_rs", "yaml")


def check_installed() -> None:
    """Check that what `strict=True` needs is there, before the first answer comes.

    Raises:
        ConfigError: the extra `strict` is not installed.
    """
    for name in _NEEDED:
        if find_spec(name) is None:
            raise ConfigError(f"strict=True needs {name}: pip install 'polyai-data[strict]'", argument="strict")


def complaints(operation_id: str, value: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """What is wrong with `value` as the body of the operation's documented success: where, and what, but no values."""
    # Imported here: the compiled validator and the document cost more than a client that is not strict should pay.
    from polyai_data import openapi  # noqa: PLC0415

    operations = (operation for vendor in openapi.PACKAGES for operation in openapi.load(vendor).operations)
    operation = next(each for each in operations if each.id == operation_id)
    return operation.responses[operation.success]["application/json"].faults(value)
