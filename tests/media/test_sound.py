"""Sound files: what each is, which are refused and why, what is measured of them."""

import io
import json
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.domain.sound import SILENCE, SoundInfo
from audobon_cli.media.registry import inspect_file
from audobon_cli.media.sound.broadcast import read_broadcast
from audobon_cli.media.sound.comments import named_comments
from audobon_cli.media.sound.inspect import inspect_sound
from audobon_cli.media.sound.preview import envelope, preview
from audobon_cli.media.sound.wav import (
    SoundSamples,
    encode_wav,
    read_info,
    read_loops,
    read_pcm16,
    read_recipe,
)
from tests.conftest import Audobon
from tests.library.samples import recipe
from tests.media.sound_files import FORMATS, encoded, sampler_chunk, tone, with_chunk

NAMES = {"wav24": "wav", "wavfloat": "wav", "opus": "ogg"}
BROKEN_FLOAT = tone()
BROKEN_FLOAT[100] = np.nan


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_what_it_is(form: str) -> None:
    found = inspect_file(encoded(form, tone(0.5, channels=2)))
    assert (found.kind, found.format) == (AssetKind.SOUND, NAMES.get(form, form))
    sound = found.media
    assert isinstance(sound, SoundInfo)
    assert (sound.rate, sound.channels, sound.frames) == (48_000, 2, 24_000)
    assert abs(sound.pitch - 440) <= 2
    # 0.5 of full scale in two channels: -6.02 dBFS by BS.1770's own tone, whose weighting at 440 Hz is about nothing.
    assert sound.loudness == pytest.approx(-6.6, abs=0.5)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"hello there, this is text", "no WAV"),
        (encoded()[:-100], "cut off"),
        (encoded("aiff")[:-100], "cut off"),
        (encoded("wav24")[:-100], "cut off"),
        (encoded("ogg")[:-10], "cut off"),
        (encoded("opus")[:2000], "cut off"),
        (encoded("flac")[: len(encoded("flac")) // 2], ""),
        (encoded("mp3")[: len(encoded("mp3")) // 2], "cut off"),
        (encoded()[:30], "no samples"),
        (encoded(samples=tone(0)), "no samples"),
        (encoded("wavfloat", BROKEN_FLOAT), "no numbers"),
        (encoded("wavfloat", np.full((500, 1), np.inf)), "no numbers"),
        (encoded()[:22] + b"\0\0" + encoded()[24:], ""),
        (encoded()[:24] + struct.pack("<I", 4_000_000_000) + encoded()[28:], "make no sense"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "no samples"),
        (b"fLaC" + b"\xff" * 60, "damaged"),
        (b"ID3\x03\0\0\0\0\0\x0a" + b"\0" * 60, "damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(PictureUnreadable) as caught:
        inspect_sound(data)
    assert why in str(caught.value.details["why"])
    assert caught.value.exit_status == 26
    assert preview(data) is None or why == "no numbers"


@given(
    st.sampled_from([encoded(form, tone(0.05)) for form in FORMATS]),
    st.integers(0, 4_000),
    st.binary(min_size=1, max_size=6),
)
def test_damage_anywhere_is_refused_or_does_no_harm(data: bytes, place: int, junk: bytes) -> None:
    place %= len(data)
    try:
        inspect_file(data[:place] + junk + data[place + len(junk) :])
    except PictureUnreadable:
        return


def test_an_unfinished_stream_is_read_to_its_end() -> None:
    """As ffmpeg writes into a pipe: the length of the data is all ones."""
    data = bytearray(encoded())
    place = data.index(b"data") + 4
    data[place : place + 4] = b"\xff\xff\xff\xff"
    sound = inspect_sound(bytes(data)).media
    assert isinstance(sound, SoundInfo)
    assert sound.frames == 24_000


@pytest.mark.posix
def test_memory_does_not_grow_with_the_length() -> None:
    """Ten minutes of silence in some kilobytes: 106 MB as floats."""
    data = encoded("flac", np.zeros((600 * 44_100, 1), dtype=np.int16), 44_100)
    assert len(data) < 300_000
    inspect_sound(encoded("flac"))
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sound = inspect_sound(data).media
    assert isinstance(sound, SoundInfo)
    assert (sound.frames, sound.loudness, sound.pitch) == (600 * 44_100, SILENCE, 0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000  # KiB


def test_what_is_said_of_a_sound_is_read_without_a_copy_of_its_samples() -> None:
    data = encode_wav(SoundSamples(np.zeros((2**24, 1), dtype=np.int16), 48_000), recipe())
    tracemalloc.start()
    try:
        assert read_info(data)["software"] == "Audobon"
        assert read_recipe(data) == recipe()
        assert (read_loops(data), read_broadcast(data)) == ([], {})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < len(data) / 8


def test_loudness_is_that_of_the_standard() -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS has -23 LUFS; 2: at -33 it has -33."""
    for level in (-23.0, -33.0):
        data = encoded("wav24", tone(20, 1000, peak=10 ** (level / 20), channels=2))
        sound = inspect_sound(data).media
        assert isinstance(sound, SoundInfo)
        assert sound.loudness == pytest.approx(level, abs=0.1)


def test_quiet_parts_do_not_count() -> None:
    """EBU Tech 3341, case 3: 10 s at -36, 60 s at -23, 10 s at -36 dBFS are -23 LUFS together."""
    parts = [(10, -36), (60, -23), (10, -36)]
    wave = np.concatenate([tone(s, 1000, peak=10 ** (level / 20), channels=2) for s, level in parts])
    sound = inspect_sound(encoded(samples=wave)).media
    assert isinstance(sound, SoundInfo)
    assert sound.loudness == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000])
@pytest.mark.parametrize("seconds", [0.05, 0.3, 0.39, 0.41, 3.0])
def test_loudness_is_defined_for_short_sounds_and_every_rate(rate: int, seconds: float) -> None:
    wave = tone(seconds, 1000, rate, 10 ** (-20 / 20), channels=2)
    sound = inspect_sound(encoded("wavfloat", wave, rate)).media
    assert isinstance(sound, SoundInfo)
    assert sound.loudness == pytest.approx(-20.0, abs=0.3)


@pytest.mark.parametrize("hertz", [55, 110, 440, 1500, 4000])
def test_the_pitch_of_a_tone_with_overtones(hertz: float) -> None:
    wave = sum(tone(0.3, hertz * k, peak=0.3 / k) for k in (1, 2, 3))
    for samples in (wave, wave * [1, -1]):  # also where the channels cancel each other out
        sound = inspect_sound(encoded(samples=samples)).media
        assert isinstance(sound, SoundInfo)
        assert sound.pitch == pytest.approx(hertz, rel=0.02)


def test_noise_has_no_pitch() -> None:
    noise = np.random.default_rng(1).normal(0, 0.2, (24_000, 1))
    sound = inspect_sound(encoded(samples=noise)).media
    assert isinstance(sound, SoundInfo)
    assert sound.pitch == 0


def test_what_is_written_in_files_is_kept() -> None:
    data = with_chunk(encoded(title="Door", comment="field, night"), b"smpl", sampler_chunk(100, 20_000))
    details = inspect_file(data).foreign.details
    assert (details["title"], details["comment"]) == ("Door", "field, night")
    assert details["loops"] == [{"start": 100, "end": 20_000, "times": 0}]
    assert inspect_file(encoded("ogg", title="Door")).foreign.details["title"] == "Door"


GRAPH = json.dumps(
    {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "ace.safetensors"}},
        "2": {"class_type": "TextEncodeAceStepAudio", "inputs": {"tags": "lo-fi, ü", "lyrics": ""}},
        "3": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["2", 0]}},
        "4": {
            "class_type": "KSampler",
            "inputs": {"seed": 7, "model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0]},
        },
        "5": {"class_type": "VAEDecodeAudio", "inputs": {"samples": ["4", 0], "vae": ["1", 2]}},
        "6": {"class_type": "SaveAudio", "inputs": {"audio": ["5", 0]}},
    },
    ensure_ascii=False,
)


def _comments(*pairs: str) -> bytes:
    coded = [pair.encode() for pair in ("vendor", *pairs)]
    return b"".join(
        [
            struct.pack("<I", len(coded[0])) + coded[0] + struct.pack("<I", len(pairs)),
            *(struct.pack("<I", len(one)) + one for one in coded[1:]),
        ]
    )


def test_the_graph_of_comfyui_is_read_from_flac_and_mp3() -> None:
    flac, mp3 = encoded("flac"), encoded("mp3")
    block = _comments("title=x", f"PROMPT={GRAPH}")
    frame = b"\3prompt\0" + GRAPH.encode() + b"\0"
    frame = b"TXXX" + struct.pack(">I", len(frame)) + b"\0\0" + frame  # lengths of ID3v2.3 are plain
    tag = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    for data in (
        flac[:42] + b"\4" + len(block).to_bytes(3, "big") + block + flac[42:],
        b"ID3\3\0\0" + tag + frame + mp3,
    ):
        found = inspect_sound(data).foreign
        assert (found.prompt, found.seed, found.model) == ("lo-fi, ü", 7, "ace.safetensors")


def test_comments_of_ogg_may_go_over_pages_and_damaged_ones_say_nothing() -> None:
    def page(*sizes: int, content: bytes) -> bytes:
        return b"OggS" + bytes(22) + bytes([len(sizes), *sizes]) + content

    content = b"OpusTags" + _comments("prompt=" + "a" * 300)
    parts = page(8, content=b"OpusHead"), page(255, content=content[:255])
    whole = b"".join(parts) + page(len(content) - 255, content=content[255:])
    assert named_comments(whole, "ogg") == {"prompt": "a" * 300}
    for cut in range(len(whole)):
        named_comments(whole[:cut], "ogg")
    assert named_comments(b"fLaC\x84\0\0\4\xff\xff\xff\xff", "flac") == {}
    assert named_comments(b"ID3\4\0\0\0\0\0\x0bTXXX\x7f\x7f\x7f\x7f\0\0\3", "mp3") == {}


def test_a_wav_of_ours_is_read_by_libsndfile_and_by_ourselves() -> None:
    import soundfile

    samples = np.random.default_rng(2).integers(-32_768, 32_768, (501, 2), dtype=np.int16)
    data = encode_wav(SoundSamples(samples, 44_100), recipe(1), "a door <svg>")
    read, rate = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    own = read_pcm16(data)
    assert own is not None
    assert rate == own.rate == 44_100
    assert np.array_equal(read, samples)
    assert np.array_equal(own.samples, samples)
    assert inspect_file(data).kind is AssetKind.SOUND


def test_the_waveform_is_shown() -> None:
    quiet_then_loud = np.concatenate([np.zeros((1000, 1)), tone(0.5)[:1000]])
    low, high = envelope(encoded(samples=quiet_then_loud), 10)
    assert np.allclose(low[:5], 0)
    assert high[5:].max() == pytest.approx(0.5, abs=0.01)
    small = preview(encoded())
    assert small is not None
    assert Image.open(io.BytesIO(small)).size == (128, 64)


def test_sounds_are_imported_found_and_written(audobon: Audobon) -> None:
    folder = Path("sounds")
    folder.mkdir()
    for form, suffix in (("wav", "wav"), ("flac", "flac"), ("ogg", "ogg"), ("mp3", "mp3"), ("aiff", "aif")):
        (folder / f"{form}_tone.{suffix}").write_bytes(encoded(form, tone(0.2 + 0.1 * len(form))))
    (folder / "deep.wav").write_bytes(encoded(samples=tone(1.5, 110, peak=0.05)))
    (folder / "cut.wav").write_bytes(encoded()[:-10])
    (folder / "nothing.wav").write_bytes(b"")
    ran = audobon("assets", "import", str(folder), "--json")
    assert ran.status == 3
    assert sorted(file["status"] for file in ran.data["files"]) == ["failed"] * 2 + ["imported"] * 6
    assert [one["media"]["medium"] for one in audobon("assets", "list", "--json").data["assets"]] == [
        "sound"
    ] * 6

    def found(query: str) -> set[str]:
        return {one["name"] for one in audobon("assets", "search", query, "--json").data["assets"]}

    assert len(found("kind:sound")) == 6
    assert found("length:>1") == {"deep"} == found("pitch:<200") == found("loud:<-25") == found("length:1.5")
    assert found("pitch:430..450 length:0.5") == {"wav_tone", "ogg_tone", "mp3_tone"}
    assert found("size:>0") == set()
    assert audobon("assets", "search", "length:long").status == 2
    assert audobon("assets", "list").out.count("1.50 s") == 1
    assert audobon("assets", "export", "deep", "--to", "out").status == 0
    assert Path("out/deep.wav").read_bytes() == (folder / "deep.wav").read_bytes()
    assert audobon("assets", "export", "deep", "--to", "out", "--format", "webp").status == 2
    thumbnails = audobon("assets", "thumbnails", "--json")
    assert thumbnails.status == 0, thumbnails.out
    assert audobon("assets", "verify").status == 0
