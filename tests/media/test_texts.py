"""One text is the same whatever chunk it stands in and however it is encoded."""

import io
import zlib

import pytest
from PIL import Image

from audobon_cli.domain.foreign.text import decode_file, decode_lenient, decode_utf16
from audobon_cli.media.image.inspect import inspect_picture
from audobon_cli.media.image.pixels import read_picture
from audobon_cli.media.image.png_chunks import without_long_texts
from audobon_cli.media.image.texts import MAX_ALL_TEXTS
from tests.media.samples import chunk, encoded

WORDS = "ein grüner Frosch\nSteps: 20, Sampler: Euler, Seed: 3, Size: 64x64, Model: base"
JAPANESE = "赤い竜"


def png_with(*chunks: bytes) -> bytes:
    data = encoded()
    return data[:33] + b"".join(chunks) + data[33:]


@pytest.mark.parametrize(
    "chunked",
    [
        chunk(b"tEXt", b"parameters\0" + WORDS.encode("latin-1")),
        chunk(b"tEXt", b"parameters\0" + WORDS.encode()),
        chunk(b"zTXt", b"parameters\0\0" + zlib.compress(WORDS.encode("latin-1"))),
        chunk(b"zTXt", b"parameters\0\0" + zlib.compress(WORDS.encode())),
        chunk(b"iTXt", b"parameters\0\0\0\0\0" + WORDS.encode()),
        chunk(b"iTXt", b"parameters\0\0\0\0\0\xef\xbb\xbf" + WORDS.encode()),
        chunk(b"iTXt", b"parameters\0\1\0de\0Worte\0" + zlib.compress(WORDS.encode())),
        chunk(b"comf", b"parameters\0" + WORDS.encode()),
    ],
)
def test_chunks_of_every_kind(chunked: bytes) -> None:
    assert inspect_picture(png_with(chunked)).texts == {"parameters": WORDS}


COMMENTS = {
    "big-endian": b"UNICODE\0" + WORDS.encode("utf-16-be"),
    "little-endian": b"UNICODE\0" + WORDS.encode("utf-16-le"),
    "big-endian, marked": b"UNICODE\0\xfe\xff" + WORDS.encode("utf-16-be"),
    "little-endian, marked": b"UNICODE\0\xff\xfe" + WORDS.encode("utf-16-le"),
    "UTF-8 called UNICODE": b"UNICODE\0" + WORDS.encode(),
    "ASCII": b"ASCII\0\0\0" + WORDS.encode(),
    "Latin-1 called ASCII": b"ASCII\0\0\0" + WORDS.encode("latin-1"),
    "undefined": b"\0" * 8 + WORDS.encode(),
    "undefined, wide": b"\0" * 8 + WORDS.encode("utf-16-le"),
    "no code": WORDS.encode(),
    "code in small letters": b"Unicode\0" + WORDS.encode("utf-16-le"),
    "padded": b"ASCII\0\0\0" + WORDS.encode() + b"\0\0\0",
}


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize("comment", COMMENTS.values(), ids=COMMENTS)
def test_user_comments_of_every_encoding(form: str, comment: bytes) -> None:
    exif = Image.Exif()
    exif[0x0112] = 1  # without any tag of its own Pillow writes no Exif into a PNG
    exif.get_ifd(0x8769)[0x9286] = comment
    texts = inspect_picture(encoded(form, "RGB", exif=exif)).texts
    assert texts["parameters"] == WORDS


def test_entries_of_comfyui_in_exif() -> None:
    exif = Image.Exif()
    exif[0x0110], exif[0x010F] = 'prompt:{"1": "\\u00fc"}', 'workflow:{"nodes": []}'
    texts = inspect_picture(encoded("WEBP", "RGB", exif=exif)).texts
    assert texts == {"prompt": '{"1": "\\u00fc"}', "workflow": '{"nodes": []}'}


def test_exif_in_the_digits_that_imagemagick_writes() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + WORDS.encode("utf-16-be")
    digits = exif.tobytes().hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    for name in ("exif", "APP1"):
        text = f"\n{name}\n{len(digits) // 2:8}\n{lines}\n"
        png = png_with(chunk(b"zTXt", f"Raw profile type {name}\0\0".encode() + zlib.compress(text.encode())))
        assert inspect_picture(png).texts["parameters"] == WORDS
    broken = png_with(chunk(b"tEXt", b"Raw profile type exif\0\nexif\n  4\nzz"))
    assert "parameters" not in inspect_picture(broken).texts


@pytest.mark.parametrize("text", ["Frosch", JAPANESE, "дракон", WORDS, "a"])
@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
def test_the_byte_order_is_found(text: str, encoding: str) -> None:
    if text != "a":  # which is a letter in either order
        assert decode_utf16(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_files_are_read_by_their_mark(encoding: str) -> None:
    assert decode_file(WORDS.encode(encoding)) == WORDS


def test_what_is_no_utf8_is_latin1() -> None:
    assert decode_lenient("grün".encode("latin-1")) == "grün"
    assert decode_lenient("“grün” – 5 €".encode("cp1252")) == "“grün” – 5 €"
    assert decode_lenient(b"\x81\xfc") == "\x81ü"


LONG = b'{"nodes": "' + b"A" * (2 << 20) + b'"}'
PROFILE = chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(2 << 20)))


@pytest.mark.parametrize(
    "chunked",
    [
        chunk(b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(LONG)),
        chunk(b"zTXt", b"workflow\0\0" + zlib.compress(LONG)),
        chunk(b"zTXt", b"workflow\0\0nonsense"),
        PROFILE,
    ],
)
def test_a_picture_with_a_long_text_is_sound(chunked: bytes) -> None:
    data = png_with(chunked)
    assert (read_picture(data).still == read_picture(encoded()).still).all()
    assert inspect_picture(data).width == 8


def test_all_texts_together_are_bounded() -> None:
    packed = zlib.compress(b"B" * (4 << 20))
    chunks = [chunk(b"zTXt", f"k{number}\0\0".encode() + packed) for number in range(400)]
    found = inspect_picture(png_with(*chunks))
    assert 0 < sum(map(len, found.texts.values())) <= MAX_ALL_TEXTS
    with Image.open(io.BytesIO(without_long_texts(png_with(*chunks)))) as opened:
        opened.load()


def test_other_files_are_left_as_they_are() -> None:
    for data in (b"", b"GIF89a", encoded(), encoded()[:50], encoded(texts={"a": "b"})):
        assert without_long_texts(data) == data
