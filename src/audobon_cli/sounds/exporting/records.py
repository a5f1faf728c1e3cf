"""The list of what was exported: names, groups, loops and credits, for people and for programs."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetNotFound
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import RelationKind
from audobon_cli.sounds.exporting.loops import SoundLoop, loop_of

MOST_ANCESTORS = 1_000
COLUMNS = (
    *("Name", "File", "Group", "Category", "Tags", "Seconds", "Rate", "Channels", "Loudness"),
    *("LoopStart", "LoopEnd", "Credits"),
)


class ListFormat(StrEnum):
    """How the list is written: CSV has a row a sound, and its first column is called Name, as Unreal's tables want."""

    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class SoundRecord:
    """One exported sound. ``group`` is what takes turns with it: the sound that it is a variant or a part of, else its
    category; ``credits`` say who made what it is made of."""

    asset: Asset
    file: str
    group: str
    loop: SoundLoop | None
    credits: tuple[str, ...]

    @property
    def sound(self) -> SoundInfo:
        """What it is."""
        assert isinstance(self.asset.media, SoundInfo), "only sounds are exported as such"
        return self.asset.media

    def plain(self) -> dict[str, Any]:
        """JSON-ready; seconds of the loop beside its frames, for formats that know no frames."""
        sound, loop = self.sound, self.loop
        return {
            "name": self.asset.name,
            "file": self.file,
            "asset": self.asset.id,
            "group": self.group,
            "category": self.asset.category,
            "tags": list(self.asset.tags),
            "seconds": round(sound.seconds, 6),
            "frames": sound.frames,
            "rate": sound.rate,
            "channels": sound.channels,
            "loudness": sound.loudness,
            "loop": None
            if loop is None
            else {
                "start": loop.start,
                "end": loop.end,
                "start_seconds": round(loop.start / sound.rate, 6),
                "end_seconds": round((loop.end + 1) / sound.rate, 6),
                **({"direction": loop.direction} if loop.direction else {}),
            },
            "credits": list(self.credits),
        }


def record_of(library: Library, asset: Asset, file: str, foreign_loops: bool) -> SoundRecord:
    """What the list says of ``asset``, exported as ``file``. Raises BlobMissing or BlobCorrupt."""
    loop = loop_of(library, asset, library.blobs.read(asset.blob), foreign_loops)
    return SoundRecord(asset, file, _group(library, asset), loop, _credits(library, asset))


def list_bytes(records: Sequence[SoundRecord], form: ListFormat) -> bytes:
    """The list of ``records``: equal records, equal bytes."""
    if form is ListFormat.JSON:
        return (
            json.dumps({"sounds": [one.plain() for one in records]}, indent=2, ensure_ascii=False) + "\n"
        ).encode()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in records:
        loop = ["", ""] if one.loop is None else [one.loop.start, one.loop.end]
        facts = [round(one.sound.seconds, 6), one.sound.rate, one.sound.channels, one.sound.loudness]
        filed = [one.group, one.asset.category, " ".join(one.asset.tags)]
        writer.writerow([one.asset.name, one.file, *filed, *facts, *loop, "; ".join(one.credits)])
    return text.getvalue().encode()


def _group(library: Library, asset: Asset) -> str:
    """A variant's original and a part's whole; else what it derives from has the group, and at the end the category."""
    seen = {asset.id}
    now = asset
    while len(seen) < MOST_ANCESTORS:
        relations = [one for one in library.assets.relations(now.id) if one.source == now.id]
        variant = next((one for one in relations if one.kind == RelationKind.VARIANT_OF), None)
        split = now.derivation is not None and now.derivation.operation == "sound-split"
        parents = now.derivation.parents if now.derivation else ()
        target = variant.target if variant else (parents[0].asset if parents else None)
        if target is None or target in seen:
            break
        try:
            parent = library.assets.get(target)
        except AssetNotFound:
            break
        if variant or split:
            return parent.name
        seen.add(target)
        now = parent
    # The first of a set of variants is in the group that is called after it.
    if library.assets.related_to(now.id, RelationKind.VARIANT_OF):
        return now.name
    return asset.category


def _credits(library: Library, asset: Asset) -> tuple[str, ...]:
    """Of every sound that ``asset`` is made of in the end: who made it, and what may be done with it."""
    found: dict[str, None] = {}
    todo, seen = [asset], {asset.id}
    while todo and len(seen) < MOST_ANCESTORS:
        one = todo.pop(0)
        parents = one.derivation.parents if one.derivation else ()
        if not parents and (credit := _credit(one)):
            found[credit] = None
        for parent in parents:
            if parent.asset not in seen:
                seen.add(parent.asset)
                try:
                    todo.append(library.assets.get(parent.asset))
                except AssetNotFound:
                    continue
    return tuple(found)


def _credit(asset: Asset) -> str:
    if asset.recipe is not None:
        return f"made with Audobon ({asset.recipe.model})"
    facts = asset.metadata
    ucs, bext = facts.get("ucs", {}), facts.get("bext", {})
    maker = facts.get("artist") or ucs.get("creator") or bext.get("originator")
    parts = (maker, facts.get("copyright"), facts.get("license"), facts.get("file"))
    return ", ".join(str(part) for part in parts if part)
