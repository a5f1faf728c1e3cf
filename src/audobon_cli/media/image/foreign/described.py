"""Programs that write how a picture was made as its description: Mochi Diffusion (pairs behind semicolons) and
Midjourney (the prompt as it was typed, with its options, and the number of the job)."""

import re
from typing import Any

from audobon_cli.media.image.foreign.reader import PARAMETERS, Texts, seed_of
from audobon_cli.media.types import Foreign

KEYWORDS = ("Description", "ImageDescription", PARAMETERS, "comment", "Comment")
_JOB = re.compile(r"\s*Job ID: ([0-9a-f-]{36})\s*\Z", re.IGNORECASE)
_OPTION = re.compile(r"\s--(\w{1,20})(?:\s+(?!--)(\S{1,200}))?")
_MOCHI = "Include in Image:"
_PAIR = re.compile(r"\s*([A-Z][\w ]{1,30}):\s*(.*?)\s*(?:;|\Z)", re.DOTALL)
_TAKEN = {"Include in Image": "prompt", "Exclude from Image": "negative", "Model": "model", "Seed": "seed"}
MAX_PAIRS = 50


def read_described(texts: Texts) -> Foreign | None:
    """See ForeignReader."""
    for keyword in KEYWORDS:
        text = texts.get(keyword, "").strip()
        if text.startswith(_MOCHI):
            return _mochi(text)
        job = _JOB.search(text[-60:])
        if job is not None:
            return _midjourney(text[: text.rfind("Job ID")].strip(), job[1])
    return None


def _mochi(text: str) -> Foreign:
    found: dict[str, str] = {}
    details: dict[str, Any] = {"source": "mochi diffusion"}
    place = 0
    for _ in range(MAX_PAIRS):
        pair = _PAIR.match(text, place)
        if pair is None:
            break
        place = pair.end()
        if pair[1] in _TAKEN:
            found[_TAKEN[pair[1]]] = pair[2]
        else:
            details[pair[1]] = pair[2]
    details["negative"] = found.get("negative", "")
    return Foreign(
        found.get("prompt", ""), found.get("model", ""), seed_of(found.get("seed")), details=details
    )


def _midjourney(text: str, job: str) -> Foreign:
    first = _OPTION.search(text)
    prompt = text[: first.start()] if first else text
    options = {name: value or "yes" for name, value in _OPTION.findall(text)}
    version = options.get("v") or options.get("version")
    model = (
        f"midjourney {version}"
        if version
        else f"niji {options['niji']}"
        if "niji" in options
        else "midjourney"
    )
    details = {**options, "source": "midjourney", "job": job, "negative": options.get("no", "")}
    return Foreign(prompt, model, seed_of(options.get("seed")), details=details)
