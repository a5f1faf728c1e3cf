"""Animations as browsers show them, and stills that Pillow alone reads otherwise than others do."""

import base64
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audobon_cli.domain.errors import PictureUnreadable, PictureUnusable
from audobon_cli.media.image.inspect import inspect_picture
from audobon_cli.media.image.pixels import Pixels, first_frame, measure, read_picture
from audobon_cli.media.image.png_frames import pillow_file
from tests.media.files_by_hand import Laid, apng, chunk, gif, png, solid
from tests.sprites.browser import browser, chromium, served

RED, GREEN, BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)


def colours(pixels: Pixels) -> set[tuple[int, ...]]:
    """Those that are visible."""
    return {tuple(pixel) for pixel in pixels.reshape(-1, 4).tolist() if pixel[3]}


def random_apng(seed: int) -> bytes:
    """One of any disposals, blends, places and alphas."""
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(5):
        w, h = (12, 10) if number == 0 else (int(v) for v in rng.integers(1, 9, 2))
        x, y = (
            (0, 0)
            if number == 0
            else (int(rng.integers(0, 12 - w + 1)), int(rng.integers(0, 10 - min(h, 10) + 1)))
        )
        pixels = rng.integers(0, 256, (min(h, 10), w, 4)).astype(np.uint8)
        pixels[..., 3] = rng.choice([0, 255], pixels.shape[:2])
        parts.append(
            Laid(pixels, x, y, int(rng.integers(2, 30)), int(rng.integers(0, 3)), int(rng.integers(0, 2)))
        )
    return apng(
        12, 10, parts, int(rng.integers(0, 3)), solid(12, 10, 9, 9, 9, 255) if seed % 3 == 0 else None
    )


def random_gif(seed: int) -> bytes:
    """One of any disposals and places, its first picture smaller than the screen in every other."""
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(5):
        w, h = (12, 10) if number == 0 and seed % 2 else (int(v) for v in rng.integers(1, 9, 2))
        x, y = int(rng.integers(0, 12 - w + 1)), int(rng.integers(0, 10 - h + 1))
        places = rng.integers(0, 4, (h, w)).astype(np.uint8)
        parts.append(Laid(places, x, y, int(rng.integers(2, 30)), int(rng.integers(0, 4))))
    return gif(12, 10, parts, clear=int(rng.integers(0, 4)) if seed % 3 else None)


def same_facts(data: bytes) -> None:
    """What is told without decoding is what is decoded."""
    told, shown = inspect_picture(data), read_picture(data)
    assert (told.width, told.height, told.frames) == (shown.width, shown.height, len(shown.frames))
    assert told.mode == shown.mode
    assert told.format == shown.format
    assert np.array_equal(np.array(first_frame(data).convert("RGBA")), shown.frames[0])
    width, height, frames = measure(data)
    assert ({width, height}, frames) == ({told.width, told.height}, told.frames)


def test_previous_is_put_back_before_the_next_frame() -> None:
    first = solid(16, 16, 0, 0, 0, 0)
    first[:4, :4] = RED
    parts = [
        Laid(first),
        Laid(solid(4, 4, *GREEN), 6, 6, dispose=2, blend=1),
        Laid(solid(4, 4, *BLUE), 11, 11, blend=1),
    ]
    shown = read_picture(apng(16, 16, parts)).frames
    assert [colours(frame) for frame in shown] == [{RED}, {RED, GREEN}, {RED, BLUE}]


def test_a_hidden_first_picture_is_no_frame() -> None:
    data = apng(8, 8, [Laid(solid(8, 8, *RED)), Laid(solid(8, 8, *BLUE))], 2, hidden=solid(8, 8, *GREEN))
    shown = read_picture(data)
    assert [colours(frame) for frame in shown.frames] == [{RED}, {BLUE}]
    assert shown.plays == 2
    same_facts(data)
    one = apng(8, 8, [Laid(solid(8, 8, *RED))], hidden=solid(8, 8, *GREEN))
    assert colours(read_picture(one).still) == {RED}
    same_facts(one)


def test_what_is_announced_behind_the_picture_is_no_animation() -> None:
    whole = apng(8, 8, [Laid(solid(8, 8, *RED)), Laid(solid(8, 8, *BLUE))])
    at = whole.index(b"acTL") - 4
    control, rest = whole[at : at + 20], whole[:at] + whole[at + 20 :]
    end = rest.index(b"IEND") - 4
    late = rest[:end] + control + rest[end:]
    assert len(read_picture(late).frames) == 1
    same_facts(late)


