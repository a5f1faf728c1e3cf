"""What a form asks for an operation: a JSON schema, made of the fields of its dataclass, so that a new operation has
its form as soon as it is registered.

A field is asked for where its type says how: booleans, numbers, colours and lists of them, and texts whose values or
length are told. Any other text might name a file of this machine, and is left at its default.
"""

from dataclasses import MISSING, fields
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from audobon_cli.derivations.operation import NOT_ASKED, AssetOperation, Param

MOST_ITEMS = 256
"""Of a list of colours: as many as a palette has at most."""
COLOUR: dict[str, Any] = {
    "type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255}, "minItems": 3, "maxItems": 3,
    "format": "color",
}  # fmt: skip
"""Red, green, blue."""


def parameter_schema(operation: type[AssetOperation]) -> dict[str, Any]:
    """The JSON schema (2020-12) of what may be asked of ``operation``; its fields are those of ``parameters``, by the
    names that records have, with their defaults. ``pairs`` names the list whose items belong to this one's."""
    hints = get_type_hints(operation, include_extras=True)
    asked = {}
    for one in fields(operation):
        schema = _schema(hints[one.name])
        if schema is not None:
            default = {} if one.default is MISSING else {"default": _plain(one.default)}
            asked[one.name] = {"title": one.name.replace("_", " "), **schema, **default}
    return {"type": "object", "properties": asked, "additionalProperties": False}


def _schema(hint: Any) -> dict[str, Any] | None:
    """Of one field; None for one that is not asked for."""
    said = Param("")
    if get_origin(hint) is Annotated:
        hint, *metadata = get_args(hint)
        said = next((one for one in metadata if isinstance(one, Param)), said)
        if said is NOT_ASKED:
            return None
    made = _typed(hint, said)
    if made is not None and said.about:
        made["description"] = said.about
    return made


def _typed(hint: Any, said: Param) -> dict[str, Any] | None:
    if hint is bool:
        return {"type": "boolean"}
    if hint in (int, float):
        bounds = {"minimum": said.low, "maximum": said.high}
        kept = {name: value for name, value in bounds.items() if value is not None}
        return {"type": "integer" if hint is int else "number", **kept}
    if hint is str and said.choices:
        return {"type": "string", "enum": list(said.choices)}
    if hint is str and said.longest:
        return {"type": "string", "maxLength": said.longest}
    if _is_colour(hint):
        return dict(COLOUR)
    parts = get_args(hint)
    if isinstance(hint, UnionType) and len(parts) == 2 and _is_colour(parts[0]) and parts[1] is NoneType:
        return {**COLOUR, "type": ["array", "null"]}
    if get_origin(hint) is tuple and len(parts) == 2 and parts[1] is Ellipsis and _is_colour(parts[0]):
        pairs = {"pairs": said.pairs} if said.pairs else {}
        return {"type": "array", "items": dict(COLOUR), "maxItems": MOST_ITEMS, **pairs}
    return None


def _is_colour(hint: Any) -> bool:
    return get_origin(hint) is tuple and get_args(hint) == (int, int, int)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
