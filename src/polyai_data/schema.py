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
                return shape.faults(value)
    raise KeyError(operation_id)
