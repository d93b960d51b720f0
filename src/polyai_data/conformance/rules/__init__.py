"""The rules by theme. Importing this registers them all, in this order."""

from polyai_data.conformance.rules import (  # noqa: I001 - the order in which they are judged
    document,
    errors,
    keys,
    hosts,
    listings,
    paging,
    filters,
    searching,
    recordings,
    pii,
    notes,
    annotations,
    chats,
    links,
)

__all__ = [
    "annotations",
    "chats",
    "document",
    "errors",
    "filters",
    "hosts",
    "keys",
    "links",
    "listings",
    "notes",
    "paging",
    "pii",
    "recordings",
    "searching",
]
