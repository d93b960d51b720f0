"""Review of calls in a browser. Needs the extra `review`.

from polyai_data import AsyncPolyAI, review

review.serve(AsyncPolyAI(), announce=print)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polyai_data.review.server import Review, serve

__all__ = ["Review", "serve"]


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
