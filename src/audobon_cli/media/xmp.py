"""The XMP packet (ISO 16684-1) that says how a file came about: the IPTC's digital source type, and nothing else.

It holds no time, no name and no version: the same source type gives the same bytes.
"""

import re

from audobon_cli.media.provenance import VOCABULARY

XMP_KEYWORD = "XML:com.adobe.xmp"
"""Of the iTXt chunk of a PNG that holds the packet (XMP specification, part 3)."""

MOST_SEARCHED = 1024 * 1024
"""Characters of others' packets in which the source type is looked for."""

_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreatorTool>Audobon</xmp:CreatorTool>'
    "<Iptc4xmpExt:DigitalSourceType>{uri}</Iptc4xmpExt:DigitalSourceType>"
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
_NAME = b"DigitalSourceType"
_FOUND = re.compile(
    r"DigitalSourceType\s*(?:=\s*[\"']?|>)\s*https?://cv\.iptc\.org/newscodes/digitalsourcetype/([A-Za-z]{1,60})\b"
)


def xmp_packet(uri: str) -> str:
    """The packet of a file of the digital source type ``uri``."""
    return _PACKET.format(uri=uri)


def source_type_in(packet: str) -> str:
    """The source type (its URI) that anybody's XMP packet names; "" where it names none of the vocabulary."""
    found = _FOUND.search(packet[:MOST_SEARCHED])
    return VOCABULARY + found[1] if found else ""


def source_type_named(data: bytes) -> str:
    """The source type (its URI) that a file of any format names in plain sight, as all that are made here do; ""
    for none."""
    place = data.find(_NAME)
    while place >= 0:
        named = source_type_in(data[place : place + 200].decode("ascii", "replace"))
        if named:
            return named
        place = data.find(_NAME, place + 1)
    return ""
