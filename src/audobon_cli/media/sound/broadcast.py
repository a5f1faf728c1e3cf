"""What recorders and libraries write into WAV files: the chunks ``bext`` (EBU Tech 3285) and ``iXML``."""

import struct
from typing import Any

from audobon_cli.domain.foreign.text import decode_lenient
from audobon_cli.media.sound.containers import riff_chunks

BEXT = struct.Struct("<256s32s32s10s8sQH")
"""Description, originator, originator's reference, date, time, first sample since midnight, version."""
MAX_XML = 1 << 20
"""Bytes: what is larger describes no sound."""
MAX_FIELDS = 100
MAX_TEXT = 2_000
MAX_TAG = 60
"""Characters."""

_ELSEWHERE = ("BEXT", "TRACK_LIST", "HISTORY", "FILE_SET", "SYNC_POINT_LIST", "SPEED")
"""Parts of iXML that repeat ``bext`` or say what matters to a recorder alone."""


def read_broadcast(data: bytes) -> dict[str, dict[str, Any]]:
    """What the WAV ``data`` says of itself: ``bext`` and ``ixml``, each as far as it is there and can be read; texts by
    the names that the standards give them, in small letters."""
    found: dict[str, dict[str, Any]] = {}
    for chunk in riff_chunks(data) if data[:4] in (b"RIFF", b"RF64") else ():
        if chunk.kind not in (b"bext", b"iXML"):  # that of the samples may have gigabytes
            continue
        content = data[chunk.start : chunk.start + chunk.length]
        if chunk.kind == b"bext" and "bext" not in found:
            found["bext"] = _bext(content)
        elif chunk.kind == b"iXML" and "ixml" not in found:
            found["ixml"] = _ixml(content)
    return {name: facts for name, facts in found.items() if facts}


def _bext(content: bytes) -> dict[str, Any]:
    if len(content) < BEXT.size:
        return {}
    *texts, samples, _ = BEXT.unpack_from(content)
    names = ("description", "originator", "originator_reference", "date", "time")
    facts: dict[str, Any] = {
        name: text for name, raw in zip(names, texts, strict=True) if (text := _text(raw))
    }
    if samples:
        facts["time_reference"] = samples
    return facts


def _text(raw: bytes) -> str:
    """A field of fixed length: ASCII by the standard, UTF-8 or Latin-1 in life."""
    return " ".join(decode_lenient(raw.split(b"\0")[0]).split())


def _ixml(content: bytes) -> dict[str, str]:
    """The elements that hold text, by their path below the root; documents that declare entities are passed over."""
    content = content.strip(b"\0 \r\n")
    if not content or len(content) > MAX_XML or b"<!" in content.replace(b"<!--", b""):
        return {}
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError):
        return {}
    facts: dict[str, str] = {}
    todo = [(child, child.tag.lower()) for child in root if child.tag not in _ELSEWHERE]
    while todo and len(facts) < MAX_FIELDS:
        element, path = todo.pop(0)
        text = " ".join((element.text or "").split())[:MAX_TEXT]
        if text and not len(element):
            facts[path] = text
        todo += [(child, f"{path}.{child.tag.lower()}") for child in element]
    return facts


def described_by(facts: dict[str, dict[str, Any]]) -> tuple[str, tuple[str, ...]]:
    """A note, and tags, out of what read_broadcast found: descriptions, and what libraries file sounds under."""
    bext, ixml = facts.get("bext", {}), facts.get("ixml", {})
    notes = (
        bext.get("description"),
        *(ixml.get(name) for name in ("note", "aswg.notes", "user.description")),
    )
    note = next((str(text) for text in notes if text), "")
    names = ("aswg.category", "aswg.subcategory", "user.category", "user.subcategory")
    filed = [ixml.get(name, "") for name in names] + ixml.get("user.keywords", "").split(",")
    tags = (text.strip().lower() for text in filed)
    return note, tuple(dict.fromkeys(tag for tag in tags if tag.isprintable() and 0 < len(tag) <= MAX_TAG))
