"""Exports of conversations to files: JSON lines, CSV, Parquet, DuckDB."""
