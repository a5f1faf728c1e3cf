"""XMP: title, description, keywords and rating, as picture managers write them (Dublin Core)."""

import html
import re

from audobon_cli.media.image.foreign.reader import Texts
from audobon_cli.media.types import Foreign

XMP_KEYWORD = "XML:com.adobe.xmp"

_LIST = re.compile(r"<dc:(subject|title|description)\b[^>]*>(.*?)</dc:\1>", re.DOTALL)
_ITEM = re.compile(r"<rdf:li\b[^>]*>(.*?)</rdf:li>", re.DOTALL)
_RATING = re.compile(r"xmp:Rating(?:=[\"']|>)\s*([0-5])\b")


def read_xmp(texts: Texts) -> Foreign | None:
    """See ForeignReader. The XML is not parsed as such: nothing in it can be told to fetch or to grow."""
    packet = texts.get(XMP_KEYWORD, "")
    lists = {name: list_items(body) for name, body in _LIST.findall(packet)}
    rating = _RATING.search(packet)
    if not lists and rating is None:
        return None
    note = "\n".join([*lists.get("title", []), *lists.get("description", [])])
    stars = int(rating[1]) if rating else None
    tags = tuple(tag for tag in lists.get("subject", []) if tag)
    return Foreign(tags=tags, note=note, rating=stars or None, details={"source": "xmp"})


def list_items(body: str) -> list[str]:
    """The texts of the list items in ``body``."""
    return [plain_text(item) for item in _ITEM.findall(body)]


def plain_text(written: str) -> str:
    """``written`` with the characters that stand for its entities."""
    return html.unescape(written).strip()
