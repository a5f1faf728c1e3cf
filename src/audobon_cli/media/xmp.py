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
_FOUND = re.compile(r"Iptc4xmpExt:DigitalSourceType\s*(?:=\s*[\"']|>)\s*(\S{1,200}?)\s*[\"'<]")
_URI = re.compile(r"https?://cv\.iptc\.org/newscodes/digitalsourcetype/[A-Za-z]{1,60}")


def xmp_packet(uri: str) -> str:
    """The packet of a file of the digital source type ``uri``."""
    return _PACKET.format(uri=uri)


def source_type_in(packet: str) -> str:
    """The source type (its URI) that anybody's XMP packet names; "" where it names none of the vocabulary."""
    found = _FOUND.search(packet[:MOST_SEARCHED])
    if found is None or not _URI.fullmatch(found[1]):
        return ""
    return VOCABULARY + found[1].rsplit("/", 1)[1]