@pytest.mark.parametrize(("plays", "expected"), [(None, 1), (0, 0), (1, 2), (9, 10)])
def test_a_gif_says_how_often_it_plays(plays: int | None, expected: int) -> None:
    parts = [Laid(solid(4, 4, 0)), Laid(solid(4, 4, 1))]
    assert read_picture(gif(4, 4, parts, plays)).plays == expected


def test_a_gif_begins_with_nothing_and_grows_to_its_first_picture() -> None:
    small = read_picture(gif(8, 8, [Laid(solid(2, 2, 1), 3, 3)])).still
    assert small[0, 0, 3] == 0
    assert colours(small) == {GREEN}
    old = gif(0, 0, [Laid(solid(5, 3, 2))])
    assert read_picture(old).width == 5
    same_facts(old)


@pytest.mark.parametrize("end", [b"\x3b", b"", b"\0\0\x3b", b"\x3btrailing"])
def test_odd_endings_of_gifs_are_read(end: bytes) -> None:
    data = gif(4, 4, [Laid(solid(4, 4, 0)), Laid(solid(4, 4, 1))], end=end)
    assert len(read_picture(data).frames) == 2
    same_facts(data)


@pytest.mark.parametrize("seed", range(30))
def test_two_readers_agree_on_animations(seed: int) -> None:
    same_facts(random_apng(seed))
    same_facts(random_gif(seed))


GREY16 = struct.pack(">4H", 0x05AF, 0x05B0, 0, 0xFFFF)
STILLS = {
    "grey of 1 bit": (png(1, 0, [b"\x80"], 2, chunk(b"tRNS", struct.pack(">H", 1))), [0, 255]),
    "grey of 2 bits": (png(2, 0, [b"\x1b"], 4, chunk(b"tRNS", struct.pack(">H", 2))), [255, 255, 0, 255]),
    "grey of 4 bits": (
        png(4, 0, [b"\x05\xaf"], 4, chunk(b"tRNS", struct.pack(">H", 10))),
        [255, 255, 0, 255],
    ),
    "grey of 8 bits": (png(8, 0, [b"\x05\xaf"], 2, chunk(b"tRNS", struct.pack(">H", 0xAF))), [255, 0]),
    "grey of 16 bits": (
        png(16, 0, [GREY16], 4, chunk(b"tRNS", struct.pack(">H", 0x5AF))),
        [0, 255, 255, 255],
    ),
    "colours": (png(8, 2, [b"\1\2\3\4\5\6"], 2, chunk(b"tRNS", struct.pack(">3H", 4, 5, 6))), [255, 0]),
    "colours of 16 bits": (
        png(
            16,
            2,
            [struct.pack(">6H", 257, 514, 771, 257, 514, 9000)],
            2,
            chunk(b"tRNS", struct.pack(">3H", 257, 514, 771)),
        ),
        [0, 255],
    ),
    "indexed": (
        png(8, 3, [b"\0\1\2"], 3, chunk(b"PLTE", bytes(range(9))), chunk(b"tRNS", b"\0\x80")),
        [0, 128, 255],
    ),
    "indexed of 1 bit": (
        png(1, 3, [b"\x40"], 2, chunk(b"PLTE", bytes(range(6))), chunk(b"tRNS", b"\0")),
        [0, 255],
    ),
}


@pytest.mark.parametrize("name", STILLS)
def test_transparency_of_greys_and_palettes(name: str) -> None:
    data, alphas = STILLS[name]
    assert read_picture(data).still[0, :, 3].tolist() == alphas
    same_facts(data)


