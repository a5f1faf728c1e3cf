"""The clients that play our sheets, each watched with all sheets that it can hold."""

import base64
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from audobon_cli.media.image.pixels import Pixels, read_picture
from tests.sprites.browser import Page, browser, chromium, served
from tests.sprites.played import (
    GROUND_HEX,
    SIDE,
    TICKS,
    Difference,
    Played,
    checksum,
    difference,
    on_ground,
    pictures_of,
    sheets,
    stem,
    write,
)  # fmt: skip

PEERS = Path(__file__).parents[1] / "peers"
ACROSS = 6
CELL = SIDE + 16


@dataclass(frozen=True)
class Client:
    """A client: which formats it is given, what it needs (an npm package, or a program), and which sheets it can hold,
    with the reason for the others."""

    name: str
    formats: tuple[str, ...]
    needs: str
    holds: Callable[[Played], str] = lambda _: ""
    script: str = ""
    engine: str = ""
    forgets: bool = False
    """Whether it begins each frame's time anew where the last one's was passed, so that all come later and later."""


def _aseprite(played: Played) -> str:
    return "several pages" if played.name == "pages" else ""


def _excalibur(played: Played) -> str:
    return _aseprite(played) or ("plays all for ever" if played.plays else "")


def _kaplay(played: Played) -> str:
    return _excalibur(played) or ("one speed" if not played.steady else "")


def _melon(played: Played) -> str:
    return "counts no repeats" if played.plays > 1 else ""


CLIENTS = (
    Client("PixiJS", ("json",), "pixi.js", _melon, "pixi"),
    Client("Phaser 3", ("phaser",), "phaser", script="phaser", engine="/npm/phaser/dist/phaser.esm.js"),
    Client("Phaser 4", ("phaser",), "phaser4", script="phaser", engine="/npm/phaser4/dist/phaser.esm.js"),
    Client("melonJS", ("json-array",), "melonjs", _melon, "melon"),
    Client("Excalibur", ("aseprite",), "excalibur", _excalibur, "excalibur", forgets=True),
    Client("KAPLAY", ("aseprite",), "kaplay", _kaplay, "kaplay", forgets=True),
    Client("Chromium, CSS", ("css",), "chromium"),
    Client("Chromium, GIF", ("gif",), "chromium"),
    Client("Chromium, APNG", ("apng",), "chromium"),
    Client("Chromium, WebP", ("webp",), "chromium"),
)  # fmt: skip


def version(client: Client) -> str:
    """The version that is installed."""
    if client.needs == "chromium":
        ran = subprocess.run([chromium() or "", "--version"], capture_output=True, text=True, check=True)
        return ran.stdout.split()[1]
    folder = next(each for each in _npm() if (each / client.needs).is_dir())
    return str(json.loads((folder / client.needs / "package.json").read_text())["version"])


def missing(client: Client) -> str:
    """What must be installed first; nothing where all is there."""
    if chromium() is None:
        return "chromium is not installed: apt-get install chromium"
    if client.needs != "chromium" and not any((folder / client.needs).is_dir() for folder in _npm()):
        return f"{client.needs} is not installed: run `npm install` in tests/peers, or set NODE_PATH"
    return ""


def _npm() -> list[Path]:
    folders = [str(PEERS / "node_modules"), *filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep))]
    return [Path(folder) for folder in folders]


def watch(client: Client, folder: Path, all_sheets: Sequence[Played] = ()) -> dict[str, Difference]:
    """How far what ``client`` shows of each sheet (of the twenty, unless others are given) that it holds is off."""
    held = [played for played in all_sheets or sheets() if not client.holds(played)]
    untrimmed = {"trim": False} if "aseprite" in client.formats else {}
    files = {
        played.name: write(played, folder / stem(played), client.formats, **untrimmed) for played in held
    }
    roots = {"sheets": folder, "browser": PEERS / "browser"}
    npm = next((each for each in _npm() if (each / client.needs).is_dir()), None)
    with served({**roots, **({"npm": npm} if npm else {})}) as address, browser() as page:
        if client.script:
            return _in_an_engine(client, held, folder, page, address)
        if client.formats == ("css",):
            return _in_css(held, folder, page, address)
        return {p.name: _decoded(p, files[p.name], client.formats[0], folder, page, address) for p in held}


def _address(folder: Path, file: Path) -> str:
    return "/sheets/" + quote(file.relative_to(folder).as_posix())


def _cells(client: Client, held: Sequence[Played], folder: Path) -> list[dict[str, Any]]:
    cells = []
    for number, played in enumerate(held):
        name, own = stem(played), folder / stem(played)
        ends = {"json": ".json", "json-array": ".json", "phaser": "-atlas.json", "aseprite": "-aseprite.json"}
        data = {form: own / (name + end) for form, end in ends.items()}
        if not data["json"].is_file():
            data["json"] = own / f"{name}-0.json"
            data["json-array"] = next(
                (f for f in sorted(own.glob("*.json")) if _has(f, played.animation)), data["json"]
            )
        image = (
            data["json-array"].with_suffix(".png") if "json-array" in client.formats else own / f"{name}.png"
        )
        x, y = number % ACROSS * CELL + 8, number // ACROSS * CELL + 8
        files = {
            **{form: _address(folder, file) for form, file in data.items()},
            "image": _address(folder, image),
        }
        cells.append({
            "stem": name, "animation": played.animation, "loop": not played.plays, "plays": played.plays,
            "fps": float(1000 / Fraction(played.times[0])), "x": x, "y": y, "files": files,
            "width": SIDE, "height": SIDE, "folder": f"/sheets/{quote(name)}/",
        })  # fmt: skip
    return cells


