"""What files say of how they came about: the digital source type, in XMP, and nothing else changed."""

import io
import struct
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.domain.media import ImageInfo
from audobon_cli.domain.recipe import Recipe
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.media.image.convert import convert as convert_picture
from audobon_cli.media.image.formats import ExportFormat
from audobon_cli.media.image.pixels import read_picture
from audobon_cli.media.image.png import encode_png, parameters_text
from audobon_cli.media.provenance import VOCABULARY, SourceType, combined_type, source_type_of
from audobon_cli.media.registry import inspect_file
from audobon_cli.media.sound.containers import riff_chunks
from audobon_cli.media.sound.convert import convert as convert_sound
from audobon_cli.media.sound.formats import SoundFormat
from audobon_cli.media.sound.samples import read_sound
from audobon_cli.media.sound.wav import SoundSamples, encode_wav, read_source_type
from audobon_cli.media.xmp import XMP_KEYWORD, source_type_in, xmp_packet
from audobon_cli.sounds.operations.convert import ConvertSound
from audobon_cli.sounds.operations.fade import ReverseSound
from audobon_cli.sprites.operations.outline import Outline
from audobon_cli.sprites.sheets.sheet import Sheet
from tests.conftest import Audobon
from tests.media.test_png import make_recipe

TRAINED, EDITED, SYNTHETIC, COMPOSITE, ALGORITHMIC = (each.uri for each in SourceType)
PHOTO = VOCABULARY + "digitalCapture"


def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 16, 4), dtype=np.uint8))


def sound() -> SoundSamples:
    return SoundSamples(np.random.default_rng(1).integers(-9000, 9000, (4411, 1), dtype=np.int16), 44_100)


def asset(recipe: Recipe | None, media: ImageInfo | SoundInfo, form: str) -> Asset:
    kind = AssetKind.SOUND if isinstance(media, SoundInfo) else AssetKind.SPRITE
    return Asset(
        "one", kind, media, id=AssetId("a" * 16), blob=BlobId("0" * 64), size_bytes=1,
        created=datetime(2026, 1, 1, tzinfo=UTC), recipe=recipe, format=form,
    )  # fmt: skip


def source_type(data: bytes) -> str:
    """Of a PNG."""
    return source_type_in(read_picture(data).texts.get(XMP_KEYWORD, ""))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, TRAINED),
        ({"engine": "replicate"}, TRAINED),
        ({"inputs": {"tile": "both"}}, TRAINED),
        ({"inputs": {"init_image": "0" * 64, "strength": 0.4}}, EDITED),
        ({"composition": {"strength": 0.5, "scene": {}}}, EDITED),
        ({"engine": "composer", "composition": {"strength": 0.0, "scene": {}}}, COMPOSITE),
        ({"engine": "synth"}, ALGORITHMIC),
    ],
)
def test_a_recipe_is_of_one_type(changes: dict[str, object], expected: str) -> None:
    assert source_type_of(make_recipe(**changes)).uri == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], ""), ([""], ""), ([TRAINED], TRAINED), ([COMPOSITE, COMPOSITE], COMPOSITE), ([PHOTO], PHOTO),
        ([TRAINED, COMPOSITE], SYNTHETIC), ([EDITED, ""], SYNTHETIC), ([ALGORITHMIC, COMPOSITE], COMPOSITE),
        ([COMPOSITE, ""], COMPOSITE),
    ],
)  # fmt: skip
def test_what_is_made_of_several_is_a_composite(parts: list[str], expected: str) -> None:
    assert combined_type(parts) == expected


def test_a_png_is_what_it_was_apart_from_the_packet() -> None:
    recipe = make_recipe()
    data = encode_png(picture(), recipe)
    assert data == encode_png(picture(), recipe)
    texts = PngInfo()
    texts.add_itxt("audobon", recipe.to_json())
    texts.add_itxt("parameters", parameters_text(recipe))
    stream = io.BytesIO()
    picture().save(stream, format="PNG", pnginfo=texts, compress_level=9)
    packet = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp_packet(TRAINED).encode()
    start = data.index(b"iTXtXML:com.adobe.xmp") - 4
    assert data[start + 8 :].startswith(packet)  # uncompressed, as the XMP specification asks
    assert data[:start] + data[start + 12 + len(packet) :] == stream.getvalue()
    assert inspect_file(data).foreign.recipe == recipe


def test_a_wav_is_what_it_was_apart_from_the_packet() -> None:
    made = encode_wav(sound(), make_recipe(engine="synth"), "door")
    last = list(riff_chunks(made))[-1]
    assert last.kind == b"_PMX"
    assert made[last.start :].rstrip(b"\0").decode() == xmp_packet(ALGORITHMIC)
    before = made[: last.start - 8]
    kinds = [chunk.kind for chunk in riff_chunks(b"RIFF" + struct.pack("<I", len(before) - 8) + before[8:])]
    assert kinds == [b"fmt ", b"data", b"LIST", b"adbn"]
    assert read_source_type(made) == ALGORITHMIC
    assert read_source_type(encode_wav(sound(), None)) == read_source_type(b"no wav") == ""


