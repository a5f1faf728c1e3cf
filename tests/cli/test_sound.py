"""``audobon sound``: sounds made, filed, found, made again, exported; in batches and in the queue beside pictures."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from audobon_cli.media.sound.wav import read_pcm16
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.media.sound_files import encoded, tone

DOOR = ("sound", "make", "heavy wooden door creaks", "--seed", "3")


def samples(path: str | Path) -> np.ndarray:
    read = read_pcm16(Path(path).read_bytes())
    assert read is not None
    return read.samples


def test_it_is_made_filed_found_and_made_again(audobon: Audobon) -> None:
    ran = audobon(*DOOR, "--count", "2", "--out", "door.wav", "--json")
    assert ran.status == 0, ran.err
    validator("generate").validate(ran.data)
    first, second = ran.data["assets"]
    assert (first["kind"], first["format"], first["model"], first["seed"]) == ("sound", "wav", "synth", 3)
    assert first["media"]["rate"] == 44_100
    assert [Path(one["path"]).name for one in (first, second)] == ["door_1.wav", "door_2.wav"]
    assert not np.array_equal(samples("door_1.wav"), samples("door_2.wav"))
    again = audobon(*DOOR, "--library-only", "--json")
    assert again.data["assets"][0]["existing"] is True
    found = audobon("assets", "search", "kind:sound length:>0.5 wooden", "--json").data["assets"]
    assert {one["id"] for one in found} == {first["id"], second["id"]}
    (proof,) = audobon("reproduce", first["id"], "--json").data["assets"]
    assert proof["status"] == "identical"
    assert audobon("recipe", "export", first["id"], "--to", "door.toml").status == 0
    for source in ("door.toml", "door_1.wav"):
        (rerun,) = audobon("recipe", "run", source, "--redraw", "--json").data["recipes"]
        assert (rerun["status"], rerun["asset"]["id"]) == ("identical", first["id"])


def test_recipes_play_what_they_say_and_not_what_presets_say_now(audobon: Audobon) -> None:
    made = audobon("sound", "make", "coin", "--seed", "1", "--out", "a.wav", "--json")
    (asset,) = made.data["assets"]
    folder = Path(audobon("config", "path", "presets").out.strip()) / "sounds"
    folder.mkdir(parents=True)
    (folder / "coin.toml").write_text(
        'description = "x"\nwords = ["coin"]\n[[layers]]\nvoice = "noise"\nform = "white"\n'
    )
    (proof,) = audobon("reproduce", asset["id"], "--json").data["assets"]
    assert proof["status"] == "identical"
    assert audobon("sound", "make", "coin", "--seed", "1", "--out", "b.wav").status == 0
    assert not np.array_equal(samples("a.wav"), samples("b.wav"))


def test_a_plan_says_what_would_be_played(audobon: Audobon) -> None:
    ran = audobon("sound", "make", "distant explosion", "--plan", "--json")
    validator("generate").validate(ran.data)
    (request,) = ran.data["plan"]["requests"]
    assert request["sound"]["patch"]["name"] == "explosion"
    assert audobon("assets", "list", "--json").data["total"] == 0
    shown = audobon("sound", "make", "distant explosion", "--count", "2", "--plan").out
    assert "2 sounds of at most" in shown
    assert "explosion: noise brown" in shown


def test_options_are_heeded_and_wrong_ones_refused(audobon: Audobon) -> None:
    assert (
        audobon("sound", "make", "laser", "--seed", "1", "--length", "0.2", "--out", "short.wav").status == 0
    )
    assert len(samples("short.wav")) < 0.25 * 44_100
    assert audobon(*DOOR, "--quality", "draft", "--out", "draft.wav").status == 0
    assert soundfile.info("draft.wav").samplerate == 22_050
    out = audobon(*DOOR, "--out", "-")
    assert out.raw[:4] == b"RIFF"
    for wrong, status in (
        (("--length", "0"), 2),
        (("--length", "1e9"), 2),
        (("--set", "reverb"), 2),
        (("--style", "cartoon"), 2),
        (("--style", "8-bti"), 14),
        (("--model", "sprite"), 2),
        (("--out", "door.png"), 2),
    ):
        assert audobon(*DOOR, *wrong, "--set", "size=0.1").status == status, wrong
    unknown = audobon("sound", "make", "explosin", "--json")
    assert (unknown.status, unknown.json["error"]["code"]) == (14, "preset.not_found")
    assert "explosion" in unknown.json["error"]["details"]["nearest"]
    assert audobon("sound", "make").status == 2
    assert audobon("assets", "list", "--json").data["total"] == 3


def test_batches_hold_pictures_and_sounds(audobon: Audobon, fake_engine: FakeEngine) -> None:
    """The sounds' engine is the fake one here, which makes pictures: what rows ask for is what counts."""
    Path("game.toml").write_text(
        '[[job]]\nprompt = "red apple"\nseed = 1\n[[job]]\nprompt = "an apple is bitten"\nkind = "sound"\n'
        'seed = 2\nlength = 0.4\nset = ["reverb=0.1"]\nstyle = "8-bit"\n'
    )
    plan = audobon(
        "generate", "--batch", "game.toml", "--plan", "--size", "128", "--style", "vivid", "--json"
    )
    assert plan.status == 0, plan.out
    assert [(job["model"], job["style"]) for job in plan.data["plan"]["jobs"]] == [
        ("sprite", "vivid"),
        ("synth", "8-bit"),
    ]


