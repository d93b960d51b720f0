"""The environment, which has keys, is read where it is used: `help()` and editors show none of it in a module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
READS = {"environ", "environb", "getenv"}


def read_on_import(tree: ast.AST) -> list[int]:
    """The lines that name the environment outside the bodies of functions: defaults, attributes, constants."""
    lines = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            outside = [*node.args.defaults, *node.args.kw_defaults, *getattr(node, "decorator_list", ())]
            lines += read_on_import(ast.Module([ast.Expr(each) for each in outside if each], []))
        elif {getattr(node, "id", None), getattr(node, "attr", None)} & READS:
            lines.append(node.lineno)  # type: ignore[attr-defined]
        else:
            lines += read_on_import(node)
    return lines


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("def f(x=os.environ): ...", [1]),
        ("async def f(*, x=os.getenv('KEY')): ...", [1]),
        ("class A:\n    key = environ['KEY']", [2]),
        ("def f(x=None):\n    return os.environ", []),
    ],
)
def test_what_is_read_on_import(code: str, lines: list[int]) -> None:
    assert read_on_import(ast.parse(code)) == lines


def test_no_module_reads_the_environment_on_import() -> None:
    files = [path for room in ("src", "generated") for path in (ROOT / room).rglob("*.py")]
    assert len(files) > 250
    read = {str(path): read_on_import(ast.parse(path.read_text(encoding="utf-8"))) for path in files}
    assert {path: lines for path, lines in read.items() if lines} == {}
