"""Exports of conversations to files: JSON lines, CSV, Parquet, DuckDB; and what they say."""

from __future__ import annotations

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from polyai_data.export.estimates import Estimate as Estimate
    from polyai_data.export.estimates import estimate as estimate
    from polyai_data.export.order import Options as Options
    from polyai_data.export.report import Report as Report
    from polyai_data.export.run import Progress as Progress
    from polyai_data.export.run import export as export

_ORIGINS = {
    "Estimate": "estimates",
    "Options": "order",
    "Progress": "run",
    "Report": "report",
    "analyze": "analysis",
    "estimate": "estimates",
    "export": "run",
}


def __getattr__(name: str) -> _typing.Any:
    # Imported on first use: the libraries of the formats take long to import.
    if name not in _ORIGINS:
        raise AttributeError(f"module 'polyai_data.export' has no attribute {name!r}")
    return getattr(_importlib.import_module(f"polyai_data.export.{_ORIGINS[name]}"), name)
