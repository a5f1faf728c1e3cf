"""The check as one HTML page: pictures inside it, no server, no network, no script."""

import base64
import math
from collections.abc import Sequence
from html import escape

from audobon_cli.media.image.pixels import Pixels, encode_png, resized
from audobon_cli.sprites.check import Checked, CheckedImage, CheckedSequence, CheckReport
from audobon_cli.sprites.contract import Measured
from audobon_cli.sprites.gates import GATES
from audobon_cli.sprites.sources import Reader

THUMBNAIL = 160
"""Pixels a side at most; small sprites are enlarged by a whole number."""

STYLE = """
:root { color-scheme: light dark; --line: #8884; --bad: #c5221f; --good: #188038; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: .2rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.summary { opacity: .75; margin-top: 0; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem; }
.card { border: 1px solid var(--line); border-radius: 8px; padding: .8rem; }
.card.failed { border-color: var(--bad); }
.backs { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 4px; }
.backs div, .frames div { display: grid; place-items: center; min-height: 5rem; border-radius: 4px; }
.frames { display: flex; flex-wrap: wrap; gap: 4px; }
.check { background: conic-gradient(#bbb 25%, #eee 0 50%, #bbb 0 75%, #eee 0) 0 0 / 16px 16px; }
.white { background: #fff; } .magenta { background: #f0f; }
img { max-width: 100%; image-rendering: pixelated; display: block; }
h3 { font-size: .95rem; margin: .6rem 0 .3rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; font-variant-numeric: tabular-nums; }
td { padding: .1rem .3rem; border-top: 1px solid var(--line); } td + td { text-align: right; white-space: nowrap; }
.bad { color: var(--bad); font-weight: 600; } .good { color: var(--good); }
"""


def report_page(report: CheckReport, reader: Reader) -> str:
    """The page, pictures that failed first. ``reader`` gives the pictures once more."""
    by_name = {picture.source.name: picture for picture in report.pictures}
    everything: tuple[Checked, ...] = (*report.pictures, *report.sequences)
    failed, count = sum(bool(each.failed) for each in everything), len(everything)
    verdict = f"{failed} of {count} do not pass" if failed else f"all {count} pass"
    contract = (
        f"held to the contract in {report.contract.source}" if report.contract.source else "held to defaults"
    )
    pictures = sorted(report.pictures, key=lambda each: (not each.failed, each.source.name))
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><title>Sprite check</title>',
        '<meta name="viewport" content="width=device-width">',
        f"<style>{STYLE}</style></head><body>",
        f"<h1>Sprite check: {escape(verdict)}</h1>",
        f'<p class="summary">Pictures: {len(report.pictures)}; sequences: {len(report.sequences)};'
        f" {escape(contract)}.</p>",
    ]
    if report.sequences:
        parts.append('<h2>Sequences</h2><div class="grid">')
        parts += [_sequence(sequence, by_name, reader) for sequence in report.sequences]
        parts.append("</div>")
    parts.append('<h2>Pictures</h2><div class="grid">')
    parts += [_picture(picture, reader) for picture in pictures]
    parts.append("</div></body></html>\n")
    return "\n".join(parts)


def _picture(checked: CheckedImage, reader: Reader) -> str:
    pixels = reader.picture(checked.source).frames[0]
    image = _image(pixels, THUMBNAIL // 2, checked.source.name)
    backs = "".join(f'<div class="{back}">{image}</div>' for back in ("check", "white", "magenta"))
    size = f"{pixels.shape[1]}x{pixels.shape[0]}"
    return (
        f'<section class="card{" failed" if checked.failed else ""}"><div class="backs">{backs}</div>'
        f"<h3>{escape(checked.source.name)} <small>{size}</small></h3>{_table(checked.gates)}</section>"
    )


def _sequence(checked: CheckedSequence, by_name: dict[str, CheckedImage], reader: Reader) -> str:
    frames = [reader.picture(by_name[name].source).frames[0] for name in checked.frames if name in by_name]
    images = "".join(f'<div class="check">{_image(pixels, 64, "")}</div>' for pixels in frames[:24])
    return (
        f'<section class="card{" failed" if checked.failed else ""}"><div class="frames">{images}</div>'
        f"<h3>{escape(checked.name)} <small>{len(checked.frames)} frames</small></h3>"
        f"{_table(checked.gates)}</section>"
    )


def _table(gates: Sequence[Measured]) -> str:
    rows = []
    for gate in gates:
        mark = "" if gate.limit is None else ' class="good"' if gate.passed else ' class="bad"'
        limit = "" if gate.limit is None else f" (at most {gate.limit:g})"
        rows.append(
            f'<tr title="{escape(GATES[gate.gate].about)}"><td>{escape(gate.gate.replace("_", " "))}</td>'
            f"<td{mark}>{gate.value:g}{limit}</td></tr>"
        )
    return f"<table>{''.join(rows)}</table>"


def _image(pixels: Pixels, side: int, name: str) -> str:
    height, width = pixels.shape[:2]
    largest = max(height, width)
    if largest > side:
        share = side / largest
        pixels = resized(pixels, max(1, round(width * share)), max(1, round(height * share)))
    else:
        factor = max(1, math.floor(side / largest))
        pixels = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    data = base64.b64encode(encode_png(pixels)).decode()
    return f'<img alt="{escape(name)}" src="data:image/png;base64,{data}">'
