"""``audobon assets show``."""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.assets.options import One
from audobon_cli.cli.assets.views import extent, short_ids
from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Both, Cell, Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.foreign.text import visible_line
from audobon_cli.domain.units import format_bytes, format_exact_time, format_seconds, plural
from audobon_cli.library.quality_record import QUALITY_KEY, kept_score

if TYPE_CHECKING:
    from audobon_cli.domain.asset import Asset
    from audobon_cli.library.add import AssetDetails, AssetUses

FACTS = (Column(""), Column("", Kind.PROSE))
GAP = 2
MOST_USES = 5
DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
"""People read the first digits of a SHA-256."""


@command("show", examples=["audobon assets show k3f9x2", "audobon assets show k3f9x2 --recipe"])
def show(
    session: Session,
    asset: One,
    whole: Annotated[bool, typer.Option("--recipe", help="Show the whole recipe, too.")] = False,
) -> None:
    """Show one asset: the picture, its facts, its recipe."""
    from audobon_cli.library.add import show_asset

    details = show_asset(session.workspace.library, asset)
    found = details.asset
    recipe = found.recipe.to_dict() if found.recipe else None
    relations = [{"kind": str(r.kind), "source": r.source, "target": r.target} for r in details.relations]
    data = {
        "asset": {
            **found.summary(),
            "path": details.path,
            "recipe": recipe,
            "derivation": found.derivation.to_dict() if found.derivation else None,
            "metadata": found.metadata,
            "relations": relations,
            "uses": details.uses.to_dict(),
        }
    }

    def view() -> None:
        if not sys.stdout.isatty():
            session.out.lines(_all_lines({**found.summary(), "path": details.path, **found.metadata}, recipe))
        else:
            _show_facts(session, details)
            for words in _used(details.uses):
                session.out.line(words)
            if whole and recipe:
                session.out.line("")
                session.out.table(FACTS, [*_filled(recipe), ("file", details.path)])
        for relation in details.relations:
            other = relation.target if relation.source == found.id else relation.source
            way = "is" if relation.source == found.id else "has as"
            session.out.line(f"{way} {relation.kind} {other}")

    session.out.result(data, view=view)
    if recipe and not whole and sys.stdout.isatty():
        session.out.note(
            f"How it was made, in full: audobon assets show {short_ids(session, [found])[found.id]} --recipe"
        )


def _used(uses: "AssetUses") -> "Iterator[str]":
    """Where it is used, in words."""
    for one in uses.assets[:MOST_USES]:
        yield f"used in the {one.kind.value} {visible_line(one.name)} ({one.id})"
    if len(uses.assets) > MOST_USES:
        yield f"used in {len(uses.assets) - MOST_USES} more"
    for export in uses.exports[:MOST_USES]:
        yield f"exported to {visible_line(export.folder)} ({format_exact_time(export.time)})"


def _show_facts(session: Session, details: "AssetDetails") -> None:
    """What matters of an asset, beside its picture."""
    from rich.console import Group
    from rich.table import Table

    from audobon_cli.cli.screen.images import SMALL_ROWS, can_show, small_picture
    from audobon_cli.cli.screen.table import table_lines

    found, out = details.asset, session.out
    drawn = can_show(out.console) and found.format != "svg" and bool(found.width)
    room = out.console.width - (2 * SMALL_ROWS + GAP if drawn else 0)
    lines = Group(*table_lines(FACTS, _facts(found), room, {}))
    if drawn:
        beside = Table.grid(padding=(0, GAP))
        beside.add_row(
            small_picture(session.workspace.library.blobs.read(found.blob), found.is_from_outside), lines
        )
        out.show(beside)
    else:
        out.show(lines)


def _facts(found: "Asset") -> "list[tuple[str, Cell]]":
    frames = f", {plural(found.frames, 'frame')}" if found.frames > 1 else ""
    rows: list[tuple[str, Cell]] = [
        ("name", found.name),
        ("id", found.id),
        ("size", f"{extent(found)}{frames}, {found.format}, {format_bytes(found.size_bytes)}"),
        ("prompt", found.prompt),
        ("seed", found.seed),
        ("model", " ".join(filter(None, (found.model, found.quality, found.style)))),
        ("operation", found.derivation.operation if found.derivation else ""),
        ("took", format_seconds(found.duration_seconds) if found.duration_seconds else ""),
        ("made", format_exact_time(found.created)),
        ("category", found.category),
        ("tags", " ".join(found.tags)),
        ("rating", None if found.rating is None else f"{found.rating} of 5"),
        ("quality score", _quality(found)),
        ("note", found.note),
        ("protected", "from being trashed, replaced or moved" if found.protected else ""),
    ]
    return [row for row in rows if row[1] not in ("", None)]


def _quality(found: "Asset") -> str:
    score = kept_score(found.metadata, found.blob)
    return "" if score is None else f"{score:.2f}, worst: {found.metadata[QUALITY_KEY].get('fault', '')}"


def _filled(values: "Mapping[str, Any]") -> "Iterator[tuple[str, Both]]":
    """What is not empty, with parts of parts as words."""
    for key, value in values.items():
        if value in ("", None, [], {}):
            continue
        if isinstance(value, dict):
            value = ", ".join(f"{name} {part}" for name, part in value.items())
        elif isinstance(value, list | tuple):
            value = ", ".join(map(str, value))
        yield key.replace("_", " "), Both(DIGEST.sub(r"\1…", str(value)), str(value))


def _all_lines(facts: "Mapping[str, Any]", recipe: "Mapping[str, Any] | None") -> list[str]:
    """All that is known, for scripts that do not read JSON: a line a fact."""
    lines = [f"{key + ':':<18}{value.scripts}" for key, value in _filled(facts)]
    if recipe:
        lines += ["", "recipe", *(f"  {key + ':':<18}{value.scripts}" for key, value in _filled(recipe))]
    return lines
