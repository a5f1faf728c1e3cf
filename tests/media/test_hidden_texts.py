"""Texts in the lowest bits of a PNG's pixels: NovelAI's and those of A1111's extensions."""

import gzip
import io
import json
import time
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from audobon_cli.media.image.hidden_texts import MARKS, hidden_texts
from audobon_cli.media.image.medium import ImageMedium
from audobon_cli.media.image.png_chunks import MAX_TEXT_BYTES
from tests.media.files_by_hand import SIGNATURE, chunk, header

NOVELAI = {
    "Title": "AI generated image",
    "Description": "a moth, silver wings",
    "Software": "NovelAI",
    "Source": "NovelAI Diffusion V4 37442FCA",
    "Comment": json.dumps({"seed": 4142, "steps": 28, "uc": "blurry"}),
}
A1111 = "a heron\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 99, Model: birds"


def with_hidden(mark: bytes, content: bytes, size: tuple[int, int] = (96, 130), mode: str = "RGBA") -> bytes:
    """A picture of noise with ``content`` behind ``mark``, as the programs write it: column by column."""
    noise = np.random.default_rng(5)
    pixels = noise.integers(0, 256, (size[1], size[0], len(mode)), dtype=np.uint8)
    written = mark + (8 * len(content)).to_bytes(4, "big") + content
    bits = np.unpackbits(np.frombuffer(written, dtype=np.uint8))
    places = [3] if MARKS[mark][0] == "alpha" else [0, 1, 2]
    columns = pixels.transpose(1, 0, 2)[:, :, places].reshape(-1)
    columns[: len(bits)] = columns[: len(bits)] & 0xFE | bits
    pixels[:, :, places] = columns.reshape(size[0], size[1], len(places)).transpose(1, 0, 2)
    stream = io.BytesIO()
    Image.fromarray(pixels, mode).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize("size", [(96, 130), (300, 64), (64, 300)])
def test_novelai_is_read_from_the_alpha_channel(size: tuple[int, int]) -> None:
    data = with_hidden(b"stealth_pngcomp", gzip.compress(json.dumps(NOVELAI).encode()), size)
    found = ImageMedium().inspect(data).foreign
    assert (found.prompt, found.model, found.seed) == ("a moth, silver wings", "NovelAI Diffusion V4", 4142)
    assert (found.details["source"], found.details["negative"]) == ("novelai", "blurry")


@pytest.mark.parametrize(
    ("mark", "mode"), [(m, "RGBA") for m in MARKS] + [(m, "RGB") for m in MARKS if b"rgb" in m]
)
def test_each_way_of_a1111s_extensions_is_read(mark: bytes, mode: str) -> None:
    content = gzip.compress(A1111.encode()) if MARKS[mark][1] else A1111.encode()
    found = ImageMedium().inspect(with_hidden(mark, content, mode=mode)).foreign
    assert (found.prompt, found.seed, found.model) == ("a heron", 99, "birds")


@pytest.mark.parametrize("level", [0, 1, 9])
@pytest.mark.parametrize("filtered", range(5))
def test_the_mark_is_found_whatever_the_filter_of_the_rows(filtered: int, level: int) -> None:
    """Rows of a picture whose pixels are all 1: each filter's own way to say that (PNG specification, 9.2)."""
    mark = np.unpackbits(
        np.frombuffer(b"stealth_pnginfo" + (8 * len(b"seed")).to_bytes(4, "big") + b"seed", np.uint8)
    )
    width, height = 3, 200
    flat = np.zeros(width * height, np.uint8)
    flat[: len(mark)] = mark
    alpha = flat.reshape(width, height).T
    rows, above = [], np.zeros((width, 4), int)
    for y in range(height):
        pixels = np.stack([np.full(width, 9)] * 3 + [200 + alpha[y].astype(int)], axis=1)
        left = np.vstack([np.zeros((1, 4), int), pixels[:-1]])
        corner = np.vstack([np.zeros((1, 4), int), above[:-1]])
        guess = left + above - corner
        near = [abs(guess - one) for one in (left, above, corner)]
        paeth = np.where(
            (near[0] <= near[1]) & (near[0] <= near[2]), left, np.where(near[1] <= near[2], above, corner)
        )
        predicted = [0 * left, left, above, (left + above) // 2, paeth][filtered]
        rows.append(bytes([filtered]) + ((pixels - predicted) & 255).astype(np.uint8).tobytes())
        above = pixels
    packed = zlib.compress(b"".join(rows), level)
    data = (
        SIGNATURE
        + header(width, height)
        + chunk(b"IDAT", packed[:40])
        + chunk(b"IDAT", packed[40:])
        + chunk(b"IEND", b"")
    )
    assert hidden_texts(data) == {"parameters": "seed"}


def test_bombs_and_lengths_that_lie_say_nothing() -> None:
    bomb = gzip.compress(b"0" * (MAX_TEXT_BYTES + 1))
    for content in (bomb, bomb[:-9], b"no gzip at all"):
        assert hidden_texts(with_hidden(b"stealth_pngcomp", content, (300, 300))) == {}
    data = with_hidden(b"stealth_pnginfo", b"short", (16, 20))
    assert hidden_texts(data) == {"parameters": "short"}
    long = with_hidden(b"stealth_pnginfo", b"x" * 9)
    assert hidden_texts(long[:200]) == {}


def test_a_row_as_long_as_pictures_may_be_costs_little() -> None:
    width = 4096 * 4096
    packed = zlib.compress(bytes(1 + 4 * width), 9)
    data = SIGNATURE + header(width, 1) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    began = time.process_time()
    assert hidden_texts(data) == {}
    assert time.process_time() - began < 2


def test_texts_that_are_written_openly_come_first() -> None:
    data = with_hidden(b"stealth_pnginfo", A1111.encode(), (200, 200))
    image = Image.open(io.BytesIO(data))
    info = PngInfo()
    info.add_text("parameters", A1111.replace("heron", "crane"))
    stream = io.BytesIO()
    image.save(stream, "PNG", pnginfo=info)
    assert ImageMedium().inspect(stream.getvalue()).foreign.prompt == "a crane"