@given(st.text(max_size=300))
def test_no_packet_of_others_is_believed_more_than_it_says(text: str) -> None:
    assert source_type_in(text) == ""
    assert source_type_in(f"{text}{xmp_packet(TRAINED)}") in (TRAINED, "")
    assert source_type_in(f'Iptc4xmpExt:DigitalSourceType="{text}"') == ""


def test_others_write_it_as_an_attribute() -> None:
    assert source_type_in(f'<rdf:Description Iptc4xmpExt:DigitalSourceType="{TRAINED}"/>') == TRAINED
    assert source_type_in(f'Iptc4xmpExt:DigitalSourceType="https{TRAINED[4:]}"') == TRAINED


# Vectors are drawn from the scene of a composition, which this picture is none of.
@pytest.mark.parametrize("form", [form for form in ExportFormat if form is not ExportFormat.SVG])
def test_exported_pictures_say_it_too(form: ExportFormat) -> None:
    recipe = make_recipe()
    data = encode_png(picture(), recipe)
    old = data[: data.index(b"iTXtXML:com.adobe.xmp") - 4] + data[data.index(b"IDAT") - 4 :]
    assert source_type(old) == ""
    for file in (data, old):  # of an older file the recipe says it
        one = asset(recipe, ImageInfo(16, 16, "RGBA"), "webp" if form is ExportFormat.PNG else "png")
        made = convert_picture(one, file, form, optimize=False)
        opened = Image.open(io.BytesIO(made))
        opened.load()
        found = opened.info.get("xmp") or opened.info.get(XMP_KEYWORD, "")
        assert source_type_in(found.decode() if isinstance(found, bytes) else found) == TRAINED
        assert made == convert_picture(one, file, form, optimize=False)
    painted = io.BytesIO()
    picture().save(painted, "PNG")
    drawn = convert_picture(replace(one, recipe=None), painted.getvalue(), form, optimize=False)
    assert b"DigitalSourceType" not in drawn


@pytest.mark.parametrize("form", list(SoundFormat))
def test_exported_sounds_say_it_too_and_play(form: SoundFormat) -> None:
    import soundfile

    recipe = make_recipe(engine="synth")
    media = SoundInfo(rate=44_100, channels=1, frames=4411)
    data = encode_wav(sound(), recipe, "door")
    made = convert_sound(asset(recipe, media, "wav"), data, form)
    assert ALGORITHMIC.encode() in made
    assert made == convert_sound(asset(recipe, media, "wav"), data, form)
    samples, rate = soundfile.read(io.BytesIO(made), dtype="int16", always_2d=True)
    assert (len(samples), rate) == (4411, 44_100)
    if form in (SoundFormat.WAV, SoundFormat.FLAC):
        assert np.array_equal(samples, sound().samples)
    plain = convert_sound(asset(None, media, "wav"), encode_wav(sound(), None), form)
    assert b"newscodes" not in plain


def test_what_is_made_of_a_picture_says_what_it_is_made_of() -> None:
    trained = read_picture(encode_png(picture(), make_recipe()), "one")
    composed = make_recipe(engine="composer", composition={"strength": 0.0, "scene": {}})
    other = read_picture(encode_png(picture().rotate(90), composed), "two")
    painted = read_picture(Outline().run([trained]).encode(), "three")
    assert painted.texts == {}
    assert source_type(Outline().made([trained]).encode()) == TRAINED
    assert source_type(Sheet().made([trained, other]).encode()) == SYNTHETIC
    assert source_type(Sheet().made([other, painted]).encode()) == COMPOSITE
    # What is made of pictures from before there were any packets is byte for byte what it was.
    assert Outline().made([painted]).encode() == Outline().run([painted]).encode()


def without_packet(data: bytes) -> bytes:
    """A WAV of ours as it was written before there were packets."""
    last = list(riff_chunks(data))[-1]
    return b"RIFF" + struct.pack("<I", last.start - 16) + data[8 : last.start - 8]


def test_sounds_and_pictures_from_before_are_reproduced(audobon: Audobon) -> None:
    audobon("sound", "make", "coin pickup", "--seed", "3", "--out", "coin.wav")
    data = Path("coin.wav").read_bytes()
    Path("old.wav").write_bytes(without_packet(data))
    audobon("assets", "import", "old.wav")
    (found,) = audobon("reproduce", "old", "--json").data["assets"]
    assert found["status"] == "identical"
    other = bytearray(without_packet(data))
    other[2000] ^= 64
    Path("changed.wav").write_bytes(other)
    audobon("assets", "import", "changed.wav")
    (found,) = audobon("reproduce", "changed", "--json").data["assets"]
    assert found["status"] == "drifted"


@pytest.mark.parametrize("form", list(SoundFormat))
def test_what_is_made_of_a_sound_says_what_it_is_made_of(form: SoundFormat) -> None:
    made = read_sound(encode_wav(sound(), make_recipe(engine="synth"), "door"), "one")
    silent = read_sound(encode_wav(sound(), None), "two")
    operation = ConvertSound(form=form)
    assert ALGORITHMIC.encode() in operation.made([made]).encode()
    assert operation.made([silent]).encode() == operation.run([silent]).encode()
    assert ReverseSound().made([silent]).encode() == ReverseSound().run([silent]).encode()
