"""PNG files and the recipes in them: round trips, and files that are none."""

import io
import json
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.recipe import Recipe
from audobon_cli.media.image.png import encode_png, parameters_text, read_recipe

# What A1111 reads the last line with (modules/infotext_utils.py, re_param).
A1111_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


def make_recipe(**changes: Any) -> Recipe:
    fields: dict[str, Any] = {
        "prompt": "cute dragon",
        "negative": "blurry",
        "resolved_prompt": "cute dragon, pixel art",
        "resolved_negative": "blurry",
        "engine": "local",
        "model": "sprites",
        "model_family": "sprite",
        "model_digest": "0123456789abcdef" * 4,
        "quality": "draft",
        "style": "pixel",
        "width": 128,
        "height": 128,
        "render_width": 64,
        "render_height": 64,
        "steps": 20,
        "guidance": 4.0,
        "seed": 7,
        "scheduler": "DPMSolverMultistepScheduler",
        "device": "cpu",
        "dtype": "float32",
        "operations": ("scale:128x128",),
        "libraries": {"audobon": "0.1.0", "torch": "2.13.0"},
    }
    return Recipe(**{**fields, **changes})


def make_picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 16, 4), dtype=np.uint8))


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], 8
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        found.append((kind, data[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(*extra: bytes) -> bytes:
    """A valid PNG of one pixel with these chunks before the picture data."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    picture = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + picture + chunk(b"IEND", b"")


def test_pixels_and_recipe_come_back(tmp_path: Path) -> None:
    picture, recipe = make_picture(), make_recipe()
    data = encode_png(picture, recipe)
    (tmp_path / "picture.png").write_bytes(data)
    assert read_recipe(data) == recipe
    assert read_recipe(tmp_path / "picture.png") == recipe
    with Image.open(io.BytesIO(data)) as again:
        assert np.array_equal(np.asarray(again), np.asarray(picture))
        assert again.info["parameters"] == parameters_text(recipe)
        assert json.loads(again.info["audobon"])["seed"] == 7


def test_equal_input_gives_equal_bytes_and_nothing_else_comes_along() -> None:
    picture, recipe = make_picture(), make_recipe()
    luggage = picture.copy()
    luggage.info = {"dpi": (72, 72), "icc_profile": b"x", "Software": "other", "gamma": 0.5}
    assert encode_png(luggage, recipe) == encode_png(picture, recipe)
    kinds = [kind for kind, _ in chunks(encode_png(picture, recipe))]
    assert set(kinds) == {b"IHDR", b"iTXt", b"IDAT", b"IEND"}


def test_the_parameters_are_those_of_a1111() -> None:
    assert parameters_text(make_recipe(guidance=7.5)) == (
        "cute dragon, pixel art\n"
        "Negative prompt: blurry\n"
        "Steps: 20, Sampler: DPMSolverMultistepScheduler, CFG scale: 7.5, Seed: 7, Size: 64x64, "
        "Model hash: 0123456789, Model: sprites, Version: audobon 0.1.0"
    )
    assert "Negative" not in parameters_text(make_recipe(resolved_negative=""))


@settings(deadline=None)
@given(prompt=TEXTS.filter(str.strip), negative=TEXTS, model=TEXTS.filter(str.strip))
def test_any_words_survive(prompt: str, negative: str, model: str) -> None:
    recipe = make_recipe(resolved_prompt=prompt, prompt=prompt, resolved_negative=negative, model=model)
    assert read_recipe(encode_png(Image.new("RGBA", (2, 2)), recipe)) == recipe


@settings(deadline=None)
@given(model=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30))
def test_other_tools_read_the_settings(model: str) -> None:
    line = parameters_text(make_recipe(model=model)).split("\n")[-1]
    pairs = dict(A1111_PAIR.findall(line))
    assert pairs["Seed"] == "7"
    assert pairs["Version"] == "audobon 0.1.0"
    if not set(model) & set('",:'):
        assert pairs["Model"] == model
    elif set(model) & set(",:"):
        assert json.loads(pairs["Model"]) == model


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0 a JPEG",
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 100,
        png_with(),
        png_with(chunk(b"iTXt", b"audobon")),
        png_with(chunk(b"iTXt", b"audobon\0\0\0")),
        png_with(chunk(b"iTXt", b"audobon\0\0\0\0\0not JSON")),
        png_with(chunk(b"iTXt", b"audobon\0\0\0\0\0[1]")),
        png_with(chunk(b"iTXt", b'audobon\0\0\0\0\0{"schema": "audobon-recipe/1"}')),
        png_with(chunk(b"iTXt", b"audobon\0\0\0\0\0" + b"[" * 100_000)),
        png_with(chunk(b"iTXt", b"audobon\0\0\0\0\0\xff\xfe")),
        png_with(chunk(b"iTXt", b"audobon\0\x01\0\0\0no zlib stream")),
        png_with(chunk(b"iTXt", b"parameters\0\0\0\0\0Steps: 20")),
        png_with(chunk(b"iTXt", b"audobon\0\0\0\0\0{}")[:-1] + b"x"),
        png_with(struct.pack(">I4s", 2**32 - 1, b"iTXt")),
    ],
)
def test_files_without_a_recipe_give_none(data: bytes) -> None:
    assert read_recipe(data) is None


def test_a_compressed_recipe_is_read_and_a_bomb_is_not() -> None:
    packed = zlib.compress(make_recipe().to_json().encode())
    assert read_recipe(png_with(chunk(b"iTXt", b"audobon\0\x01\0\0\0" + packed))) == make_recipe()
    bomb = zlib.compress(bytes(50_000_000))
    assert read_recipe(png_with(chunk(b"iTXt", b"audobon\0\x01\0\0\0" + bomb))) is None


def test_the_size_of_the_picture_does_not_matter() -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 6, 0, 0, 0))
    text = chunk(b"iTXt", b"audobon\0\0\0\0\0" + make_recipe().to_json().encode())
    assert read_recipe(b"\x89PNG\r\n\x1a\n" + header + text) == make_recipe()


@settings(deadline=None)
@given(cut=st.integers(0, 2000), flip=st.integers(0, 2000))
def test_damage_never_crashes(cut: int, flip: int) -> None:
    data = bytearray(encode_png(Image.new("RGBA", (4, 4)), make_recipe()))
    data[flip % len(data)] ^= 0x55
    assert read_recipe(bytes(data[: max(1, cut)])) in (None, make_recipe())


def test_other_programs_pictures_give_none() -> None:
    texts = PngInfo()
    texts.add_text("parameters", "cute dragon\nSteps: 20")
    stream = io.BytesIO()
    make_picture().save(stream, "PNG", pnginfo=texts)
    assert read_recipe(stream.getvalue()) is None


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.png"):
        with pytest.raises(InvalidInput, match="cannot be read"):
            read_recipe(path)


def test_importing_the_services_is_cheap() -> None:
    code = (
        "import sys, audobon_cli.generation.checks.registry, audobon_cli.media.image.png;"
        "sys.exit(' '.join({'torch', 'numpy', 'PIL'} & set(sys.modules)) or None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