def _has(file: Path, animation: str) -> bool:
    return animation in json.loads(file.read_text()).get("animations", {})


def _in_an_engine(
    client: Client, held: Sequence[Played], folder: Path, page: Page, address: str
) -> dict[str, Difference]:
    known = sorted({checksum(on_ground(pixels)) for played in held for pixels in pictures_of(played)})
    plan = {
        "width": ACROSS * CELL, "height": -(-len(held) // ACROSS) * CELL, "background": GROUND_HEX, "ticks": TICKS,
        "engine": client.engine, "cells": _cells(client, held, folder), "known": known,
    }  # fmt: skip
    page.open(f"{address}/browser/page.html")
    script = f"import('/browser/{client.script}.js').then((m) => watch(m.default, {json.dumps(plan)}))"
    found = page.run(script)
    result = {}
    for number, played in enumerate(held):
        other = found["unknown"].get(str(number))
        result[played.name] = difference(played, found["seen"][number], other and other["pixels"])
    return result


def _in_css(held: Sequence[Played], folder: Path, page: Page, address: str) -> dict[str, Difference]:
    """The page as it is painted, with all animations set to each sixtieth of a second in turn."""
    rows, places = [], []
    for number, played in enumerate(held):
        x, y = number % ACROSS * CELL + 8, number // ACROSS * CELL + 8
        name = stem(played)
        classes = f"{name} {name}-{_class(played.animation)}"
        rows.append(
            f'<link rel="stylesheet" href="/sheets/{quote(name)}/{quote(name)}.css">'
            f'<div style="position: absolute; left: {x}px; top: {y}px; font-size: 0; line-height: 0">'
            f'<i class="{classes}"></i></div>'
        )
        places.append((x, y))
    html = f'<!doctype html><meta charset="utf-8"><body style="margin: 0; background: {GROUND_HEX}">{"".join(rows)}'
    (folder / "page.html").write_text(html)
    page.open(f"{address}/sheets/page.html")
    width, height = ACROSS * CELL, -(-len(held) // ACROSS) * CELL
    seen: list[list[int]] = [[] for _ in held]
    unknown: dict[int, Pixels] = {}
    known = {checksum(on_ground(pixels)) for played in held for pixels in pictures_of(played)}
    page.run(
        "Promise.all([...document.getAnimations()].map((each) => { each.pause(); return each.ready; })).then()"
    )
    for tick in range(TICKS // 2):
        moment = tick * 1000 / 30 + 1
        page.run(f"document.getAnimations().forEach((each) => {{ each.currentTime = {moment}; }})")
        whole = read_picture(page.screenshot(width, height)).still
        for number, (x, y) in enumerate(places):
            part = np.ascontiguousarray(whole[y : y + SIDE, x : x + SIDE])
            seen[number].append(checksum(part))
            if seen[number][-1] not in known:
                unknown.setdefault(number, part)
    return {
        played.name: difference(played, seen[number], _encoded(unknown.get(number)), Fraction(1, 30))
        for number, played in enumerate(held)
    }


def _class(name: str) -> str:
    return name.replace("/", "_").replace(" ", "_")


def _encoded(pixels: Pixels | None) -> str | None:
    return None if pixels is None else base64.b64encode(pixels.tobytes()).decode()


_DECODE = """
(async () => {
  const data = await (await fetch(%s)).arrayBuffer();
  const decoder = new ImageDecoder({ data, type: %s, preferAnimation: true });
  await decoder.tracks.ready;
  const track = decoder.tracks.selectedTrack;
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const frames = [];
  for (let index = 0; index < track.frameCount; index++) {
    const { image } = await decoder.decode({ frameIndex: index });
    canvas.width = image.displayWidth; canvas.height = image.displayHeight;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    frames.push({ pixels: btoa(String.fromCharCode(...data)), duration: image.duration / 1000 });
    image.close();
  }
  return { frames, plays: track.repetitionCount === Infinity ? 0 : track.repetitionCount + 1 };
})()
"""


def _decoded(
    played: Played, files: Sequence[Path], form: str, folder: Path, page: Page, address: str
) -> Difference:
    """What Chromium decodes of the file of the animation, shown as it says."""
    file = next(f for f in files if f.suffix == f".{form}" and f.stem.endswith(_class(played.animation)))
    kind = {"gif": "image/gif", "apng": "image/png", "webp": "image/webp"}[form]
    page.open(f"{address}/browser/clock.js")
    found = page.run(_DECODE % (json.dumps(_address(folder, file)), json.dumps(kind)))
    frames = [
        np.frombuffer(base64.b64decode(f["pixels"]), dtype=np.uint8).reshape(SIDE, SIDE, 4)
        for f in found["frames"]
    ]
    # Frames of no more than 10 ms are shown for 100 (measured in Chromium 156).
    times = [f["duration"] if f["duration"] > 10 else 100 for f in found["frames"]]
    shown = Played(played.name, (), "", range(len(frames)), [Fraction(t) for t in times], found["plays"])
    sums = [checksum(on_ground(frame)) for frame in frames]
    known = {checksum(on_ground(p)) for p in pictures_of(played)}
    other = next((frame for frame, total in zip(frames, sums, strict=True) if total not in known), None)
    seen = [sums[shown.at(Fraction(tick, 60))] for tick in range(TICKS)]
    return difference(played, seen, None if other is None else _encoded(on_ground(other)))
