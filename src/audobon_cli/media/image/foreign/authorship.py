"""Whose a picture is, by what is written in it: author, copyright, licence; whatever program made it."""

from audobon_cli.domain.foreign.text import visible_line
from audobon_cli.media.image.foreign.reader import Texts
from audobon_cli.media.image.foreign.xmp import elements, list_items, plain_text
from audobon_cli.media.xmp import XMP_KEYWORD

LONGEST = 300
_CHUNKS = {
    "author": "author",
    "artist": "author",
    "copyright": "copyright",
    "license": "licence",
    "licence": "licence",
}
"""By the keyword of a PNG's text (PNG specification, 11.3.3.2), in lower case."""

_LISTS = {"dc:creator": "author", "dc:rights": "copyright", "xmpRights:UsageTerms": "licence"}
_IN_LANGUAGES = frozenset({"dc:rights", "xmpRights:UsageTerms"})
"""Lists of one text in several languages, the default first; the other is of several people."""


def authorship(texts: Texts) -> dict[str, str]:
    """``author``, ``copyright`` and ``licence``, those of them that ``texts`` name."""
    found = {
        _CHUNKS[keyword.lower()]: _short(text)
        for keyword, text in texts.items()
        if keyword.lower() in _CHUNKS
    }
    packet = texts.get(XMP_KEYWORD, "")
    for name, field in _LISTS.items():
        bodies = list(elements(packet, name))
        items = list_items(bodies[-1]) if bodies else []
        named = ", ".join(items[:1] if name in _IN_LANGUAGES else items)
        if named:
            found.setdefault(field, _short(named))
    for body in elements(packet, "xmpRights:WebStatement"):
        found.setdefault("licence", _short(plain_text(body)))
    return {field: text for field, text in found.items() if text}


def _short(text: str) -> str:
    return visible_line(text.replace("\0", "")).strip()[:LONGEST]
