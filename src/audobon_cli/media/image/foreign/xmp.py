"""XMP: title, description, keywords and rating, as picture managers write them (Dublin Core)."""

import html
import re
from collections.abc import Iterator

from audobon_cli.media.image.foreign.reader import Texts
from audobon_cli.media.types import Foreign
from audobon_cli.media.xmp import XMP_KEYWORD

MAX_ELEMENTS = 1000
_RATING = re.compile(r"xmp:Rating(?:=[\"']|>)\s*([0-5])\b")


def read_xmp(texts: Texts) -> Foreign | None:
    """See ForeignReader. The XML is not parsed as such: nothing in it can be told to fetch or to grow.

    Of titles and descriptions in several languages the first is that of the default (XMP specification, 8.2.2.4).
    """
    packet = texts.get(XMP_KEYWORD, "")
    named = {name: list(elements(packet, f"dc:{name}")) for name in ("subject", "title", "description")}
    lists = {name: list_items(bodies[-1]) for name, bodies in named.items() if bodies}
    titles = [text for name in ("title", "description") for text in lists.get(name, [])[:1]]
    rating = _RATING.search(packet)
    if not lists and rating is None:
        return None
    note = "\n".join(titles)
    stars = int(rating[1]) if rating else None
    tags = tuple(tag for tag in lists.get("subject", []) if tag)
    return Foreign(tags=tags, note=note, rating=stars or None, details={"source": "xmp"})


def list_items(body: str) -> list[str]:
    """The texts of the list items in ``body``."""
    return [plain_text(item) for item in elements(body, "rdf:li")]


def elements(packet: str, name: str) -> Iterator[str]:
    """What stands in the elements called ``name``, in time that grows with ``packet`` alone; at most MAX_ELEMENTS."""
    place = 0
    for _ in range(MAX_ELEMENTS):
        start = packet.find(f"<{name}", place)
        end = packet.find(f"</{name}>", start + 1) if start >= 0 else -1
        if end < 0:
            return
        inside = packet.find(">", start, end) + 1
        if inside and packet[inside - 2] == "/":  # it is empty, and the end is another's
            place = inside
            continue
        if inside and packet[start + len(name) + 1] in " \t\r\n>":
            yield packet[inside:end]
        place = end + len(name) + 3


def plain_text(written: str) -> str:
    """``written`` with the characters that stand for its entities."""
    return html.unescape(written).strip()
