"""``audobon sound export`` for engines: formats, loops, lists, sprite sheets of sounds."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audobon_cli.media.sound.decoding import read_all
from audobon_cli.media.sound.wav import read_loops
from tests.conftest import Audobon
from tests.media.sound_files import encoded, sampler_chunk, tone, with_chunk

PROFILES = ("godot", "godot3", "unity", "unreal", "web")


@pytest.fixture
def game(audobon: Audobon) -> Audobon:
    """A library with a foreign loop, a loop of ours, a loop with an intro, and three parts of a recording."""
    Path("foreign.wav").write_bytes(with_chunk(encoded("wav", tone(0.5)), b"smpl", sampler_chunk(10, 999)))
    Path("hum.wav").write_bytes(
        encoded("flac", tone(1.0, 110, 44_100), 44_100, artist="Ann", copyright="2026 Ann")
    )
    parts = [np.concatenate([tone(0.1, 300, peak=peak), np.zeros((9_600, 1))]) for peak in (0.1, 0.4, 0.2)]
    Path("step.wav").write_bytes(encoded("wav", np.concatenate(parts)))
    audobon("assets", "import", "foreign.wav", "hum.wav", "step.wav")
    audobon("sound", "loop", "hum")
    audobon("sound", "normalize", "hum_loop", "--name", "quiet_hum")
    audobon("sound", "loop", "hum", "--start", "0.3", "--intro", "--name", "engine")
    audobon("sound", "split", "step")
    return audobon


def listed(folder: str) -> dict[str, dict[str, Any]]:
    """The list in ``folder``, by name."""
    return {one["name"]: one for one in json.loads(Path(folder, "list.json").read_text())["sounds"]}


def test_the_list_says_names_groups_loops_and_credits(game: Audobon) -> None:
    ran = game("sound", "export", "--search", "kind:sound", "--list", "json", "--out", "out", "--json")
    assert ran.status == 0, ran.err
    assert [Path(one).name for one in ran.data["beside"]] == ["list.json"]
    sounds = listed("out")
    assert set(sounds) == {
        "foreign",
        "hum",
        "step",
        "hum_loop",
        "quiet_hum",
        "engine",
        "step_01",
        "step_02",
        "step_03",
    }
    assert {name for name, one in sounds.items() if one["group"] == "step"} == {
        "step_01",
        "step_02",
        "step_03",
    }
    assert sounds["quiet_hum"]["credits"] == ["Ann, 2026 Ann, hum.wav"]
    assert {name for name, one in sounds.items() if one["loop"]} == {"hum_loop", "quiet_hum", "engine"}
    looped = sounds["hum_loop"]
    assert looped["loop"] == {
        "start": 0,
        "end": looped["frames"] - 1,
        "start_seconds": 0,
        "end_seconds": looped["seconds"],
    }
    for one in sounds.values():
        samples, rate = read_all(Path("out", one["file"]).read_bytes())
        assert (len(samples), rate) == (one["frames"], one["rate"])


def loops_in(folder: str) -> dict[str, list[dict[str, Any]]]:
    return {path.stem: read_loops(path.read_bytes()) for path in Path(folder).glob("*.wav")}


def test_loops_are_in_wav_files_as_far_as_they_were_asked_for(game: Audobon) -> None:
    for folder, words in (("plain", ()), ("engine", ("--profile", "godot")), ("all", ("--loops",))):
        assert game("sound", "export", "--search", "kind:sound", *words, "--out", folder).status == 0
    looped = {
        folder: {name for name, loops in loops_in(folder).items() if loops}
        for folder in ("plain", "engine", "all")
    }
    assert looped["plain"] == {"engine"}
    assert looped["engine"] == {"engine", "hum_loop", "quiet_hum"}
    assert looped["all"] == {"engine", "hum_loop", "quiet_hum", "foreign"}
    assert loops_in("all")["foreign"] == [{"start": 10, "end": 999, "times": 0}]
    (intro,) = loops_in("plain")["engine"]
    assert intro["start"] >= 0.3 * 44_100


@pytest.mark.parametrize("profile", PROFILES)
def test_the_same_request_gives_the_same_bytes(game: Audobon, profile: str) -> None:
    words = ("sound", "export", "--search", "kind:sound", "--profile", profile)
    for folder in ("one", "two"):
        ran = game(*words, "--out", folder, *(["--format", "ogg"] if profile != "web" else []))
        assert ran.status == 0, ran.err
    files = [{path.name: path.read_bytes() for path in Path(folder).iterdir()} for folder in ("one", "two")]
    assert files[0] == files[1]
    again = game(*words, "--out", "one", *(["--format", "ogg"] if profile != "web" else []))
    assert again.status == 0, again.err


def test_godot_is_told_which_compressed_sounds_loop(game: Audobon) -> None:
    game("sound", "export", "engine", "step_01", "--profile", "godot", "--format", "ogg", "--out", "out")
    once, looped = (Path("out", f"{name}.ogg.import").read_text() for name in ("step_01", "engine"))
    assert 'importer="oggvorbisstr"' in once
    assert "loop=false" in once
    assert "loop=true" in looped
    assert float(looped.partition("loop_offset=")[2]) >= 0.3
    game("sound", "export", "step_01", "--profile", "godot3", "--format", "ogg", "--out", "old")
    assert 'importer="ogg_vorbis"' in Path("old", "step_01.ogg.import").read_text()


def test_unreal_gets_a_table(game: Audobon) -> None:
    game("sound", "export", "--search", "kind:sound", "--profile", "unreal", "--out", "out")
    rows = list(csv.DictReader(Path("out/list.csv").read_text(encoding="utf-8").splitlines()))
    assert next(iter(rows[0])) == "Name"
    by_name = {row["Name"]: row for row in rows}
    assert by_name["hum_loop"]["LoopStart"] == "0"
    assert by_name["step_02"]["Group"] == "step"
    assert by_name["step"]["LoopEnd"] == ""


def test_a_sprite_sheet_has_every_sound_where_its_map_says(game: Audobon) -> None:
    ran = game(
        "sound",
        "export",
        "--search",
        "kind:sound",
        "--profile",
        "web",
        "--format",
        "flac",
        "--out",
        "out",
        "--json",
    )
    assert ran.status == 0, ran.err
    described = json.loads(Path("out/sounds.json").read_text())
    assert described["src"] == ["sounds.flac"]
    whole, rate = read_all(Path("out/sounds.flac").read_bytes())
    assert rate == 48_000
    game("sound", "export", "step_02", "hum_loop", "--out", "single")
    for name, loops in (("step_02", False), ("hum_loop", True)):
        offset, length, *going_round = described["sprite"][name]
        assert going_round == ([True] if loops else [])
        first, count = round(offset * rate / 1000), round(length * rate / 1000)
        part = whole[first : first + count, 0]
        single, own_rate = read_all(Path(f"single/{name}.wav").read_bytes())
        assert count == pytest.approx(len(single) * rate / own_rate, abs=1)
        if own_rate == rate:
            assert np.abs(part - single[:, 0]).max() < 2**-14
        # Silence stands between it and the next.
        assert not whole[first + count + 64 : first + count + round(0.2 * rate)].any()


def test_what_is_in_the_way_or_no_sound_stops_all(game: Audobon) -> None:
    Path("out").mkdir()
    Path("out/list.json").write_text("mine")
    for profile in ("unity", "web"):
        ran = game("sound", "export", "step", "--profile", profile, "--out", "out", "--json")
        assert ran.json["error"]["code"] == "output.exists"
        assert [path.name for path in Path("out").iterdir()] == ["list.json"]
    assert game("sound", "export", "step", "--profile", "unity", "--out", "out", "--overwrite").status == 0
    planned = game("sound", "export", "step", "--profile", "web", "--out", "new", "--dry-run", "--json")
    assert planned.status == 0
    assert not Path("new").exists()
    assert game("sound", "export", "--search", "tag:none", "--profile", "web", "--out", "new").status == 2


def test_a_loop_that_goes_there_and_back_is_exported_as_one(audobon: Audobon) -> None:
    content = bytearray(sampler_chunk(10, 999))
    content[40:44] = b"\1\0\0\0"
    Path("engine.wav").write_bytes(with_chunk(encoded("wav", tone(0.5)), b"smpl", bytes(content)))
    audobon("assets", "import", "engine.wav")
    ran = audobon("sound", "export", "--search", "kind:sound", "--loops", "--list", "json", "--out", "out")
    assert ran.status == 0, ran.err
    assert loops_in("out")["engine"] == [{"start": 10, "end": 999, "times": 0, "direction": "alternating"}]
    assert listed("out")["engine"]["loop"]["direction"] == "alternating"
