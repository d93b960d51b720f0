"""What is wrong in a document by the OpenAPI specification, as a library reads it, each thing with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
from jsonschema.exceptions import ValidationError
from jsonschema_path import SchemaPath
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from pipeline.openapi import Pointer, resolve, target_pointer

_FAILED = "failed"


def errors_of(document: Any) -> Iterator[tuple[Pointer, str, bool]]:
    """Everything that is wrong: first against OpenAPI's own schema, then what only a program can check.

    Each has its place, what is wrong, and whether that is a default that its schema refuses.
    """
    version: Any = OpenAPIV30SpecValidator if str(document["openapi"]).startswith("3.0") else OpenAPIV31SpecValidator
    schema = jsonschema_rs.validator_for(dict(version.schema_validator.schema))
    first = [(tuple(map(str, one.instance_path)), one.message) for one in map(_cause, schema.iter_errors(document))]
    yield from ((*one, False) for one in first)
    placed = {key: _placed(key, keyword) for key, keyword in version.keyword_validators.items()}
    validator = type(version.__name__, (version,), {"keyword_validators": placed})(document)
    for error in validator.root_validator(validator.schema_path):
        cause = error
        while cause.context:
            cause = max(cause.context, key=lambda one: len(one.path))
        at = _at_home(document, tuple(map(str, cause.absolute_path)))
        if cause.validator != _FAILED or not any(at[: len(one)] == one[: len(at)] for one, _ in first):
            yield at, cause.message, error.placed == "default"


def _cause(error: Any) -> Any:
    """The deepest cause of an error: of the alternatives that a node could be, the one that it comes nearest to."""
    branches = [_cause(one) for branch in getattr(error.kind, "context", ()) for one in branch]
    return max(branches, key=lambda one: len(one.instance_path), default=error)


def _placed(key: str, keyword: Any) -> Any:
    """A part of the validator whose errors have a path from the document's root, which the library leaves out."""

    def check(self: Any, *arguments: Any, **options: Any) -> Iterator[Any]:
        at = next(one for one in arguments if isinstance(one, SchemaPath))
        path = [*at.parts, *(["default"] if key == "default" else [])]
        try:
            for error in keyword.__call__(self, *arguments, **options):
                if not hasattr(error, "placed"):
                    error.placed = key
                    error.path.extendleft(reversed(path))
                yield error
        except Exception as defect:  # noqa: BLE001 - it fails on what is far from OpenAPI
            problem = f"so far from OpenAPI that the validator fails ({type(defect).__name__})"
            failed: Any = ValidationError(problem, _FAILED, path)
            failed.placed = _FAILED
            yield failed

    return type(keyword.__name__, (keyword,), {"__call__": check})


def _at_home(document: Any, pointer: Pointer) -> Pointer:
    """A pointer that went through references, as the one that leads to the same place without them."""
    for end in range(1, len(pointer)):
        node = resolve(document, pointer[:end])
        if isinstance(node, dict) and isinstance(node.get("$ref"), str) and pointer[end] not in node:
            return _at_home(document, (*target_pointer(node["$ref"]), *pointer[end:]))
    return pointer