@pytest.mark.parametrize("kind", ["iTXt", "zTXt", "iCCP", "many"])
def test_long_texts_and_profiles_are_no_damage(kind: str) -> None:
    long = zlib.compress(b"A" * (2 << 20))
    extra = {
        "iTXt": [chunk(b"iTXt", b"workflow\0\1\0\0\0" + long)],
        "zTXt": [chunk(b"zTXt", b"workflow\0\0" + long)],
        "iCCP": [chunk(b"iCCP", b"profile\0\0" + long)],
        "many": [chunk(b"zTXt", b"t%d\0\0" % n + zlib.compress(b"A" * (1 << 20))) for n in range(70)],
    }[kind]
    data = png(8, 6, [bytes(RED) * 2], 2, *extra)
    assert colours(read_picture(data).still) == {RED}
    same_facts(data)
    with Image.open(io.BytesIO(pillow_file(data))) as opened:
        opened.load()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_the_same_for_all(form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    Image.new("RGB", (30, 20), (200, 40, 40)).save(stream, form, exif=exif.tobytes())
    same_facts(stream.getvalue())
    assert inspect_picture(stream.getvalue()).width == (20 if orientation > 4 else 30)


def test_further_views_of_a_jpeg_are_no_frames() -> None:
    stream = io.BytesIO()
    views = [Image.new("RGB", (8, 8), (n, 0, 0)) for n in (200, 90)]
    views[0].save(stream, "MPO", save_all=True, append_images=views[1:])
    assert len(read_picture(stream.getvalue()).frames) == 1
    same_facts(stream.getvalue())


@pytest.mark.parametrize("form", ["WEBP", "GIF", "BMP", "TIFF", "JPEG"])
def test_other_files_are_read_as_before(form: str) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (8, 6), (200, 40, 40)).save(stream, form)
    assert read_picture(stream.getvalue()).still.shape == (6, 8, 4)


def test_animations_of_too_much_are_refused() -> None:
    tiny = Laid(solid(1, 1, 0))
    for data in (gif(1, 1, [tiny] * 10_001), apng(1, 1, [Laid(solid(1, 1, *RED))] * 10_001)):
        with pytest.raises(PictureUnusable, match="more than 10000 frames"):
            read_picture(data)
    sides = struct.pack("<HHHH", 0, 0, 1, 1), struct.pack("<HHHH", 0, 0, 65535, 65535)
    wide = gif(1, 1, [tiny]).replace(b"\x2c" + sides[0], b"\x2c" + sides[1])
    with pytest.raises(PictureUnusable, match="too large"):
        read_picture(wide)
    with pytest.raises(PictureUnreadable):
        inspect_picture(wide)


def test_animations_cut_off_are_refused_by_all_readers() -> None:
    for data in (random_gif(1), random_apng(1)):
        for length in range(40, len(data) - 1, 37):
            for read in (read_picture, inspect_picture, first_frame, measure):
                try:
                    read(data[:length])
                except (PictureUnusable, PictureUnreadable):
                    continue


_DECODE = """
(async () => {
  const found = [];
  for (const [type, text] of %s) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const decoder = new ImageDecoder({ data: bytes, type, preferAnimation: true });
    await decoder.tracks.ready;
    const track = decoder.tracks.selectedTrack;
    const frames = [];
    for (let index = 0; index < track.frameCount; index++) {
      const { image } = await decoder.decode({ frameIndex: index });
      const canvas = new OffscreenCanvas(image.displayWidth, image.displayHeight);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      frames.push([btoa(String.fromCharCode(...data)), image.duration / 1000, canvas.width, canvas.height]);
      image.close();
    }
    found.push([frames, track.repetitionCount === Infinity ? 0 : track.repetitionCount + 1]);
  }
  return found;
})()
"""


@pytest.mark.peer
@pytest.mark.loopback
def test_chromium_sees_the_same(tmp_path: Path) -> None:
    """Pixels, times and plays of sixty animations and all stills, as Chromium decodes them."""
    if chromium() is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    files = [("image/png", random_apng(seed)) for seed in range(30)]
    files += [("image/gif", random_gif(seed)) for seed in range(30)]
    files += [("image/png", data) for data, _ in STILLS.values()]
    with served({"empty": tmp_path}) as address, browser() as page:
        (tmp_path / "page.html").write_text("<!doctype html>")
        page.open(f"{address}/empty/page.html")
        found = page.run(
            _DECODE % json.dumps([(kind, base64.b64encode(data).decode()) for kind, data in files])
        )
    for (kind, data), (frames, plays) in zip(files, found, strict=True):
        shown = read_picture(data)
        assert len(frames) == len(shown.frames)
        if len(frames) > 1:
            assert plays == shown.plays, kind
            assert [frame[1] for frame in frames] == [float(ms) for ms in shown.durations_ms]
        for (text, _, width, height), pixels in zip(frames, shown.frames, strict=True):
            theirs = np.frombuffer(base64.b64decode(text), dtype=np.uint8).reshape(height, width, 4)
            clear = (theirs[..., 3] == 0) & (pixels[..., 3] == 0)
            off = np.abs(theirs.astype(int) - pixels.astype(int))[~clear]
            # A browser keeps colours multiplied by alpha: half clear ones come back a level or two off.
            assert off.size == 0 or off.max() <= 2
