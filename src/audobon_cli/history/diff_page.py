"""A difference between two states as one HTML page: pictures inside it, no server, no network, no script."""

import base64
from collections.abc import Sequence
from html import escape

from audobon_cli.history.image_diff import ImageDifference, picture_of, picture_pair
from audobon_cli.history.model.records import Record
from audobon_cli.history.worktree import AssetChange
from audobon_cli.library.store.library import Library

STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1rem; margin: .2rem 0 .6rem; overflow-wrap: anywhere; }
section { border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin: 1rem 0; }
.sides { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; } figcaption { opacity: .75; font-size: .85rem; }
.back { background: conic-gradient(#bbb 25%, #eee 0 50%, #bbb 0 75%, #eee 0) 0 0 / 16px 16px; border-radius: 4px; }
img { display: block; image-rendering: pixelated; width: 12rem; height: 12rem; object-fit: contain; }
table { border-collapse: collapse; font-size: .9rem; } td { padding: .15rem .8rem .15rem 0; vertical-align: top; }
.swatch { display: inline-block; width: 1rem; height: 1rem; border: 1px solid var(--line); vertical-align: -.2rem; }
.kind { font-weight: 600; }
"""


def diff_page(library: Library, changes: Sequence[AssetChange], title: str) -> str:
    """The page: each changed asset with both pictures, what differs laid over them, and its fields."""
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.change.value] = counts.get(change.change.value, 0) + 1
    said = ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())) or "nothing differs"
    sections = [_section(library, change) for change in changes]
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
            '<meta name="viewport" content="width=device-width">',
            f"<style>{STYLE}</style></head><body>",
            f"<h1>{escape(title)}: {escape(said)}</h1>",
            *sections,
            "</body></html>\n",
        ]
    )


def _section(library: Library, change: AssetChange) -> str:
    figures, numbers = [], ""
    pair = picture_pair(library, change)
    if pair is None:
        image = picture_of(library, change.after or change.before)
        figures.append(_figure(image, change.after or change.before, ""))
    else:
        figures += [_figure(pair.before, change.before, "before"), _figure(pair.after, change.after, "after")]
        if pair.difference_image is not None:
            figures.append(_figure(pair.difference_image, None, "what changed"))
        numbers = _numbers(pair.difference)
    rows = "".join(
        _row(field, change) for field in change.fields if not field.startswith(("blob", "content"))
    )
    return (
        f'<section><h2><span class="kind">{change.change.value}</span> {escape(change.name)}'
        f" <small>{escape(change.asset)}</small></h2>"
        f'<div class="sides">{"".join(figures)}</div>{numbers}<table>{rows}</table></section>'
    )


def _figure(image: bytes | None, record: Record | None, caption: str) -> str:
    if image is None:
        return ""
    kind = "png" if record is None else str(record.get("content", {}).get("format", "png"))
    media = "svg+xml" if kind == "svg" else kind
    data = base64.b64encode(image).decode()
    return (
        f'<figure><div class="back"><img alt="{escape(caption)}" src="data:image/{escape(media)};base64,{data}"></div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _numbers(difference: ImageDifference) -> str:
    parts = []
    if difference.bits is not None:
        parts.append(f"perceptual distance {difference.bits} of 64 bits")
    if difference.pixels is not None:
        parts.append(f"{difference.pixels:.1%} of the pixels changed")
    for words, colours in (("new", difference.colours_added), ("gone", difference.colours_removed)):
        if colours:
            swatches = " ".join(_swatch(colour) for colour in colours)
            parts.append(f"{words} colours {swatches}")
    return f"<p>{'; '.join(parts)}</p>" if parts else ""


def _swatch(colour: tuple[int, int, int]) -> str:
    code = "#{:02x}{:02x}{:02x}".format(*colour)
    return f'<span class="swatch" style="background:{code}"></span> {code}'


def _row(field: str, change: AssetChange) -> str:
    values = [(record or {}).get(field) for record in (change.before, change.after)]
    cells = "".join(f"<td>{escape('' if value is None else str(value))}</td>" for value in values)
    return f"<tr><td>{escape(field)}</td>{cells}</tr>"
