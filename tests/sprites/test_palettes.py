"""Palettes: what is extracted stands for the pictures, what is applied is of the palette."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.sprites.operations.colors import distance, from_oklab, hex_colour, oklab, parse_colour
from audobon_cli.sprites.operations.palette_files import read_palette, write_palette
from audobon_cli.sprites.operations.palettes import DITHERS, ApplyPalette, ExtractPalette, extract
from tests.sprites.samples import DARK, GREEN, RED, SKIN, canvas, disc, knight, over, picture, saved

PALETTE = ((0, 0, 0), RED, (255, 255, 255))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=50))
def test_oklab_and_back(colours: list[tuple[int, int, int]]) -> None:
    rgb = np.array(colours, dtype=np.uint8)
    assert np.abs(from_oklab(oklab(rgb)).astype(int) - rgb).max() <= 1
    assert all(parse_colour(hex_colour(colour)) == colour for colour in colours)


def test_oklab_is_that_of_its_author() -> None:
    # From the table of the page that published it: sRGB red.
    assert np.allclose(oklab(np.array([255, 0, 0], dtype=np.uint8)), [0.62796, 0.22486, 0.12585], atol=1e-4)
    assert np.isclose(distance(np.array([0, 0, 0], dtype=np.uint8), (255, 255, 255)), 1, atol=1e-3)


def test_flat_art_keeps_its_very_colours() -> None:
    found = {tuple(c) for c in extract([picture(knight())], 8).tolist()}
    assert found == {RED, SKIN, DARK, GREEN}


def test_a_small_patch_of_its_own_colour_gets_a_place() -> None:
    gradient = np.full((64, 64, 4), 255, dtype=np.uint8)
    gradient[..., 0] = np.arange(64)[None] * 2
    gradient[..., 1:3] = 60
    gradient[10:12, 10:12, :3] = (20, 240, 60)
    palette = extract([picture(gradient)], 6)
    assert distance(palette, (20, 240, 60)).min() < 0.02
    assert len(palette) == 6


def test_more_colours_serve_better_and_far_better_than_chance() -> None:
    rng = np.random.default_rng(5)
    pixels = np.full((200, 200, 4), 255, dtype=np.uint8)
    pixels[..., :3] = rng.integers(0, 256, (200, 200, 3))
    errors = []
    for count in (4, 16, 64):
        palette = ExtractPalette(count).run([picture(pixels)])
        assert palette.pixels.shape == (1, count, 4)
        mapped = ApplyPalette().run([picture(pixels), picture(palette.pixels)]).pixels
        errors.append(np.sqrt(((oklab(mapped[..., :3]) - oklab(pixels[..., :3])) ** 2).sum(axis=-1)).mean())
    assert errors[0] > errors[1] > errors[2]
    assert errors[1] < 0.15


@pytest.mark.parametrize("dither", DITHERS)
def test_every_pixel_is_of_the_palette_and_alpha_stays(dither: str) -> None:
    out = ApplyPalette(palette=PALETTE, dither=dither).run([picture(disc())]).pixels
    assert {tuple(c) for c in out[..., :3].reshape(-1, 3).tolist()} <= set(PALETTE)
    assert np.array_equal(out[..., 3], disc()[..., 3])
    hard = ApplyPalette(palette=PALETTE, dither=dither, hard_alpha=True).run([picture(disc())]).pixels
    assert set(np.unique(hard[..., 3])) == {0, 255}


@pytest.mark.parametrize("dither", ["bayer", "floyd-steinberg"])
def test_dithering_keeps_the_mean_lightness_that_plain_mapping_loses(dither: str) -> None:
    grey = over(canvas(32, 32), (110, 110, 110))
    palette = ((0, 0, 0), (255, 255, 255))
    true = oklab(grey[..., :3])[..., 0].mean()
    plain = oklab(ApplyPalette(palette=palette).run([picture(grey)]).pixels[..., :3])[..., 0].mean()
    mixed = ApplyPalette(palette=palette, dither=dither).run([picture(grey)]).pixels
    assert abs(oklab(mixed[..., :3])[..., 0].mean() - true) < 0.1 < abs(plain - true)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=40, unique=True))
def test_palette_files_round_trip(colours: list[tuple[int, int, int]]) -> None:
    for suffix in ("gpl", "hex", "pal", "png"):
        name = f"my palette.{suffix}"
        assert read_palette(write_palette(tuple(colours), name), name) == tuple(colours)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"GIMP Palette\nName: x\n#\n300 1 1 no", "x.gpl"),
        (b"JASC-PAL\n0100\n1\nfoo", "x.pal"),
        (b"not colours", "x.hex"),
        (b"", "x.hex"),
        (saved(disc(64)), "x.png"),
        (b"\xff\xfe\x00\x01", "x.bin"),
    ],
    ids=["gpl", "pal", "hex", "empty", "picture", "bytes"],
)
def test_files_that_are_no_palettes(data: bytes, name: str) -> None:
    if name == "x.png":
        data = saved(
            np.dstack(
                [np.random.default_rng(0).integers(0, 255, (20, 20, 3)), np.full((20, 20), 255)]
            ).astype(np.uint8)
        )
    with pytest.raises((InvalidInput, PictureUnusable)):
        read_palette(data, name)


def test_refusals() -> None:
    with pytest.raises(PictureUnusable, match="Nothing is visible"):
        extract([picture(canvas(4, 4))], 4)
    with pytest.raises(InvalidInput, match="0 colours"):
        ExtractPalette(0)
    with pytest.raises(InvalidInput, match="no dithering"):
        ApplyPalette(dither="blue")
    with pytest.raises(InvalidInput, match="not a colour"):
        parse_colour("reddish")
    with pytest.raises(InvalidInput, match="does not end"):
        write_palette(PALETTE, "x.doc")


ENTRIES = [(0, 0, 0, 0), (60, 40, 52, 255), (222, 238, 214, 128)]
RIFF = struct.pack("<4sI4s4sIHH", b"RIFF", 4 + 8 + 4 + 12, b"PAL ", b"data", 4 + 12, 0x0300, 3) + bytes(
    value for r, g, b, _ in ENTRIES for value in (r, g, b, 0)
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "a.gpl",
            b"GIMP Palette\nChannels: RGBA\n#\n  0   0   0   0 Clear\n 60  40  52 255 Dark\n222 238 214 128 L\n",
        ),
        (
            "a.gpl",
            b"GIMP Palette\r\nName: x\r\nChannels: RGBA\r\n0 0 0 0\r\n60 40 52 255\r\n222 238 214 128\r\n",
        ),
        ("a.pal", b"JASC-PAL\n0100\n3\n0 0 0 0\n60 40 52 255\n222 238 214 128\n"),
        ("a.hex", b"00000000\n3c2834ff\ndeeed680\n"),
        ("a.hex", b"#3c2834\n#deeed6\n"),
        ("a.txt", b"; paint.net Palette File\n; x\n00000000\nff3c2834\n80deeed6\n"),
    ],
)
def test_transparent_entries_are_no_colours(name: str, data: bytes) -> None:
    assert read_palette(data, name) == ((60, 40, 52), (222, 238, 214))


def test_a_fourth_number_is_a_name_where_nothing_says_that_it_is_alpha() -> None:
    assert read_palette(b"GIMP Palette\n1 2 3 0 grey\n4 5 6\t0\n", "a.gpl") == ((1, 2, 3), (4, 5, 6))


def test_palettes_of_windows() -> None:
    assert read_palette(RIFF, "a.pal") == ((0, 0, 0), (60, 40, 52), (222, 238, 214))
    listed = RIFF[:12] + struct.pack("<4sI", b"offs", 3) + b"abc\0" + RIFF[12:]
    assert len(read_palette(listed, "b.pal")) == 3


@pytest.mark.parametrize(
    "data", [RIFF[:-3], RIFF[:20], RIFF[:12], RIFF[:8] + b"WAVE" + RIFF[12:], b"1 2 3\n" * 400_000]
)
def test_palettes_cut_off_or_of_other_kinds(data: bytes) -> None:
    with pytest.raises((InvalidInput, PictureUnusable)):
        read_palette(data, "a.pal")


def swatches(*blocks: tuple[bytes, tuple[float, ...]]) -> bytes:
    """A file of Adobe's swatches, with a group around them."""

    def block(kind: int, data: bytes) -> bytes:
        return struct.pack(">HI", kind, len(data)) + data

    def named(text: str) -> bytes:
        return struct.pack(">H", len(text) + 1) + text.encode("utf-16-be") + b"\0\0"

    inside = [
        block(1, named("ink") + model + struct.pack(f">{len(values)}f", *values) + b"\0\0")
        for model, values in blocks
    ]
    whole = [block(0xC001, named("group")), *inside, block(0xC002, b"")]
    return b"ASEF" + struct.pack(">HHI", 1, 0, len(whole)) + b"".join(whole)


