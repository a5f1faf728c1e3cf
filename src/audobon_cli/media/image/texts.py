"""The texts that are written in a picture file, by keyword, wherever its format keeps them.

A PNG has chunks of texts, and may have Exif; JPEG, WebP and GIF have Exif, XMP and comments. One text is the same
whatever it was kept in: Exif's UserComment, which holds what a PNG has under ``parameters``, stands under that word,
and an entry such as ``prompt:{...}`` (ComfyUI's, in tags of cameras) under its own.
"""

import contextlib
import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from audobon_cli.domain.foreign.text import decode_lenient, decode_utf16
from audobon_cli.media.image.png_chunks import MAX_TEXT_BYTES, TEXT_KINDS, Chunk, is_compressed, read_text
from audobon_cli.media.xmp import XMP_KEYWORD

if TYPE_CHECKING:
    from PIL.Image import Exif, Image

MAX_ALL_TEXTS = 16 * 1024 * 1024
"""Bytes of all texts of a picture together; what is beyond is left out."""

_COMFYUI = b"comf"
"""What ComfyUI's SaveAnimatedPNG puts behind the picture (comfy_extras/nodes_images.py), laid out as tEXt is."""
_EXIF_IFD = 0x8769
_USER_COMMENT, _MAKER_NOTE, _XP_COMMENT = 0x9286, 0x927C, 0x9C9C
_NAMED_TAGS = {0x010E: "ImageDescription", 0x0131: "Software"}
_RAW_EXIF = ("Raw profile type exif", "Raw profile type APP1")
_RAW_PROFILE = re.compile(r"\s*(?:exif|APP1|generic profile)\s+[0-9]{1,8}\s", re.IGNORECASE)
_ENTRY = re.compile(r"\s*([A-Za-z_]{1,40})\s*:\s*(?=[{\[])")
_CODES = {b"ASCII\0\0\0": "ascii", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "iso2022_jp", b"\0" * 8: ""}
_CODE_LENGTH = 8
_SCHEMES = ("fooocus", "a1111")
"""What Fooocus writes as MakerNote: the form of its UserComment."""


@dataclass(slots=True)
class PngTexts:
    """The texts of a PNG as its chunks come by; of a keyword that comes twice the first holds."""

    texts: dict[str, str] = field(default_factory=dict)
    exif: dict[str, str] = field(default_factory=dict)
    left: int = MAX_ALL_TEXTS

    def take(self, chunk: Chunk) -> None:
        """Keep what ``chunk`` says, if it is one of texts or Exif."""
        if chunk.kind in TEXT_KINDS or chunk.kind == _COMFYUI:
            limit = min(MAX_TEXT_BYTES, self.left)
            found = read_text(chunk, limit)
            if found is not None:
                self.left -= len(found[1])
                self.texts.setdefault(*found)
            elif is_compressed(chunk):
                self.left -= limit  # so much was unpacked to find out that it is too much
        elif chunk.kind == b"eXIf" and len(chunk.data) <= MAX_TEXT_BYTES and not self.exif:
            self.exif = _png_exif(chunk.data)

    def found(self) -> dict[str, str]:
        """All of them: chunks of texts before Exif, which ImageMagick before version 7 wrote in digits, too."""
        written = (self.texts[keyword] for keyword in _RAW_EXIF if keyword in self.texts and not self.exif)
        self.exif = next((_png_exif(data) for one in written if (data := _raw_profile(one))), self.exif)
        return {**self.exif, **self.texts}


def texts_of(image: "Image") -> dict[str, str]:
    """The texts of an opened JPEG, WebP or GIF, but for a GIF's XMP, which Pillow does not read."""
    texts = {}
    for key, keyword in (("xmp", XMP_KEYWORD), ("comment", "comment")):
        value = image.info.get(key)
        if isinstance(value, bytes | str) and len(value) <= MAX_TEXT_BYTES:
            texts[keyword] = decode_lenient(value) if isinstance(value, bytes) else value
    return texts | _exif_texts(image.getexif)


