"""Every kind of input is read right, or refused in words."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from audobon_cli.domain.errors import PictureUnusable
from audobon_cli.media.image.pixels import Pixels, encode_png, read_picture, visible_box
from tests.sprites.samples import any_pixels, knight, saved


def bomb(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


@settings(max_examples=50, deadline=None)
@given(any_pixels())
def test_pixels_survive_and_hidden_colours_do_not(pixels: Pixels) -> None:
    back = read_picture(encode_png(pixels)).still
    assert np.array_equal(back[..., 3], pixels[..., 3])
    shown = pixels[..., 3] > 0
    assert np.array_equal(back[shown], pixels[shown])
    assert not back[~shown].any()


def test_the_same_pixels_give_the_same_bytes_and_texts_come_along() -> None:
    first = encode_png(knight(), {"note": "grüße", "a": "1"})
    assert first == encode_png(knight(), {"a": "1", "note": "grüße"})
    assert dict(read_picture(first).texts) == {"a": "1", "note": "grüße"}


@pytest.mark.parametrize("mode", ["RGBA", "P", "LA", "1", "L", "RGB"])
def test_png_modes(mode: str) -> None:
    image = Image.fromarray(knight()).convert(mode)
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    assert np.array_equal(read_picture(stream.getvalue()).still, np.array(image.convert("RGBA")))


def test_palette_with_transparency() -> None:
    image = Image.new("P", (4, 4))
    image.putpalette([255, 0, 255, 10, 20, 30])
    image.putpixel((1, 1), 1)
    stream = io.BytesIO()
    image.save(stream, format="PNG", transparency=0)
    pixels = read_picture(stream.getvalue()).still
    assert tuple(pixels[1, 1]) == (10, 20, 30, 255)
    assert pixels[0, 0, 3] == 0


def test_sixteen_bits_keep_their_brightness() -> None:
    stream = io.BytesIO()
    grey = np.array([[0, 257 * 100, 65535]], dtype=np.uint16)
    Image.fromarray(grey).save(stream, format="PNG")
    assert read_picture(stream.getvalue()).still[0, :, 0].tolist() == [0, 100, 255]


def test_cmyk_jpeg_is_opaque_and_near() -> None:
    flat = np.full((16, 16, 4), (200, 60, 40, 255), dtype=np.uint8)
    pixels = read_picture(saved(flat, mode="CMYK", format="JPEG", quality=95)).still
    assert pixels.shape == (16, 16, 4)
    assert (np.abs(pixels[8, 8].astype(int) - (200, 60, 40, 255)) < 12).all()


def test_exif_rotation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = np.zeros((4, 8, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    assert read_picture(saved(pixels, mode="RGB", format="JPEG", exif=exif)).still.shape == (8, 4, 4)


def test_interlaced_png() -> None:
    # Adam7 of one pixel is that pixel: Pillow writes no interlacing, so the header is set by hand.
    raw = bytearray(saved(knight()[:1, :1]))
    raw[28] = 1
    raw[29:33] = struct.pack(">I", zlib.crc32(bytes(raw[12:29])))
    assert read_picture(bytes(raw)).still.shape == (1, 1, 4)


def test_an_animation_has_frames_with_durations() -> None:
    frames = [Image.fromarray(knight(shift=shift)) for shift in range(3)]
    stream = io.BytesIO()
    frames[0].save(
        stream, format="WEBP", save_all=True, append_images=frames[1:], duration=[50, 70, 90], lossless=True
    )
    found = read_picture(stream.getvalue(), "walk")
    assert found.durations_ms == (50, 70, 90)
    shown = knight(shift=2)[..., 3] > 0
    assert np.array_equal(found.frames[2][shown], knight(shift=2)[shown])
    with pytest.raises(PictureUnusable, match="animation of 3 frames"):
        _ = found.still


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty file"),
        (b"GIF89a", "damaged|not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "vector"),
        (saved(knight())[:60], "damaged"),
        (saved(knight(64))[:-40], "damaged"),
        (bomb(60_000, 60_000), "too large"),
        (bomb(12_000, 8_000), "too large"),
    ],
    ids=["empty", "head", "svg", "half", "tail", "bomb", "large"],
)
def test_what_cannot_be_read_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(PictureUnusable, match=words):
        read_picture(data, "it")


@settings(max_examples=50, deadline=None)
@given(any_pixels())
def test_the_visible_box_is_tight(pixels: Pixels) -> None:
    box = visible_box(pixels)
    if box is None:
        assert not pixels[..., 3].any()
        return
    left, top, right, bottom = box
    inside = pixels[top:bottom, left:right, 3] > 0
    assert inside.sum() == (pixels[..., 3] > 0).sum()
    assert all(edge.any() for edge in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))
