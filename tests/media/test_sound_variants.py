"""Sound files as programs other than the usual write them: encodings of texts, tags before them, odd containers."""

import struct
from dataclasses import replace

import numpy as np
import pytest

from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.media.registry import inspect_file
from audobon_cli.media.sound.containers import riff_chunks
from audobon_cli.media.sound.convert import write_sound
from audobon_cli.media.sound.decoding import open_sound, read_all
from audobon_cli.media.sound.formats import SampleType, SoundFormat
from audobon_cli.media.sound.samples import encode_samples, read_sound
from tests.media.sound_files import encoded, sampler_chunk, tone, with_chunk

WORDS = "Gr\u00fc\u00dfe \u2013 \u201ccaf\u00e9\u201d"


def part(kind: bytes, content: bytes, order: str = "<") -> bytes:
    """A chunk of a WAV or AIFF."""
    return kind + struct.pack(f"{order}I", len(content)) + content + b"\0" * (len(content) & 1)


def id3(*frames: tuple[bytes, bytes]) -> bytes:
    """An ID3v2.3 tag."""
    content = b"".join(kind + struct.pack(">IH", len(text), 0) + text for kind, text in frames)
    return b"ID3\3\0\0" + bytes(len(content) >> shift & 0x7F for shift in (21, 14, 7, 0)) + content


@pytest.mark.parametrize("form", ["wav", "wav24", "wavfloat"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_texts_of_a_wav_are_read_in_utf8_and_windows_code_page(form: str, encoding: str) -> None:
    content = b"INFO" + part(b"INAM", WORDS.encode(encoding) + b"\0")
    assert open_sound(with_chunk(encoded(form), b"LIST", content)).texts["title"] == WORDS


def test_the_code_page_that_a_wav_names_is_kept_to() -> None:
    paged = with_chunk(encoded("wav"), b"CSET", struct.pack("<HHHH", 932, 81, 17, 1))
    named = with_chunk(paged, b"LIST", b"INFO" + part(b"INAM", "\u732b\u306e\u58f0".encode("cp932") + b"\0"))
    assert open_sound(named).texts["title"] == "\u732b\u306e\u58f0"


def test_texts_of_other_formats_are_read_in_windows_code_page() -> None:
    flac = encoded("flac", title="x" * len(WORDS.encode("cp1252")))
    renamed = flac.replace(b"x" * len(WORDS.encode("cp1252")), WORDS.encode("cp1252"))
    assert open_sound(renamed).texts["title"] == WORDS
    tag = b"TAG" + WORDS.encode("cp1252").ljust(30, b"\0") + bytes(94) + b"\xff"
    assert open_sound(encoded("mp3") + tag).texts["title"] == WORDS
    aiff = encoded("aiff")
    named = aiff + part(b"NAME", WORDS.encode("cp1252"), ">")
    aiff = aiff[:4] + struct.pack(">I", len(named) - 8) + named[8:]
    assert open_sound(aiff).texts["title"] == WORDS


def test_flac_behind_a_tag_is_flac_and_no_mp3() -> None:
    flac = encoded("flac", tone(0.25))
    tagged = inspect_file(id3((b"TIT2", b"\0hello")) + flac)
    assert tagged.format == "flac"
    assert isinstance(tagged.media, SoundInfo)
    assert tagged.media.frames == 12_000
    assert inspect_file(id3((b"TIT2", b"\0hello")) + encoded("mp3")).format == "mp3"


@pytest.mark.parametrize("form", ["wav", "aiff", "ogg"])
def test_what_would_lose_its_end_behind_a_tag_is_refused(form: str) -> None:
    with pytest.raises(PictureUnreadable):
        inspect_file(id3((b"TIT2", b"\0hello")) + encoded(form))


@pytest.mark.parametrize("form", ["wav", "wav24", "wavfloat"])
def test_a_wav_whose_lengths_were_never_written_is_whole(form: str) -> None:
    written = encoded(form, tone(0.25))
    place = written.index(b"data") + 4
    samples, rate = read_all(written)
    end = place + 4 + struct.unpack_from("<I", written, place)[0]
    streamed = written[:4] + bytes(4) + written[8:place] + bytes(4) + written[place + 4 : end]
    again, _ = read_all(streamed)
    assert np.array_equal(again, samples)
    assert rate == 48_000


def test_a_wav_without_samples_is_told_as_one() -> None:
    written = encoded("wav")
    place = written.index(b"data")
    empty = with_chunk(written[:place] + part(b"data", b""), b"LIST", b"INFO" + part(b"INAM", b"x\0"))
    with pytest.raises(PictureUnreadable, match="no samples"):
        open_sound(empty)


def test_24_bits_anywhere_in_4_bytes_are_refused() -> None:
    head = struct.pack("<HHIIHH", 1, 1, 48_000, 192_000, 4, 24)
    body = b"WAVE" + part(b"fmt ", head) + part(b"data", bytes(4_800))
    with pytest.raises(PictureUnreadable, match="24 bits"):
        open_sound(b"RIFF" + struct.pack("<I", len(body)) + body)


@pytest.mark.parametrize("form", ["ogg", "opus"])
def test_streams_one_after_the_other_are_refused(form: str) -> None:
    with pytest.raises(PictureUnreadable, match="several streams"):
        open_sound(encoded(form) + encoded(form))


@pytest.mark.parametrize(("number", "direction"), [(0, None), (1, "alternating"), (2, "backward")])
def test_a_loop_keeps_its_direction(number: int, direction: str | None) -> None:
    content = bytearray(sampler_chunk(100, 1_000))
    struct.pack_into("<I", content, 40, number)
    sound = read_sound(with_chunk(encoded("wav"), b"smpl", bytes(content)), "hum")
    assert [loop.get("direction") for loop in sound.loops] == [direction]
    written = encode_samples(replace(sound, data=b""))
    assert read_sound(written, "hum").loops == sound.loops


@pytest.mark.parametrize("samples", list(SampleType))
def test_no_wav_says_when_it_was_written(samples: SampleType) -> None:
    block = tone(0.1).astype(np.float32)
    written = write_sound([block], (48_000, 1), SoundFormat.WAV, samples, "hum")
    peaks = [chunk for chunk in riff_chunks(written) if chunk.kind == b"PEAK"]
    assert bool(peaks) == (samples is SampleType.FLOAT)
    assert all(written[peak.start + 4 : peak.start + 8] == bytes(4) for peak in peaks)
    again, _ = read_all(written)
    assert np.abs(again - block).max() < 1e-4
