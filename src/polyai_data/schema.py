"""Whether an answer is exactly what the patched document says: what `strict=True` asks. Needs the extra `strict`."""

from __future__ import annotations

from typing import Any

from polyai_data.errors import ConfigError


def complaints(operation_id: str, value: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """What is wrong with `value` as the body of the operation's documented success: where, and what. Values are not
    shown.

    Raises:
        ConfigError: the extra `strict` is not installed.
    """
    try:
        # Imported here because the compiled validator and the document cost more than a client that is not strict
        # should pay.
        from polyai_data import document  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"strict=True needs {error.name}: pip install 'polyai-data[strict]'", argument="strict"
        ) from None
    for vendor in document.PACKAGES:
        for operation in document.load(vendor).operations:
            if operation.id == operation_id:
                shape = operation.responses[operation.success]["application/json"]
                return [(place, _without_values(message)) for place, message in shape.faults(value)]
    raise KeyError(operation_id)


def _without_values(message: str) -> str:
    # The validator quotes the value before it says what is wrong with it, and the value can be personal data.
    for verb in (" is not ", " is a required property", " does not match ", " is less ", " is greater ", " has "):
        before, found, after = message.partition(verb)
        if found and verb != " is a required property":
            return f"what is there{verb}{after}" if before else message
    return message
