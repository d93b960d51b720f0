"""Run openapi-python-client on one document: `python generator.py SETTINGS DOCUMENT TEMPLATES PACKAGE`.

A program of its own, for the generator's environment. Names that the templates use themselves become reserved words, so
that a property or a schema of such a name is renamed; what the generator cannot use is listed in a line each.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import ast
import sys
from pathlib import Path

import openapi_python_client as upstream
from openapi_python_client import strings
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.schema.untrusted_string import UntrustedString

CLASSES = (
    {"Any", "AsyncIterator", "AuthenticatedClient", "BytesIO", "Client", "File", "FileTypes", "Iterator", "Literal"}
    | {"Mapping", "OPERATION", "Response", "UNREADABLE", "UNSET", "UUID", "Unset"}
)  # fmt: skip
"""What the generated modules import or define beside the models."""
ARGUMENTS = {"client", "cookies", "headers", "params", "format_datetime", "path_segment"}
"""What the generated functions use beside their parameters."""
_LONGEST = 200


def members(types: str) -> set[str]:
    """What every model has, by the template of the module `types`."""
    model = next(node for node in ast.parse(types).body if isinstance(node, ast.ClassDef) and node.name == "Model")
    fields = {
        node.target.id for node in model.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return fields | {node.name for node in model.body if isinstance(node, ast.FunctionDef)}


def _marked(self: UntrustedString) -> str:
    # The generator's messages show these objects. The NUL keeps the text out of code, should a template show one too.
    return f"\0{self.get_untrusted_value()}"


def _line(error: GeneratorError) -> str:
    data = getattr(error, "data", None)
    shown = data.model_dump_json(exclude_unset=True, by_alias=True) if data is not None else ""
    text = f"{error.header.rstrip(' :.')}: {error.detail or ''} {shown[:_LONGEST]}{'…' * (len(shown) > _LONGEST)}"
    return " ".join(text.replace("\0", "").split())


def main(settings: str, document: str, templates: str, package: str) -> int:
    strings.RESERVED_WORDS |= CLASSES | ARGUMENTS | members(Path(templates, "types.py.jinja").read_text("utf-8"))
    UntrustedString.__str__ = _marked
    file = ConfigFile.load_from_path(Path(settings))
    config = Config.from_sources(file, MetaType.NONE, Path(document), "utf-8", False, output_path=Path(package))
    errors = upstream.generate(config=config, custom_template_path=Path(templates))
    for line in dict.fromkeys(map(_line, errors)):
        print(line, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
