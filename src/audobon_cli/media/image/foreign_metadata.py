"""What other programs wrote into a picture about how it was made."""

import json
import re
from dataclasses import replace
from typing import Any

from audobon_cli.domain.foreign.text import plain
from audobon_cli.domain.recipe import recipe_from_json
from audobon_cli.media.image.png import RECIPE_KEYWORD
from audobon_cli.media.types import Foreign

MAX_NODES = 5000
MAX_STEPS_BACK = 20
MAX_TAG_LENGTH = 64

_PAIR = re.compile(r'\s*([^:,"]{1,40}):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
_XMP_LIST = re.compile(r"<dc:(subject|title|description)\b[^>]*>(.*?)</dc:\1>", re.DOTALL)
_XMP_ITEM = re.compile(r"<rdf:li\b[^>]*>(.*?)</rdf:li>", re.DOTALL)
_XMP_RATING = re.compile(r"xmp:Rating(?:=[\"']|>)\s*([0-5])\b")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


def read_foreign(texts: dict[str, str]) -> Foreign:
    """What the ``texts`` of a picture say; texts that make no sense say nothing.

    Read are our own recipe, AUTOMATIC1111's ``parameters``, ComfyUI's ``prompt`` and ``workflow``,
    InvokeAI's ``invokeai_metadata`` (and the older ``sd-metadata``), and XMP; the first that is there.
    """
    if not texts:
        return Foreign()
    for reader in (_own, _comfy, _invoke, _parameters, _xmp):
        try:
            found = reader(texts)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
            continue
        if found is not None:
            return _storable(found)
    return Foreign()


def _storable(found: Foreign) -> Foreign:
    """``found`` without what no database text can hold: JSON may spell NUL and halves of characters."""
    return replace(
        found,
        prompt=plain(found.prompt).strip(),
        model=plain(found.model),
        note=plain(found.note),
        tags=tuple(
            tag for tag in map(plain, found.tags) if 0 < len(tag) <= MAX_TAG_LENGTH and tag.isprintable()
        ),
        details={plain(str(key)): _plain_value(value) for key, value in found.details.items()},
    )


def _plain_value(value: Any) -> Any:
    return value if isinstance(value, int | float) else plain(str(value))


def _own(texts: dict[str, str]) -> Foreign | None:
    if RECIPE_KEYWORD not in texts:
        return None
    recipe = recipe_from_json(texts[RECIPE_KEYWORD])
    return Foreign(recipe.prompt, recipe.model, recipe.seed, recipe)


def _parameters(texts: dict[str, str]) -> Foreign | None:
    """AUTOMATIC1111's infotext: prompt, ``Negative prompt: ...``, one line of ``Key: value`` pairs."""
    if not texts.get("parameters"):
        return None
    *lines, last = texts["parameters"].strip().splitlines()
    pairs = {key.strip(): _unquoted(value.strip()) for key, value in _PAIR.findall(last)}
    if "Steps" not in pairs:
        lines, pairs = [*lines, last], {}
    prompt, _, negative = "\n".join(lines).partition("Negative prompt:")
    details = {"source": "a1111", "negative": negative.strip(), **pairs}
    return Foreign(prompt.strip(), pairs.get("Model", ""), _number(pairs.get("Seed")), details=details)


def _unquoted(value: str) -> str:
    try:
        return str(json.loads(value)) if value.startswith('"') else value
    except ValueError:
        return value


def _comfy(texts: dict[str, str]) -> Foreign | None:
    """ComfyUI: ``prompt`` is the graph that ran, node by id; ``workflow`` only the editor's drawing of it."""
    if "prompt" not in texts:
        return Foreign(details={"source": "comfyui"}) if "workflow" in texts else None
    graph = json.loads(texts["prompt"])
    if not isinstance(graph, dict) or len(graph) > MAX_NODES:
        return None
    sampler = next((node for node in graph.values() if "KSampler" in node["class_type"]), None)
    if sampler is None:
        return Foreign(details={"source": "comfyui"})
    inputs = sampler["inputs"]
    model = _upstream(graph, inputs.get("model"), ("ckpt_name", "unet_name"))
    details = {key: inputs[key] for key in ("steps", "cfg", "sampler_name", "scheduler") if key in inputs}
    details |= {"source": "comfyui", "negative": _upstream(graph, inputs.get("negative"), ("text",))}
    seed = inputs.get("seed", inputs.get("noise_seed"))
    return Foreign(_upstream(graph, inputs.get("positive"), ("text",)), model, _number(seed), details=details)


def _upstream(graph: dict[str, Any], link: Any, keys: tuple[str, ...]) -> str:
    """The first text under one of ``keys`` on the way back from ``link`` ([node, output])."""
    todo, seen = [link], 0
    while todo and seen < MAX_STEPS_BACK:
        link, seen = todo.pop(0), seen + 1
        if not isinstance(link, list) or str(link[0]) not in graph:
            continue
        inputs = graph[str(link[0])]["inputs"]
        for key in keys:
            if isinstance(inputs.get(key), str):
                return str(inputs[key])
        todo += [value for value in inputs.values() if isinstance(value, list) and value]
    return ""


def _invoke(texts: dict[str, str]) -> Foreign | None:
    if "invokeai_metadata" in texts:
        data = json.loads(texts["invokeai_metadata"])
        model = data.get("model")
        name = model.get("name", model.get("model_name", "")) if isinstance(model, dict) else model
        prompt, negative = data.get("positive_prompt", ""), data.get("negative_prompt", "")
    elif "sd-metadata" in texts:
        outer = json.loads(texts["sd-metadata"])
        data, name, negative = outer["image"], outer.get("model_weights", ""), ""
        prompt = data["prompt"] if isinstance(data["prompt"], str) else data["prompt"][0]["prompt"]
    else:
        return None
    details = {key: data[key] for key in ("steps", "cfg_scale", "scheduler", "sampler") if key in data}
    details |= {"source": "invokeai", "negative": str(negative or "")}
    return Foreign(str(prompt or ""), str(name or ""), _number(data.get("seed")), details=details)


def _xmp(texts: dict[str, str]) -> Foreign | None:
    """Title, description, keywords and rating of XMP (Dublin Core); the XML is not parsed as such."""
    packet = texts.get("XML:com.adobe.xmp", "")
    lists = {
        name: [_plain(item) for item in _XMP_ITEM.findall(body)] for name, body in _XMP_LIST.findall(packet)
    }
    rating = _XMP_RATING.search(packet)
    if not lists and rating is None:
        return None
    note = "\n".join([*lists.get("title", []), *lists.get("description", [])])
    stars = int(rating[1]) if rating else None
    tags = tuple(tag for tag in lists.get("subject", []) if tag)
    return Foreign(tags=tags, note=note, rating=stars or None, details={"source": "xmp"})


def _plain(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text.strip()


def _number(value: Any) -> int | None:
    """A seed as it can be kept: a whole number below 2^63."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < 2**63 else None