def xmp_texts(packet: bytes) -> dict[str, str]:
    """``packet`` under the keyword that XMP has in a PNG; nothing where there is none, or too much of it."""
    return {XMP_KEYWORD: decode_lenient(packet)} if 0 < len(packet) <= MAX_TEXT_BYTES else {}


def _raw_profile(text: str) -> bytes:
    """What ImageMagick's text of a profile holds: its name, its length, and as many bytes in hex digits; b"" for what
    is none."""
    found = _RAW_PROFILE.match(text)
    with contextlib.suppress(ValueError):
        return bytes.fromhex(text[found.end() :]) if found else b""
    return b""


def _png_exif(data: bytes) -> dict[str, str]:
    from PIL import Image

    def load() -> "Exif":
        exif = Image.Exif()
        exif.load(data if data.startswith(b"Exif\0\0") else b"Exif\0\0" + data)
        return exif

    return _exif_texts(load)


def _exif_texts(load: Any) -> dict[str, str]:
    """The texts in what ``load`` gives; damaged Exif says nothing, for the picture is sound without it."""
    texts: dict[str, str] = {}
    try:
        exif = load()
        fields = dict(exif)
        below = dict(exif.get_ifd(_EXIF_IFD))
    except (SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError, OSError, struct.error):
        return texts
    for tag, value in fields.items():
        text = _field(value, tag)
        entry = _ENTRY.match(text)
        if entry is not None:
            texts.setdefault(entry[1].lower(), text[entry.end() :])
        elif tag in _NAMED_TAGS and text:
            texts.setdefault(_NAMED_TAGS[tag], text)
        elif tag == _XP_COMMENT and text:
            texts.setdefault("comment", text)
    note = _field(below.get(_MAKER_NOTE, fields.get(_MAKER_NOTE)), _MAKER_NOTE)
    if note in _SCHEMES:
        texts.setdefault("fooocus_scheme", note)
    comment = user_comment(below.get(_USER_COMMENT, fields.get(_USER_COMMENT)))
    if comment:
        entry = _ENTRY.match(comment)
        name, text = (entry[1].lower(), comment[entry.end() :]) if entry else ("parameters", comment)
        texts.setdefault(name, text)
    return texts


def _field(value: Any, tag: int) -> str:
    """A field of Exif that is a text. Pillow takes ASCII for Latin-1; writers put UTF-8 there."""
    if isinstance(value, str):
        value = value.encode("latin-1", "replace")
    if not isinstance(value, bytes) or len(value) > MAX_TEXT_BYTES:
        return ""
    text = decode_utf16(value, "utf-16-le") if tag == _XP_COMMENT else decode_lenient(value)
    return text.rstrip("\0").strip()


def user_comment(value: Any) -> str:
    """Exif's UserComment (Exif 2.32, 4.6.5: eight bytes that name the encoding, then the text); "" for none.

    Encodings are often others than said: UNICODE in either byte order, with a mark or without, or UTF-8; ASCII that is
    UTF-8; no code at all.
    """
    if isinstance(value, str):
        value = value.encode("latin-1", "replace")
    if not isinstance(value, bytes) or len(value) > MAX_TEXT_BYTES:
        return ""
    encoding = _CODES.get(value[:_CODE_LENGTH].upper())
    data = value if encoding is None else value[_CODE_LENGTH:]
    if encoding == "utf-16" or (not encoding and _looks_wide(data)):
        text = decode_utf16(data)
    elif encoding == "iso2022_jp":
        text = data.decode(encoding, "replace") if b"\x1b" in data else decode_lenient(data)
    else:
        text = decode_lenient(data.rstrip(b"\0"))
    text = text.strip().strip("\0").strip()
    return text if all(character.isprintable() or character.isspace() for character in text) else ""


def _looks_wide(data: bytes) -> bool:
    """Whether ``data`` without a code is UTF-16: half of what is written in Latin letters is NUL then."""
    return data[:2] in (b"\xff\xfe", b"\xfe\xff") or data.rstrip(b"\0").count(b"\0") * 4 > len(data)
