"""What recorders, libraries and file names say of sounds, as other programs wrote it."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audobon_cli.media.registry import inspect_file
from audobon_cli.media.sound.broadcast import read_broadcast
from audobon_cli.media.sound.ucs import ucs_name
from tests.conftest import Audobon
from tests.media.sound_files import encoded, tone, with_chunk

IXML = b"""<?xml version="1.0" encoding="UTF-8"?>
<BWFXML><IXML_VERSION>3.01</IXML_VERSION><PROJECT>Quarry</PROJECT><SCENE>12A</SCENE><TAKE>3</TAKE>
<NOTE>boots on wet gravel</NOTE><BEXT><BWF_DESCRIPTION>x</BWF_DESCRIPTION></BEXT>
<ASWG><category>FOOTSTEPS</category><subCategory>HUMAN</subCategory><fxName>Gravel Walk</fxName></ASWG>
<USER><KEYWORDS>gravel, boots,walk</KEYWORDS></USER></BWFXML>"""


def test_ixml_is_read() -> None:
    found = inspect_file(with_chunk(encoded("wav"), b"iXML", IXML)).foreign
    assert found.note == "boots on wet gravel"
    assert found.tags == ("footsteps", "human", "gravel", "boots", "walk")
    facts = found.details["ixml"]
    assert (facts["project"], facts["scene"], facts["aswg.fxname"]) == ("Quarry", "12A", "Gravel Walk")
    assert not any(name.startswith("bext") for name in facts)


@pytest.mark.parametrize(
    "xml",
    [
        b"<BWFXML><NOTE>cut",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY b "c">]><BWFXML><NOTE>&b;</NOTE></BWFXML>',
        b'<?xml version="1.0" encoding="no-such"?><BWFXML/>',
        b"",
    ],
)
def test_ixml_that_is_damaged_or_hostile_says_nothing_and_does_no_harm(xml: bytes) -> None:
    found = inspect_file(with_chunk(encoded("wav"), b"iXML", xml)).foreign
    assert "ixml" not in found.details


@given(st.binary(max_size=700), st.sampled_from([b"bext", b"iXML"]))
def test_any_bytes_in_these_chunks_are_read_without_failing(content: bytes, kind: bytes) -> None:
    data = b"RIFF\0\0\0\0WAVE" + kind + struct.pack("<I", len(content)) + content
    for facts in read_broadcast(data).values():
        assert facts


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_a_broadcast_wave_by_ffmpeg_is_read(audobon: Audobon) -> None:
    Path("a.wav").write_bytes(encoded("wav", tone(0.3)))
    texts = {"description": "Old door, cellar", "originator": "Recorder 7", "origination_date": "2026-11-30"}
    words = [word for name, text in texts.items() for word in ("-metadata", f"{name}={text}")]
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-i", "a.wav", "-write_bext", "1", *words,
         "-metadata", "time_reference=96000", "DOORWood_Cellar CreakSlow_ME_Cellar.wav"], check=True,
    )  # fmt: skip
    audobon("assets", "import", "DOORWood_Cellar CreakSlow_ME_Cellar.wav", "--tag", "mine")
    (asset,) = audobon("assets", "search", "tag:creak category:doors/wood", "--json").data["assets"]
    assert asset["tags"] == ["mine", "cellar", "creak", "slow"]
    assert asset["note"] == "Old door, cellar"
    details = audobon("assets", "show", asset["id"], "--json").data["asset"]["metadata"]
    assert details["bext"]["originator"] == "Recorder 7"
    assert (details["bext"]["date"], details["bext"]["time_reference"]) == ("2026-11-30", 96_000)
    assert (details["ucs"]["cat_id"], details["ucs"]["creator"]) == ("DOORWood", "ME")


@pytest.mark.skipif(shutil.which("sndfile-metadata-set") is None, reason="needs libsndfile's programs")
def test_a_broadcast_wave_by_libsndfile_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(encoded("wav", tone(0.3)))
    subprocess.run(
        ["sndfile-metadata-set", "--bext-description", "Wind over a hill", "--bext-originator", "me",
         "--bext-orig-date", "2025-01-02", str(path), str(tmp_path / "b.wav")], check=True,
    )  # fmt: skip
    found = inspect_file((tmp_path / "b.wav").read_bytes()).foreign
    assert found.note == "Wind over a hill"
    assert found.details["bext"] == {
        "description": "Wind over a hill",
        "originator": "me",
        "date": "2025-01-02",
    }


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("DOORWood_Cellar Door_ME_Old House", ("doors/wood", ("cellar", "door"))),
        ("AMBUrbn-Night_CITY-TrafficFar 01_ABC_NONE_-12 LUFS", ("ambience/urbn", ("traffic", "far"))),
        ("UIClick_Soft Click_ME_NONE", ("user interface/click", ("soft", "click"))),
        ("QUUXThing_a b_X_Y", ("quux/thing", ())),
    ],
)
def test_names_by_the_universal_category_system_are_read(
    stem: str, expected: tuple[str, tuple[str, ...]]
) -> None:
    found = ucs_name(stem)
    assert found is not None
    assert (found.category, found.words) == expected


@pytest.mark.parametrize(
    "stem", ["door", "door_wood_1_2", "DOOR_a_b_c", "IMG_0001_a_b", "DOORWood_x", "DOORWood__a_b"]
)
def test_other_names_are_left_alone(stem: str) -> None:
    assert ucs_name(stem) is None
