"""XML of others: bounded while it is parsed, without entities of its own."""

import re
from xml.etree import ElementTree

MAX_ELEMENTS = 200_000
"""Of 10,000 tiles, each with a property, an animation of some frames and its terrains."""

MAX_DEPTH = 16
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)")


class _Bounded(ElementTree.TreeBuilder):
    """Builds no more than is bearable."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = self.depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> ElementTree.Element:
        self.elements, self.depth = self.elements + 1, self.depth + 1
        if self.elements > MAX_ELEMENTS or self.depth > MAX_DEPTH:
            raise ValueError("it has far too many parts")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ElementTree.Element:
        self.depth -= 1
        return super().end(tag)


def root_name(text: str) -> str:
    """What the first element is called; "" for what is no XML."""
    match = _ROOT.search(_COMMENT.sub("", text)) if text.lstrip()[:1] == "<" else None
    return match[1] if match else ""


def parse(text: str) -> ElementTree.Element:
    """The first element of ``text``. Raises ValueError for what is no XML or has too many parts.

    What stands before that element is not looked at: declarations of an encoding, which is known here; document types
    with their entities, which can be made to exhaust memory; and comments before the declaration, which some packers
    write and no parser takes.
    """
    text = _COMMENT.sub("", text)
    match = _ROOT.search(text)
    if match is None:
        raise ValueError("it is no XML")
    parser = ElementTree.XMLParser(target=_Bounded())
    try:
        parser.feed(text[match.start() :])
        root = parser.close()
    except ElementTree.ParseError as error:
        raise ValueError(f"it is damaged XML ({error})") from error
    assert isinstance(root, ElementTree.Element), "a builder of trees gives one"
    return root
