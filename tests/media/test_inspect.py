"""Picture files are told what they are; damaged and hostile ones are refused with the reason."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.media.image.inspect import inspect_picture
from tests.media.samples import BOMB_SVG, SVG, animated, encoded, image, png_of_size


def _tagged_cmyk() -> bytes:
    stream = io.BytesIO()
    image("RGB").convert("CMYK").save(stream, "JPEG")
    return stream.getvalue()


def _sixteen_bit() -> bytes:
    stream = io.BytesIO()
    Image.new("I;16", (8, 6), 40_000).save(stream, "PNG")
    return stream.getvalue()


def _palette() -> bytes:
    stream = io.BytesIO()
    image("RGB").quantize(8).save(stream, "PNG", transparency=0)
    return stream.getvalue()


GOOD = {
    "rgba": (encoded(), AssetKind.SPRITE, "png", "RGBA", 1),
    "rgb": (encoded(mode="RGB"), AssetKind.IMAGE, "png", "RGB", 1),
    "grey with alpha": (encoded(mode="LA"), AssetKind.SPRITE, "png", "LA", 1),
    "one bit": (encoded(mode="1"), AssetKind.IMAGE, "png", "1", 1),
    "sixteen bits": (_sixteen_bit(), AssetKind.IMAGE, "png", "I;16", 1),
    "palette with transparency": (_palette(), AssetKind.SPRITE, "png", "P", 1),
    "interlaced": (encoded(interlace=True), AssetKind.SPRITE, "png", "RGBA", 1),
    "jpeg": (encoded("JPEG", "RGB"), AssetKind.IMAGE, "jpeg", "RGB", 1),
    "cmyk": (_tagged_cmyk(), AssetKind.IMAGE, "jpeg", "CMYK", 1),
    "webp": (encoded("WEBP", lossless=True), AssetKind.SPRITE, "webp", "RGBA", 1),
    "gif": (animated("GIF"), AssetKind.ANIMATION, "gif", "P", 3),
    "apng": (animated("PNG"), AssetKind.ANIMATION, "png", "RGBA", 3),
    "animated webp": (animated("WEBP"), AssetKind.ANIMATION, "webp", "RGBA", 3),
}


@pytest.mark.parametrize("name", list(GOOD))
def test_a_picture_is_told_what_it_is(name: str) -> None:
    data, kind, form, mode, frames = GOOD[name]
    found = inspect_picture(data)
    assert (found.kind, found.format, found.frames) == (kind, form, frames)
    assert (found.width, found.height) == (8, 6)
    assert found.mode == mode or frames > 1


def test_a_vector_has_the_size_that_it_asks_for() -> None:
    found = inspect_picture(SVG)
    assert (found.kind, found.format, found.width, found.height) == (AssetKind.VECTOR, "svg", 32, 16)
    sized = inspect_picture(b'<?xml version="1.0"?><svg width="20px" height="10.4" viewBox="0 0 1 1"/>')
    assert (sized.width, sized.height) == (20, 10)
    assert inspect_picture(b"<svg/>").width == 300


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"hello", "no PNG"),
        (encoded()[:-20], "cut off"),
        (encoded()[:30], "cut off"),
        (encoded()[:50] + b"\xff" + encoded()[51:], "damaged at byte"),
        (b"\x89PNG\r\n\x1a\n" + encoded()[33:], "header is missing"),
        (png_of_size(100_000, 100_000), "more pixels"),
        (png_of_size(0, 5), "no pixels"),
        (encoded("JPEG", "RGB")[:200], "damaged"),
        (animated("GIF")[:40], "damaged"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "damaged"),
        (SVG[:-8], "damaged"),
        (BOMB_SVG, "entities"),
        (b"<html><svg/></html>", "no SVG"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(PictureUnreadable) as caught:
        inspect_picture(data)
    assert why in str(caught.value.details["why"])
    assert caught.value.exit_status == 26


@given(
    st.sampled_from([GOOD[name][0] for name in GOOD] + [SVG]),
    st.integers(0, 400),
    st.binary(min_size=1, max_size=6),
)
def test_damage_anywhere_is_refused_or_does_no_harm(data: bytes, place: int, junk: bytes) -> None:
    place %= len(data)
    damaged = data[:place] + junk + data[place + len(junk) :]
    try:
        inspect_picture(damaged)
    except PictureUnreadable:
        return
