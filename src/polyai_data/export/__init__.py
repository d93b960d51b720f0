"""Exports of conversations to files: JSON lines, CSV, Parquet, DuckDB; and what they say."""

from __future__ import annotations

import importlib as _importlib
import typing as _typing

_ORIGINS = {"Progress": "run", "Report": "run", "export": "run", "analyze": "analysis"}


def __getattr__(name: str) -> _typing.Any:
    # Imported on first use: the libraries of the formats take long to import.
    if name not in _ORIGINS:
        raise AttributeError(f"module 'polyai_data.export' has no attribute {name!r}")
    return getattr(_importlib.import_module(f"polyai_data.export.{_ORIGINS[name]}"), name)
