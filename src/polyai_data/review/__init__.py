"""Review of calls in a browser. Needs the extra `review`.

from polyai_data import AsyncPolyAI
from polyai_data.review import Review

with Review(AsyncPolyAI()) as review:
    print(review.address())
    review.wait()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polyai_data.review.server import Review

__all__ = ["Review"]


def __getattr__(name: str) -> Any:
    # On first use: the pure modules beside it need no extra.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from polyai_data.review import server  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in {"jinja2", "markupsafe", "starlette", "uvicorn"}:
            raise
        message = f"the review needs {error.name}: pip install 'polyai-data[review]'"
        raise ModuleNotFoundError(message, name=error.name) from error
    return getattr(server, name)
