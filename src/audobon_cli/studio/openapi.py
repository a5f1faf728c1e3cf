"""The OpenAPI document (version 3.1) of the HTTP interface, made of its table."""

import re
from collections.abc import Sequence
from typing import Any

from audobon_cli.__about__ import __version__
from audobon_cli.studio.access import API, OPEN_PATHS
from audobon_cli.studio.bodies import FILE_TYPE
from audobon_cli.studio.endpoint import Endpoint
from audobon_cli.studio.schemas import ERROR, shared_names, shared_schema

_BINARY = {"type": "string", "format": "binary"}
_IN_PATH = re.compile(r"\{(\w+)\}")


def openapi_document(endpoints: Sequence[Endpoint], cookie: str) -> dict[str, Any]:
    """The document; schemas that several share stand under components. ``cookie`` is the name of the session's."""
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(API + one.path, {})[one.method.lower()] = _described(one)
    schemas: dict[str, Any] = {"Error": ERROR}
    todo = shared_names(paths) - {"Error"}
    while todo:
        name = todo.pop()
        schemas[name] = shared_schema(name)
        todo |= shared_names(schemas[name]) - schemas.keys()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Audobon",
            "version": __version__,
            "description": "Sprites, pictures and sounds of one library, on this machine. See docs/studio.md.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": cookie},
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


def _described(one: Endpoint) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _IN_PATH.findall(one.path)
    ]
    for asked in one.parameters:
        schema = {"type": "array", "items": asked.schema} if asked.is_list else asked.schema
        parameters.append({"name": asked.name, "in": "query", "description": asked.about, "schema": schema})
    good: dict[str, Any] = {"description": "As asked."}
    if one.answer is not None:
        good["content"] = {one.media: {"schema": one.answer}}
    elif one.status != 204:
        is_text = one.media.startswith("text/")
        schema = {"type": "string"} if is_text else _BINARY
        good["content"] = {one.media: {"schema": schema}}
    bad = {"$ref": "#/components/schemas/Error"}
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.about,
        "responses": {
            str(one.status): good,
            "default": {
                "description": "An error with a code of docs/errors.md.",
                "content": {"application/json": {"schema": bad}},
            },
        },
    }
    if parameters:
        described["parameters"] = parameters
    if one.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": one.body}}}
    if one.takes_file:
        described["requestBody"] = {"required": True, "content": {FILE_TYPE: {"schema": _BINARY}}}
    if API + one.path in OPEN_PATHS:
        described["security"] = []
    return described