def test_a_batch_of_sounds_resumes(audobon: Audobon) -> None:
    Path("sounds.txt").write_text("coin\nlaser\njump\nexplosion\n")
    argv = ("sound", "make", "--batch", "sounds.txt", "--out", "sounds/", "--json")
    first = audobon(*argv)
    assert [job["status"] for job in first.data["jobs"]] == ["done"] * 4, first.out
    assert all(path.suffix == ".wav" for path in Path("sounds").iterdir())
    assert [job["status"] for job in audobon(*argv).data["jobs"]] == ["cached"] * 4
    mixed = Path("mixed.toml")
    mixed.write_text('[[job]]\nprompt = "coin"\nkind = "sound"\nseed = 1\n')
    assert audobon("generate", "--batch", "mixed.toml", "--json").data["jobs"][0]["status"] == "done"


def test_the_queue_makes_sounds(audobon: Audobon) -> None:
    Path("game.toml").write_text('[[job]]\nprompt = "coin"\nkind = "sound"\nseed = 1\n')
    assert audobon("queue", "add", "--batch", "game.toml").status == 0
    assert audobon("queue", "run", "--debug").status == 0
    (asset,) = audobon("assets", "list", "--json").data["assets"]
    assert (asset["kind"], asset["prompt"]) == ("sound", "coin")
    assert audobon("generate", "--batch", "game.toml", "--json").data["jobs"][0]["status"] == "cached"


@pytest.mark.parametrize("form", ["wav", "flac", "ogg", "mp3"])
def test_exports_are_read_by_others_and_the_same_each_time(audobon: Audobon, form: str) -> None:
    audobon("sound", "make", "bell", "--seed", "1", "--length", "1", "--out", "bell.wav")
    Path("deep.wav").write_bytes(encoded(samples=tone(0.5, 110)))
    audobon("assets", "import", "deep.wav")
    kept = samples("bell.wav")
    written = []
    for folder in ("one", "two"):
        ran = audobon(
            "sound", "export", "--search", "kind:sound", "--format", form, "--out", folder, "--json"
        )
        assert ran.status == 0, ran.out
        written.append([Path(file["path"]).read_bytes() for file in ran.data["files"]])
    assert written[0] == written[1]
    read, rate = soundfile.read(
        io.BytesIO(Path(f"one/bell.{form}").read_bytes()), dtype="int16", always_2d=True
    )
    assert rate == 44_100
    assert len(read) == len(kept)
    if form in ("wav", "flac"):
        assert np.array_equal(read, kept)
    else:
        assert np.corrcoef(read[:, 0], kept[:, 0])[0, 1] > 0.9
    again = audobon("sound", "export", "--search", "kind:sound", "--format", form, "--out", "one", "--json")
    assert {file["status"] for file in again.data["files"]} == {"unchanged"}


def test_wavs_are_exported_with_the_samples_that_are_asked_for(audobon: Audobon) -> None:
    audobon("sound", "make", "coin", "--seed", "1", "--out", "coin.wav")
    kept = samples("coin.wav")
    for kind, subtype in (("16", "PCM_16"), ("24", "PCM_24"), ("float", "FLOAT")):
        assert audobon("sound", "export", "coin", "--samples", kind, "--out", kind).status == 0
        assert soundfile.info(f"{kind}/coin.wav").subtype == subtype
        read, _ = soundfile.read(f"{kind}/coin.wav", always_2d=True)
        assert np.array_equal(np.rint(read * 32_768), kept)
    Path("16/coin.wav").write_bytes(b"other")
    refused = audobon("sound", "export", "coin", "--out", "16", "--json")
    assert refused.json["error"]["code"] == "output.exists"
    assert Path("16/coin.wav").read_bytes() == b"other"


