"""What the workshop takes and answers."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.studio.endpoint import Endpoint
from audobon_cli.studio.schemas import COUNT, ID, MAYBE_TEXT, TEXT, answer, body, listed, shared
from audobon_cli.studio.workshop import routes

MOST_SOURCES = 256
LONGEST_NAME = 200
MOST_BODY_BYTES = 2 * 1024 * 1024
"""A sheet's animations are a text of up to a megabyte."""

_IDS: Mapping[str, Any] = {"type": "array", "items": ID, "minItems": 1, "maxItems": MOST_SOURCES}
_ASKED = body(
    {"ids": _IDS},
    operation={"type": "string", "maxLength": LONGEST_NAME},
    parameters={"type": "object", "additionalProperties": True},
    beside={**ID, "type": ["string", "null"]},
    together={"type": "boolean"},
    name={"type": "string", "maxLength": LONGEST_NAME},
)
_NUMBERS = listed({"type": "number"})
_FRAME = answer(
    {
        "name": TEXT, "page": COUNT, "rect": _NUMBERS, "offset": _NUMBERS, "source": _NUMBERS,
        "duration_ms": {"type": "number"},
    }
)  # fmt: skip
_STEP = answer({"frame": COUNT, "ms": {"type": "number"}})
_PLAYING = answer(
    {
        "pages": listed(TEXT),
        "frames": listed(_FRAME),
        "animations": listed(answer({"name": TEXT, "steps": listed(_STEP), "plays": COUNT})),
    }
)
_RESULT = answer(
    {
        "name": TEXT, "width": COUNT, "height": COUNT, "frames": COUNT, "size_bytes": COUNT, "sources": listed(TEXT),
        "facts": {"type": "object"}, "file": TEXT,
    }
)  # fmt: skip
_GATE = answer(
    {
        "gate": TEXT,
        "value": {"type": "number"},
        "limit": {"type": ["number", "null"]},
        "passed": {"type": "boolean"},
    }
)
_CHECKED = {"name": TEXT, "gates": listed(_GATE), "passed": {"type": "boolean"}}
_REPORT = answer(
    {
        "pictures": listed(answer({**_CHECKED, "source": TEXT})),
        "sequences": listed(answer({**_CHECKED, "frames": listed(TEXT)})),
        "contract": MAYBE_TEXT,
        "passed": {"type": "boolean"},
    }
)
_CONTRACT = answer(
    {
        "file": TEXT, "size": MAYBE_TEXT, "palette": MAYBE_TEXT, "styles": listed(TEXT), "style_card": MAYBE_TEXT,
        "limits": {"type": "object"},
    }
)  # fmt: skip
_OPERATION = answer(
    {
        "name": TEXT, "about": TEXT, "parameters": {"type": "object"}, "gathers": {"type": "boolean"},
        "together": {"type": "boolean"}, "beside": MAYBE_TEXT,
    }
)  # fmt: skip


def workshop_endpoints() -> tuple[Endpoint, ...]:
    """The endpoints below ``/workshop``. A preview changes nothing, so that a studio that only reads has it, too."""
    operations = {
        "operations": listed(_OPERATION),
        "contract": {**_CONTRACT, "type": ["object", "null"]},
        "gates": {"type": "object", "additionalProperties": TEXT},
    }
    trial = {
        "results": listed(_RESULT), "total": COUNT, "playing": {**_PLAYING, "type": ["object", "null"]},
        "check": _REPORT, "notes": listed(TEXT),
    }  # fmt: skip
    return (
        Endpoint("GET", "/workshop", "list_operations", "Operations on sprites with the schemas of their parameters.",
                  routes.list_operations, answer(operations)),
        Endpoint("POST", "/workshop/previews", "preview", "What would come of an operation. Nothing is filed.",
                  routes.preview, answer(trial), body=_ASKED, most_bytes=MOST_BODY_BYTES),
        Endpoint("GET", "/workshop/previews/{preview}/{number}", "get_preview", "A file of a preview.",
                  routes.preview_file, None, media="image/png"),
        Endpoint("POST", "/workshop/results", "keep_results", "File what comes of an operation.",
                  routes.keep_results, answer({"assets": listed(shared("asset"))}), body=_ASKED, changes=True,
                  most_bytes=MOST_BODY_BYTES),
    )  # fmt: skip
