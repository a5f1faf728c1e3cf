"""Schemas of the HTTP interface: those of `--json` (docs/schemas, which ship with the program) and those of bodies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audobon_cli.domain.foreign.documents import parse_json

PACKAGE = Path(__file__).parent
ID: Mapping[str, Any] = {"type": "string", "minLength": 16, "maxLength": 16}
IDS: Mapping[str, Any] = {"type": "array", "items": ID, "minItems": 1, "maxItems": 10_000}
TAGS: Mapping[str, Any] = {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 100}
COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0}
TEXT: Mapping[str, Any] = {"type": "string"}
MAYBE_TEXT: Mapping[str, Any] = {"type": ["string", "null"]}


def schema_folder() -> Path:
    """Where the schemas of `--json` lie (in a checkout: ``docs/schemas``)."""
    installed = PACKAGE / "schemas"
    return installed if installed.is_dir() else PACKAGE.parents[2] / "docs" / "schemas"


def shared_schema(name: str) -> dict[str, Any]:
    """The schema ``name`` of `--json`, with its references to others as those of an OpenAPI document."""
    found = parse_json((schema_folder() / f"{name}.schema.json").read_bytes())
    assert isinstance(found, dict)
    found.pop("$schema", None)
    made: dict[str, Any] = _referring(found)
    return made


def shared_names(schema: Any) -> set[str]:
    """The names of all shared schemas that ``schema`` refers to."""
    if isinstance(schema, Mapping):
        own = {schema["$ref"].rpartition("/")[2]} if isinstance(schema.get("$ref"), str) else set()
        return own.union(*(shared_names(value) for value in schema.values()))
    if isinstance(schema, list | tuple):
        return set().union(*(shared_names(one) for one in schema))
    return set()


def shared(name: str) -> dict[str, str]:
    """A reference to a shared schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def answer(required: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    """An object with ``required`` fields, and ``others`` that may be missing."""
    return {"type": "object", "properties": {**required, **others}, "required": [*required]}


def body(required: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    """The same for a body, which may have no other fields."""
    return {**answer(required, **others), "additionalProperties": False}


def listed(items: Mapping[str, Any]) -> dict[str, Any]:
    """A list of these."""
    return {"type": "array", "items": items}


def _referring(value: Any) -> Any:
    if isinstance(value, dict):
        made = {}
        for key, item in value.items():
            named = key == "$ref" and isinstance(item, str) and item.endswith(".schema.json")
            made[key] = shared(item.removesuffix(".schema.json"))["$ref"] if named else _referring(item)
        return made
    return [_referring(one) for one in value] if isinstance(value, list) else value


EDIT = body(
    {},
    ids=IDS,
    query={"type": "string", "maxLength": 1000},
    add_tags=TAGS,
    remove_tags=TAGS,
    category={"type": "string", "maxLength": 1000},
    note={"type": "string", "maxLength": 20_000},
    name={"type": "string", "maxLength": 1000},
    rating={"type": ["integer", "null"], "minimum": 0, "maximum": 5},
)
TRASH = body({}, ids=IDS, query={"type": "string", "maxLength": 1000})
RESTORE = body({"ids": IDS})
UNDO = body({}, time=TEXT)
TOKEN = body({}, token={"type": "string", "maxLength": 200}, password={"type": "string", "maxLength": 500})
STEER_JOB = body(
    {},
    action={"type": "string", "enum": ["pause", "resume", "cancel", "retry"]},
    priority={"type": "integer", "minimum": -1000, "maximum": 1000},
)
STEER_QUEUE = body({"action": {"type": "string", "enum": ["pause", "run", "clear"]}})
ORDER: Mapping[str, Any] = {
    "priority": {"type": "integer", "minimum": -1000, "maximum": 1000},
    "lane": {"type": "string", "maxLength": 200},
    "agreed_usd": {"type": "number", "minimum": 0, "maximum": 1_000_000},
}
PROMPT: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 20_000}
PROMPTS: Mapping[str, Any] = {"type": "array", "items": PROMPT, "minItems": 1, "maxItems": 1_000}
MOST_BATCH_BYTES = 8 * 1024 * 1024
BATCH = body(
    {
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "text": {"type": "string", "maxLength": MOST_BATCH_BYTES},
    },
    **ORDER,
)
COMMIT = body({"message": {"type": "string", "minLength": 1, "maxLength": 10_000}})
SWITCH = body({"target": {"type": "string", "minLength": 1, "maxLength": 200}}, create={"type": "boolean"})
BRING_BACK = body({"revision": {"type": "string", "minLength": 1, "maxLength": 200}}, ids=IDS)
SIDE: Mapping[str, Any] = {"type": "string", "enum": ["ours", "theirs"]}
MERGE = body({"revision": {"type": "string", "minLength": 1, "maxLength": 200}}, take=SIDE)
RESOLVE = body({"take": SIDE}, ids=IDS)

ERROR = answer(
    {"error": answer({"code": TEXT, "message": TEXT, "hint": TEXT, "status": {"type": "integer"}})}
)
ASSETS = listed(shared("asset"))
QUEUE = answer(
    {
        "counts": {"type": "object", "additionalProperties": COUNT},
        "paused": {"type": "boolean"},
        "workers": COUNT,
        "active": listed({"type": "object"}),
    }
)
COMMIT_DATA = answer(
    {
        "id": TEXT,
        "tree": TEXT,
        "message": TEXT,
        "author": TEXT,
        "time": TEXT,
        "parents": listed(TEXT),
        "refs": listed(TEXT),
    }
)
REF = answer({"name": TEXT, "commit": TEXT})