def test_only_sounds_are_exported_as_sounds(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("generate", "cat", "--seed", "1")
    ran = audobon("sound", "export", "cat", "--out", "out", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.invalid")
    assert not Path("out").exists() or not any(Path("out").iterdir())


def test_nothing_heavy_is_imported_for_a_sound(tmp_path: Path) -> None:
    script = (
        "import sys; from audobon_cli.cli.main import run; "
        "run(('sound', 'make', 'coin', '--seed', '1', '--quiet')); "
        "print([name for name in ('torch', 'scipy', 'diffusers', 'transformers', 'soundfile', 'PIL', 'google') "
        "if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]", ran.stdout


def test_history_and_backups_keep_them(audobon: Audobon, tmp_path: Path, fake_engine: FakeEngine) -> None:
    audobon("init")
    audobon("generate", "cat", "--seed", "1")
    Path("deep.wav").write_bytes(encoded(samples=tone(0.5, 110)))
    assert audobon("assets", "import", "deep.wav").status == 0
    before = audobon("assets", "show", "deep", "--json").data["asset"]
    assert audobon("version", "commit", "-m", "first").status == 0
    assert audobon("assets", "trash", "deep").status == 0
    assert audobon("version", "commit", "-m", "second").status == 0
    assert audobon("version", "switch", "main~1").status == 0
    assert audobon("assets", "show", "deep", "--json").data["asset"] == before
    key = tmp_path / "backup.key"
    key.write_bytes(b"0123456789abcdef" * 4)
    done = audobon("backup", "init", str(tmp_path / "usb"), "--name", "usb", "--key-file", str(key))
    assert done.status == 0, done.err
    assert audobon("backup", "create").status == 0
    assert audobon("backup", "restore", "--to", str(tmp_path / "new")).status == 0
    there = audobon("assets", "list", "--library", str(tmp_path / "new"), "--json").data["assets"]
    assert [one for one in there if one["kind"] == "sound"] == [
        one for one in audobon("assets", "list", "--json").data["assets"] if one["kind"] == "sound"
    ]
    assert len(there) == 2


def test_a_sound_is_changed_and_varied(audobon: Audobon) -> None:
    (first,) = audobon(*DOOR, "--out", "door.wav", "--json").data["assets"]
    edited = audobon(
        "sound", "edit", first["id"], "--set", "pitch=-5st", "--length", "0.5", "--out", "low.wav", "--json"
    )
    (low,) = edited.data["assets"]
    assert (low["seed"], low["prompt"], low["media"]["rate"]) == (3, first["prompt"], 44_100)
    assert len(samples("low.wav")) < len(samples("door.wav"))
    varied = audobon("sound", "vary", low["id"], "--count", "3", "--out", "more/", "--json").data["assets"]
    assert [one["seed"] for one in varied] == [4, 5, 6]
    assert len({one["blob"] for one in (first, low, *varied)}) == 5
    assert len({one["name"] for one in (first, low, *varied)}) == 5
    family = audobon("assets", "search", f"variant-of:{low['id']}", "--json").data["assets"]
    assert {one["id"] for one in family} == {one["id"] for one in varied}
    again = audobon("sound", "vary", low["id"], "--count", "3", "--library-only", "--json").data["assets"]
    assert [one["existing"] for one in again] == [True] * 3
    proof = audobon("reproduce", "kind:sound", "--json").data["assets"]
    assert {one["status"] for one in proof} == {"identical"}
    assert audobon("sound", "edit", low["id"], "--set", "1.rate=30", "--plan", "--json").status == 0
    assert audobon("sound", "edit", first["id"]).status == 2
    Path("deep.wav").write_bytes(encoded(samples=tone(0.5, 110)))
    audobon("assets", "import", "deep.wav")
    assert audobon("sound", "vary", "deep").status == 2
    assert audobon("sound", "vary", "nothing").status == 11


def test_sounds_are_described_and_tagged_by_what_is_heard(audobon: Audobon) -> None:
    audobon("sound", "make", "explosion", "press a menu button", "--seed", "1", "--library-only")
    said = audobon("sound", "describe", "kind:sound", "--json").data["sounds"]
    assert {len(one["classes"]) for one in said} == {5}
    blast = next(one for one in said if one["name"] == "explosion")
    assert blast["seconds"] > 1 > blast["attack"]
    assert blast["brightness"] < next(one for one in said if one is not blast)["brightness"]
    assert "explosion" in audobon("sound", "describe", "explosion").out
    tagged = audobon("assets", "tag", "kind:sound", "--auto", "--tag", "mine", "--json")
    assert tagged.status == 0
    found = audobon("assets", "search", "tag:mine", "--json").data["assets"]
    heard = {one["name"]: set(one["tags"]) for one in said}
    assert all(heard[one["name"]] | {"mine"} == set(one["tags"]) for one in found)
    assert audobon("assets", "tag", "explosion").status == 2
    Image.new("RGB", (8, 8), "red").save("red.png")
    audobon("assets", "import", "red.png")
    assert "is no sound" in audobon("assets", "tag", "red", "--auto").err


def test_a_preset_is_learned_from_sounds_and_played(audobon: Audobon) -> None:
    folder = Path("recorded")
    folder.mkdir()
    for number, hertz in enumerate((600.0, 660.0, 720.0)):
        wave = tone(seconds=0.25, hertz=hertz, rate=44_100)
        (folder / f"{number}.wav").write_bytes(encoded(samples=wave, rate=44_100))
    (folder / "notes.txt").write_text("no sound")
    learn = ("sound", "learn", str(folder), "--name", "my-beep", "--base", "blip")
    ran = audobon(*learn, "--json")
    assert ran.status == 0, ran.err
    preset = ran.data["preset"]
    assert (preset["name"], preset["sounds"], preset["base"]) == ("my-beep", 3, "blip")
    assert preset["after"] <= preset["before"]
    assert 2 ** preset["pattern"]["length"][0] == pytest.approx(0.25, abs=0.05)
    plan = audobon("sound", "make", "my-beep", "--plan", "--json").data["plan"]["requests"]
    assert plan[0]["sound"]["patch"]["name"] == "my-beep"
    assert audobon("sound", "make", "my-beep", "--seed", "1", "--out", "beep.wav").status == 0
    assert len(samples("beep.wav")) < 44_100
    assert audobon(*learn).status != 0
    assert audobon(*learn, "--overwrite").status == 0
    for wrong in (("--name", "No Name"), ("--name", "x", "--base", "nothing")):
        assert audobon("sound", "learn", str(folder), *wrong).status != 0
    assert audobon("sound", "learn", "", "--name", "x").status == 11
    Path("empty").mkdir()
    refused = audobon("sound", "learn", "empty", "--name", "x")
    assert "no sound" in refused.err
    alone = audobon("sound", "learn", str(folder / "0.wav"), "--name", "alone", "--base", "blip")
    assert (alone.status, "from 1 sound," in alone.err) == (0, True)
    audobon("assets", "import", str(folder / "0.wav"))
    assert audobon("sound", "learn", "kind:sound", "--name", "other", "--base", "blip").status == 0


def test_settings_of_jsfxr_come_in_and_go_out(audobon: Audobon) -> None:
    Path("pew.json").write_text(
        '{"wave_type": 0, "p_base_freq": 0.6, "p_freq_ramp": -0.2, "p_pha_offset": 0.1}'
    )
    ran = audobon("sound", "import-jsfxr", "pew.json", "--out", "pew.wav")
    assert ran.status == 0, ran.err
    assert "its flanger" in ran.err
    assert len(samples("pew.wav")) > 2_000
    (made,) = audobon("assets", "list", "--json").data["assets"]
    assert made["name"] == "pew"
    assert audobon("reproduce", made["id"], "--json").data["assets"][0]["status"] == "identical"
    assert audobon("sound", "edit", made["id"], "--set", "pitch=+3st", "--library-only").status == 0
    assert audobon("sound", "export", made["id"], "--format", "jsfxr", "--out", "out").status == 0
    said = json.loads(Path("out/pew.json").read_text())
    assert said["p_base_freq"] == pytest.approx(0.6, abs=0.01)
    assert said["p_freq_ramp"] == pytest.approx(-0.2, abs=0.02)
    audobon("sound", "make", "explosion", "--seed", "1", "--library-only")
    refused = audobon("sound", "export", "explosion", "--format", "jsfxr", "--out", "out")
    assert "layers" in refused.err
    assert [path.name for path in Path("out").iterdir()] == ["pew.json"]
    assert audobon("sound", "import-jsfxr", "nothing").status == 2
