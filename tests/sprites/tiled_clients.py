"""The clients that open our tilesets: Tiled's own renderer, pytiled-parser, and arcade in a process of its own."""

import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from audobon_cli.media.image.pixels import Pixels, read_picture
from tests.sprites.played import (
    SIDE,
    TICKS,
    Difference,
    Played,
    checksum,
    difference,
    on_ground,
    sheets,
    stem,
    write,
)  # fmt: skip

STEP_MS = 50
"""Tiled's renderer is asked for a picture so often: each takes a process."""

ARCADE = """
import json, sys
import arcade
found = {}
for name, path, ticks in json.load(sys.stdin):
    sprite = arcade.load_tilemap(path, lazy=True).sprite_lists["tiles"][0]
    seen = []
    for _ in range(ticks):
        seen.append(sprite.texture.image.convert("RGBA").tobytes().hex())
        sprite.update_animation(1 / 60)
    found[name] = seen
json.dump(found, sys.stdout)
"""
"""arcade wants an older Pillow than we do: the Python that ARCADE_PYTHON names has it."""


CLIENTS = ("Tiled", "pytiled-parser", "arcade")


def holds(played: Played) -> str:
    """Why a tileset cannot hold the sheet; nothing where it can."""
    if played.name == "pages":
        return "several pages"
    return "plays all for ever" if played.plays else ""


def missing(client: str) -> str:
    """What must be installed first; nothing where it is there."""
    if client == "Tiled":
        return "" if shutil.which("tmxrasterizer") else "tiled is not installed: apt-get install tiled"
    if client == "pytiled-parser":
        return "" if importlib.util.find_spec("pytiled_parser") else "pytiled-parser is not installed"
    python = os.environ.get("ARCADE_PYTHON", sys.executable)
    there = subprocess.run([python, "-c", "import arcade"], capture_output=True, check=False).returncode == 0
    return "" if there else "arcade is not installed: ARCADE_PYTHON names a Python that has it"


def version(client: str) -> str:
    """The version that is installed."""
    if client == "Tiled":
        command = ["dpkg-query", "-W", "-f", "${Version}", "tiled"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if client == "pytiled-parser":
        return importlib.metadata.version("pytiled-parser")
    command = [
        os.environ.get("ARCADE_PYTHON", sys.executable),
        "-c",
        "import arcade; print(arcade.__version__)",
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def watch(client: str, folder: Path) -> dict[str, Difference]:
    """How far what ``client`` shows of each sheet is off."""
    maps = {p.name: _map(p, folder / stem(p)) for p in sheets() if not holds(p)}
    run = {"Tiled": _tiled, "pytiled-parser": _parsed, "arcade": _arcade}[client]
    return run({p.name: p for p in sheets() if p.name in maps}, maps)


def _map(played: Played, folder: Path) -> Path:
    """A map of one tile, the one that carries the animation."""
    options = {"cells": True, "trim": True}
    write(played, folder, ("tiled",), **options)
    tsx = folder / f"{stem(played)}.tsx"
    root = ElementTree.parse(tsx).getroot()
    moving = [tile for tile in root.iter("tile") if tile.find("animation") is not None]
    marked = [t for t in moving if _property(t, "animation") == played.animation]
    tile = (marked or moving)[0]
    path = folder / "map.tmx"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<map version="1.10" tiledversion="1.10.2" orientation="orthogonal" renderorder="right-down" infinite="0"'
        f' width="1" height="1" tilewidth="{SIDE}" tileheight="{SIDE}" nextlayerid="2" nextobjectid="1">\n'
        f' <tileset firstgid="1" source="{tsx.name}"/>\n'
        ' <layer id="1" name="tiles" width="1" height="1"><data encoding="csv">'
        f"{int(tile.attrib['id']) + 1}</data></layer>\n"
        "</map>\n"
    )
    return path


def _property(tile: ElementTree.Element, name: str) -> str:
    found = tile.find(f"properties/property[@name='{name}']")
    return "" if found is None else found.attrib["value"]


def _tiled(played: dict[str, Played], maps: dict[str, Path]) -> dict[str, Difference]:
    """Tiled's tmxrasterizer, its animations advanced by each twentieth of a second in turn."""
    with tempfile.TemporaryDirectory() as runtime:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": runtime}
        result = {}
        for name, path in maps.items():
            seen = []
            for moment in range(1, 1002, STEP_MS):
                image = path.with_name(f"{moment}.png")
                command = ["tmxrasterizer", "--advance-animations", str(moment), str(path), str(image)]
                subprocess.run(command, check=True, capture_output=True, env=environment)
                seen.append(read_picture(image.read_bytes()).still)
            result[name] = _judged(played[name], seen, Fraction(STEP_MS, 1000))
    return result


def _parsed(played: dict[str, Played], maps: dict[str, Path]) -> dict[str, Difference]:
    """pytiled-parser's tiles, cut out of the image as it says and shown for the times that it says."""
    import pytiled_parser

    result = {}
    for name, path in maps.items():
        tiled = pytiled_parser.parse_map(path)
        number = tiled.layers[0].data[0][0] - 1  # type: ignore[union-attr]
        tileset = tiled.tilesets[1]
        assert tileset.tiles is not None
        steps = tileset.tiles[number].animation
        image = read_picture((path.parent / Path(str(tileset.image)).name).read_bytes()).still
        across = tileset.tile_width + tileset.spacing
        down = tileset.tile_height + tileset.spacing

        def cut(
            tile: int,
            image: Pixels = image,
            across: int = across,
            down: int = down,
            tileset: object = tileset,
        ) -> Pixels:
            x = tileset.margin + tile % tileset.columns * across  # type: ignore[attr-defined]
            y = tileset.margin + tile // tileset.columns * down  # type: ignore[attr-defined]
            return image[y : y + SIDE, x : x + SIDE]

        shown = Played(name, (), "", range(len(steps)), [step.duration for step in steps])
        seen = [cut(steps[shown.at(Fraction(tick, 60))].tile_id) for tick in range(TICKS)]
        result[name] = _judged(played[name], seen, Fraction(1, 60))
    return result


def _arcade(played: dict[str, Played], maps: dict[str, Path]) -> dict[str, Difference]:
    """arcade's sprites, whose animation is updated every sixtieth of a second."""
    python = os.environ.get("ARCADE_PYTHON", sys.executable)
    jobs = [(name, str(path), TICKS) for name, path in maps.items()]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {
        "ARCADE_HEADLESS": "True"
    }
    ran = subprocess.run(
        [python, "-c", ARCADE],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(ran.stdout)
    return {
        name: _judged(
            played[name],
            [np.frombuffer(bytes.fromhex(row), dtype=np.uint8).reshape(SIDE, SIDE, 4) for row in rows],
            Fraction(1, 60),
        )
        for name, rows in found.items()
    }


def _judged(played: Played, seen: list[Pixels], tick: Fraction) -> Difference:
    shown = [np.ascontiguousarray(on_ground(pixels)) for pixels in seen]
    return difference(played, [checksum(pixels) for pixels in shown], None, tick)
