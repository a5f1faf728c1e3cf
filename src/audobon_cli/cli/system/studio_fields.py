"""What a request over HTTP may say: the options of a batch's rows that reach for no file of this machine."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.ids import ASSET_ID_ALPHABET, ASSET_ID_LENGTH
from audobon_cli.domain.request import GenerationRequest

FIELDS = (
    "quality", "style", "style-of", "model", "size", "count", "seed", "negative", "steps", "guidance", "candidates",
    "upscale", "scheduler", "provider", "fallback", "kind", "length", "set", "strength", "tile", "init-image",
    "reference", "lora", "exemplars",
)  # fmt: skip
"""Options by their long names. Where a file could be named, only assets and names are taken; see within_reach."""

LONGEST = 1_000
_FILE = re.compile(r"[/\\~]|^\.|\.[A-Za-z_]+$")
"""What makes of a name a path: separators, a home, a suffix of letters (``sd1.5`` has none)."""
_TYPES = {
    "int": "integer", "integer": "integer", "float": "number", "int range": "integer", "integer range": "integer",
    "float range": "number",
}  # fmt: skip
SEED: Mapping[str, Any] = {"type": "integer", "minimum": 0, "maximum": 2**64 - 1}


def field_schemas(options: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of each field, from the types of the command line's ``options`` (click's parameters by name)."""
    return {name.replace("-", "_"): _schema(name, options[name]) for name in FIELDS if name in options}


def _schema(name: str, option: Any) -> dict[str, Any]:
    if name == "seed":
        return {**SEED, "description": option.help or ""}
    kind = option.type
    made: dict[str, Any] = {"type": _TYPES.get(kind.name, "string")}
    choices = getattr(kind, "choices", None)
    if choices:
        made["enum"] = [str(getattr(one, "value", one)) for one in choices]
    elif made["type"] == "string":
        made["maxLength"] = LONGEST
    if option.multiple:
        made = {"type": "array", "items": made, "maxItems": 50}
    return {**made, "description": option.help or ""}


def within_reach(request: GenerationRequest, out: str | None) -> None:
    """Raises InvalidInput where ``request`` names a file: who may ask over HTTP may not read this machine's disk."""
    if out:
        raise InvalidInput("out is not taken over HTTP.", hint="what is made goes into the library")
    if request.where.workflow:
        raise InvalidInput("A workflow is a file.", hint="`audobon queue add --workflow FILE` takes it")
    for what, name in _assets(request):
        if len(name) != ASSET_ID_LENGTH or any(letter not in ASSET_ID_ALPHABET for letter in name):
            raise InvalidInput(
                f"{what} must be the id of an asset.", hint="import the file: `audobon assets import FILE`"
            )
    for what, name in _names(request):
        if any(letter in name for letter in '/\\~"') or name.startswith(".") or "." in name[-13:-2]:
            raise InvalidInput(f"{what} must be a name, no file.", hint="`audobon models list` lists names")


def _assets(request: GenerationRequest) -> Iterator[tuple[str, str]]:
    inputs, adapters = request.inputs, request.adapters
    for what, name in (
        ("init_image", inputs.init_image), ("mask", inputs.mask), ("style_of", request.style_of),
    ):  # fmt: skip
        if name is not None:
            yield what, name
    for reference in adapters.references:
        yield "reference", str(reference.picture)
    for control in adapters.controls:
        yield "control", str(control.picture)


def _names(request: GenerationRequest) -> Iterator[tuple[str, str]]:
    adapters = request.adapters
    named = (
        ("model", (request.model,)),
        ("vae", (request.vae,)),
        ("lora", tuple(one.reference for one in adapters.loras)),
        ("embedding", adapters.embeddings),
        ("control_model", adapters.control_models),
        ("reference_model", (adapters.reference_model,)),
        ("refiner", (adapters.refiner.reference,) if adapters.refiner else ()),
        ("component", request.components),
    )
    for what, names in named:
        for name in names:
            if name:
                yield what, name
