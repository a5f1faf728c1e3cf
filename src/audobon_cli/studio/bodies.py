"""Bodies of requests: read up to a size, as JSON held to the same schema that the OpenAPI document shows, or a file."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import ClientDisconnect, Request

from audobon_cli.domain.errors import BodyTooLarge, ContentTypeUnsupported, InvalidInput
from audobon_cli.domain.foreign.documents import parse_json

Schema = Mapping[str, Any]
"""JSON Schema (2020-12), of which `check` knows type, properties, required, additionalProperties, items, enum,
minimum, maximum, maxLength, maxItems and minItems."""

USUAL_BYTES = 256 * 1024
"""Of a body: ten thousand ids."""

STALLED_SECONDS = 30.0
"""So long a sender may take for the next part: few bodies are received side by side."""
FILE_TYPE = "application/octet-stream"
LONGEST_LENGTH = 15
"""Digits of a Content-Length."""

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip


async def read_json(request: Request, schema: Schema, most_bytes: int = USUAL_BYTES) -> dict[str, Any]:
    """The body, which answers ``schema``. Only application/json is taken: no form of another page can send it.

    Raises ContentTypeUnsupported, BodyTooLarge, and InvalidInput with the field that is wrong.
    """
    body = await read_bytes(request, most_bytes, "application/json")
    try:
        data = parse_json(body)
    except ValueError as error:
        raise InvalidInput("The body is not JSON.", hint="send one JSON object") from error
    check(data, schema)
    assert isinstance(data, dict)
    return data


async def read_bytes(request: Request, most_bytes: int, kind: str = FILE_TYPE) -> bytes:
    """The body, declared as ``kind``; the usual one is a file, which no form of another page can send either.

    Raises ContentTypeUnsupported, BodyTooLarge (before anything is read where its length is told), and InvalidInput for
    one that is broken off.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != kind:
        raise ContentTypeUnsupported(f"The body must be {kind}.", hint="set the Content-Type header")
    too_large = BodyTooLarge(f"The body has more than {most_bytes} bytes.", hint="send less at once")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and (len(length) > LONGEST_LENGTH or int(length) > most_bytes):
        raise too_large
    body = bytearray()
    parts = request.stream()
    try:
        while part := await asyncio.wait_for(anext(parts, b""), STALLED_SECONDS):
            body += part
            if len(body) > most_bytes:
                raise too_large
    except (ClientDisconnect, TimeoutError) as error:
        raise InvalidInput("The body was broken off, or stood still.", hint="send it again") from error
    return bytes(body)


def check(value: object, schema: Schema, where: str = "The body") -> None:
    """Raises InvalidInput where ``value`` does not answer ``schema``; says where."""
    kinds = schema.get("type", "object")
    names: Sequence[str] = [kinds] if isinstance(kinds, str) else kinds
    if not any(_is(value, name) for name in names):
        raise InvalidInput(f"{where} must be {' or '.join(names)}.", hint="see /api/v1/openapi.json")
    if "enum" in schema and value not in schema["enum"]:
        known = ", ".join(str(one) for one in schema["enum"])
        raise InvalidInput(f"{where} is none of its values.", hint=f"give one of {known}")
    if isinstance(value, str):
        _check_length(len(value), schema, where, "Length", "characters")
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise InvalidInput(f"{where} is no valid Unicode.", hint="send UTF-8")
    elif isinstance(value, list):
        _check_length(len(value), schema, where, "Items", "items")
        for place, item in enumerate(value):
            check(item, schema.get("items", {"type": list(_TYPES)}), f"{where}[{place}]")
    elif isinstance(value, dict):
        _check_fields(value, schema, where)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        if not low <= value <= high:
            raise InvalidInput(f"{where} must lie from {low} to {high}.", hint="see /api/v1/openapi.json")


def _is(value: object, name: str) -> bool:
    if isinstance(value, bool) and name != "boolean":
        return False
    return isinstance(value, _TYPES[name])


def _check_length(length: int, schema: Schema, where: str, what: str, unit: str) -> None:
    if length > schema.get(f"max{what}", length):
        raise InvalidInput(f"{where} has more than {schema[f'max{what}']} {unit}.", hint="send less")
    if length < schema.get(f"min{what}", length):
        raise InvalidInput(f"{where} has less than {schema[f'min{what}']} {unit}.", hint="send more")


def _check_fields(value: dict[str, Any], schema: Schema, where: str) -> None:
    known = schema.get("properties", {})
    missing = [name for name in schema.get("required", ()) if name not in value]
    if missing:
        raise InvalidInput(f"{where} lacks {missing[0]}.", hint="see /api/v1/openapi.json")
    for name, item in value.items():
        if name in known:
            check(item, known[name], name if where == "The body" else f"{where}.{name}")
        elif schema.get("additionalProperties", False) is False:
            raise InvalidInput(
                f"{where} has a field that is not known.", hint=f"it may have {', '.join(known) or 'none'}"
            )