def test_palettes_of_adobe() -> None:
    found = read_palette(
        swatches((b"RGB ", (1.0, 0.5, 0.0)), (b"Gray", (0.2,)), (b"RGB ", (1.0, 0.5, 0.0))), "a.ase"
    )
    assert found == ((255, 128, 0), (51, 51, 51))
    table = bytes([255, 0, 0, 0, 255, 0, 1, 2, 3]).ljust(768, b"\0")
    assert read_palette(table + struct.pack(">HH", 3, 1), "a.act") == ((255, 0, 0), (1, 2, 3))
    assert read_palette(table + struct.pack(">HH", 3, 0xFFFF), "a.ACT") == (
        (255, 0, 0),
        (0, 255, 0),
        (1, 2, 3),
    )
    assert read_palette(table, "a.act")[-1] == (0, 0, 0)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (swatches((b"CMYK", (0.1, 0.2, 0.3, 0.4))), "CMYK; save it in RGB"),
        (swatches((b"RGB ", (float("nan"), 0.0, 0.0))), "no number"),
        (swatches((b"RGB ", (1.0, 0.0, 0.0)))[:-30], "is not a palette"),
        (b"ASEF" + bytes(4) + b"\xff" * 4, "is not a palette"),
        (bytes(range(256)) * 3, "is not a palette"),
        (b"", "it has no colours"),
    ],
)
def test_swatches_that_cannot_be_taken_say_why(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        read_palette(data, "odd.ase")
    assert len(refused.value.message) < 200
