"""What a sound file is; damaged and hostile ones are refused."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from audobon_cli.domain.asset import INCOMPLETE_NOTE, AssetKind
from audobon_cli.domain.recipe import Recipe, recipe_from_json
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.media.sound.broadcast import described_by, read_broadcast
from audobon_cli.media.sound.comments import named_comments
from audobon_cli.media.sound.containers import incomplete
from audobon_cli.media.sound.decoding import OpenSound, open_sound
from audobon_cli.media.sound.loudness import LoudnessMeter
from audobon_cli.media.sound.pitch import PitchFinder
from audobon_cli.media.sound.wav import read_loops, read_recipe, unreadable
from audobon_cli.media.types import Foreign, InspectedFile

MAX_TEXT = 2_000
"""Characters of a text in a file that are kept."""


def inspect_sound(data: bytes) -> InspectedFile:
    """What ``data`` is. All of it is decoded, in blocks: some 10 ms for a second of sound at most.

    Raises PictureUnreadable for what is empty, damaged, cut off, too long, or holds values that are no numbers.
    """
    opened = open_sound(data)
    info = measured_sound(opened.blocks(), opened.rate, opened.channels)
    return InspectedFile(AssetKind.SOUND, opened.format, info, _foreign(opened))


def measured_sound(blocks: Iterable[np.ndarray], rate: int, channels: int) -> SoundInfo:
    """What ``blocks`` of samples (float32, full scale is 1, shape (frames, channels)) are. Raises PictureUnreadable."""
    meter, finder = LoudnessMeter(rate, channels), PitchFinder(rate)
    frames = 0
    for block in blocks:
        if not np.isfinite(block).all():
            raise unreadable("it holds values that are no numbers")
        frames += len(block)
        meter.add(block)
        finder.add(block)
    return SoundInfo(rate, channels, frames, meter.loudness(), finder.pitch())


def _foreign(opened: OpenSound) -> Foreign:
    lacks = incomplete(opened.data, opened.format)
    noted: dict[str, Any] = {INCOMPLETE_NOTE: lacks} if lacks else {}
    recipe = read_recipe(opened.data) or _recipe_in(opened.texts.get("comment", ""))
    if recipe is not None:
        return Foreign(recipe.prompt, recipe.model, recipe.seed, recipe, details=noted)
    texts = {name: text[:MAX_TEXT].replace("\0", "") for name, text in opened.texts.items() if text}
    details: dict[str, Any] = {**texts, **noted}
    graph = _of_graph(opened)
    if graph is not None:
        return replace(graph, details={**details, **graph.details})
    if loops := read_loops(opened.data):
        details["loops"] = loops
    broadcast = read_broadcast(opened.data)
    details.update(broadcast)
    note, tags = described_by(broadcast)
    source = details.get("software") or broadcast.get("bext", {}).get("originator") or opened.format
    details = {"source": source, **details} if details else {}
    return Foreign(note=note.replace("\0", ""), tags=tags, details=details)


def _of_graph(opened: OpenSound) -> Foreign | None:
    """What ComfyUI's graph says, which its nodes that save sounds keep in their comments; None without one."""
    comments = named_comments(opened.data, opened.format)
    texts = {name: text for name, text in comments.items() if name in ("prompt", "workflow")}
    if not texts:
        return None
    # What is imported with pictures costs a sound nothing.
    from audobon_cli.media.image.foreign.registry import read_foreign

    found = read_foreign(texts)
    return found if found.says_how else None


def _recipe_in(comment: str) -> Recipe | None:
    """The recipe that formats without chunks of their own carry as a comment."""
    if not comment.startswith("{"):
        return None
    try:
        return recipe_from_json(comment)
    except (ValueError, RecursionError):
        return None
