"""What sound files say in encodings that libsndfile does not read: it knows UTF-8 alone where formats name none."""

from collections.abc import Iterator, Mapping

from audobon_cli.domain.foreign.text import decode_lenient
from audobon_cli.media.sound.comments import named_comments
from audobon_cli.media.sound.containers import riff_chunks
from audobon_cli.media.sound.wav import read_info

_UNREAD = "\ufffd"
_AIFF_NAMES = {b"NAME": "title", b"AUTH": "artist", b"(c) ": "copyright", b"ANNO": "comment"}
_ID3V1_BYTES = 128
_ID3V1_FIELDS = {"title": (3, 33), "artist": (33, 63), "album": (63, 93), "comment": (97, 127)}
"""Where the fields of the tag lie that stands at the end of an MP3."""


def decoded_texts(data: bytes, form: str, texts: Mapping[str, str]) -> dict[str, str]:
    """``texts``, which libsndfile found in the file ``data`` of the format ``form``, with those read again that it
    could not decode."""
    if not any(_UNREAD in text for text in texts.values()):
        return dict(texts)
    found = dict(_found(data, form))
    return {name: found.get(name, text) if _UNREAD in text else text for name, text in texts.items()}


def _found(data: bytes, form: str) -> Iterator[tuple[str, str]]:
    if form == "wav":
        yield from read_info(data).items()
    elif form == "aiff":
        for chunk in riff_chunks(data):
            if chunk.kind in _AIFF_NAMES:
                yield _AIFF_NAMES[chunk.kind], _text(data[chunk.start : chunk.start + chunk.length])
    elif form == "mp3":
        tag = data[-_ID3V1_BYTES:]
        for name, (start, end) in _ID3V1_FIELDS.items() if tag.startswith(b"TAG") else ():
            yield name, _text(tag[start:end])
    else:
        yield from named_comments(data, form).items()


def _text(content: bytes) -> str:
    return decode_lenient(content.split(b"\0")[0]).strip()
