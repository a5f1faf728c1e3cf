"""``audobon sound trim`` and its like: sounds changed as assets and as files; bad input."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audobon_cli.media.sound.decoding import read_all
from audobon_cli.media.sound.wav import read_loops
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.media.sound_files import encoded, sampler_chunk, tone, with_chunk
from tests.sprites.samples import knight

CHANGES: dict[str, tuple[str, ...]] = {
    "trim": ("--start", "0.1", "--end", "0.4"),
    "fade": ("--fade-in", "0.1"),
    "reverse": (),
    "normalize": ("--loudness", "-20"),
    "loop": (),
    "resample": ("--rate", "22050"),
    "convert": ("--samples", "24"),
    "mix": (),
    "split": ("--every", "0.2"),
    "denoise": (),
}


@pytest.fixture
def take(audobon: Audobon) -> str:
    """The id of an imported sound."""
    Path("take.wav").write_bytes(with_chunk(encoded("wav", tone(0.5)), b"smpl", sampler_chunk(0, 99)))
    (file,) = audobon("assets", "import", "take.wav", "--tag", "beep", "--json").data["files"]
    return str(file["asset"])


def result(audobon: Audobon, *words: str) -> dict[str, Any]:
    """The only result of a command that changes a sound."""
    ran = audobon("sound", *words, "--json")
    assert ran.status == 0, ran.err
    validator("sound-results").validate(ran.data)
    (made,) = ran.data["results"]
    return dict(made)


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "split"])
def test_a_change_is_an_asset_that_is_made_again(audobon: Audobon, take: str, change: str) -> None:
    made = result(audobon, change, take, *CHANGES[change])
    assert made["operation"] == f"sound-{change}"
    assert made["sources"] == [take]
    assert made["asset"]["name"] == f"take_{change}"
    if change != "mix":
        assert made["asset"]["tags"] == ["beep"]
    again = result(audobon, change, take, *CHANGES[change])
    assert again["asset"]["existing"] is True
    ran = audobon("sound", "replay", take, "--json")
    assert [each["status"] for each in ran.data["assets"]] == ["identical"]
    (proof,) = audobon("reproduce", made["asset"]["id"], "--json").data["assets"]
    assert proof["status"] == "identical"
    assert f"sound-{change}" in audobon("assets", "tree", take).out


@pytest.mark.parametrize("change", CHANGES)
def test_files_are_changed_without_a_library(audobon: Audobon, change: str) -> None:
    Path("a.wav").write_bytes(encoded("wav", tone(0.5)))
    ran = audobon("sound", change, "a.wav", *CHANGES[change], "--out", "new/", "--json")
    assert ran.status == 0, ran.err
    for made in ran.data["results"]:
        samples, rate = read_all(Path(made["path"]).read_bytes())
        assert (len(samples), rate) == (made["frames"], made["rate"])
    assert audobon("sound", change, "a.wav", *CHANGES[change], "--out", "new/").status != 0
    assert not Path(audobon("config", "path", "library").out.strip()).exists()


def test_a_recording_is_split_and_its_parts_brought_to_one_loudness(audobon: Audobon) -> None:
    parts = [np.concatenate([tone(0.1, 300, peak=peak), np.zeros((9_600, 1))]) for peak in (0.1, 0.4, 0.2)]
    Path("steps.wav").write_bytes(encoded("wav", np.concatenate(parts)))
    audobon("assets", "import", "steps.wav")
    ran = audobon("sound", "split", "steps", "--json")
    assert [one["name"] for one in ran.data["results"]] == ["steps_01", "steps_02", "steps_03"]
    ran = audobon("sound", "normalize", "steps_01", "steps_02", "steps_03", "--loudness", "-24", "--json")
    assert [one["loudness"] for one in ran.data["results"]] == [-24, -24, -24]
    ran = audobon("sound", "normalize", "steps_01", "steps_02", "--together", "--loudness", "-24", "--json")
    gains = {one["measured"]["gain"] for one in ran.data["results"]}
    assert len(gains) == 1
    told = audobon("sound", "normalize", "steps_01", "--loudness", "-3")
    assert "stayed quieter" in told.err


def test_loop_points_are_in_the_file_only_if_asked_for(audobon: Audobon, take: str) -> None:
    plain = result(audobon, "loop", take, "--out", "plain.wav")
    assert read_loops(Path("plain.wav").read_bytes()) == []
    assert {"step", "level", "tone", "likeness", "start", "end"} <= set(plain["measured"])
    looped = result(audobon, "loop", take, "--points", "--out", "looped.wav")
    assert read_loops(Path("looped.wav").read_bytes()) == [
        {"start": 0, "end": looped["frames"] - 1, "times": 0}
    ]
    seen = audobon("sound", "loop", take)
    step, level, tone_change = (float(text) for text in seen.out.split("\t")[4:7])
    assert step == 1
    assert max(level, tone_change) < 0.1


def test_replacing_a_sound_and_replaying(audobon: Audobon, take: str) -> None:
    made = result(audobon, "reverse", take)
    Path("other.wav").write_bytes(encoded("wav", tone(0.25, 220)))
    ran = audobon("sound", "replace", take, "other.wav", "--replay", "--json")
    assert ran.status == 0, ran.err
    assert [one["status"] for one in ran.data["assets"]] == ["remade"]
    now = audobon("assets", "show", made["asset"]["id"], "--json").data["asset"]
    assert now["media"]["frames"] == 12_000


def _not_a_number() -> bytes:
    broken = tone()
    broken[7] = np.nan
    return encoded("wavfloat", broken)


BAD: dict[str, bytes] = {
    "empty": b"",
    "text": b"no sound at all",
    "cut": encoded("wav")[:-500],
    "cut_flac": encoded("flac")[:-500],
    "no_samples": encoded("wav", np.zeros((0, 1))),
    "nan": _not_a_number(),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("change", CHANGES)
def test_files_that_are_no_sounds_are_refused_and_nothing_is_written(
    audobon: Audobon, bad: str, change: str
) -> None:
    Path("bad.wav").write_bytes(BAD[bad])
    ran = audobon("sound", change, "bad.wav", *CHANGES[change], "--out", "out/", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.sound"), ran.out
    assert not Path("out").exists()


def test_pictures_and_long_files_are_refused(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    from audobon_cli.media.image.pixels import encode_png
    from audobon_cli.media.sound import samples

    Path("a.png").write_bytes(encode_png(knight(16)))
    assert audobon("sound", "reverse", "a.png", "--out", "b.wav").status == 2
    audobon("assets", "import", "a.png")
    assert audobon("sound", "reverse", "a").status == 2
    assert audobon("sprite", "trim", "a").status == 0
    Path("long.wav").write_bytes(encoded("wav", tone(1.0)))
    monkeypatch.setattr(samples, "MAX_VALUES", 20_000)
    monkeypatch.setenv("AUDOBON_IMPORT_SANDBOX", "off")
    ran = audobon("sound", "reverse", "long.wav", "--out", "b.wav")
    assert ran.status == 2
    assert "longer than" in ran.err
    assert not Path("b.wav").exists()


def test_one_bad_sound_of_many_stops_nothing_that_was_done(audobon: Audobon, take: str) -> None:
    Path("silent.wav").write_bytes(encoded("wav", np.zeros((4_800, 1))))
    audobon("assets", "import", "silent.wav")
    ran = audobon("sound", "normalize", "take", "silent", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.sound")
    assert audobon("assets", "search", "normalize", "--json").data["assets"] == []


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_waits_for_torch_or_scipy(isolation: Path, change: str) -> None:
    (isolation / "a.wav").write_bytes(encoded("wav", tone(0.5)))
    argv = [
        "sound",
        change,
        str(isolation / "a.wav"),
        *CHANGES[change],
        "--out",
        str(isolation / "out") + "/",
    ]
    script = (
        "import sys\n"
        "from audobon_cli.cli.main import run\n"
        f"status = run({argv!r})\n"
        "heavy = ('torch', 'scipy', 'diffusers', 'transformers', 'PIL', 'google')\n"
        "print(status, [name for name in heavy if name in sys.modules])\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "0 []", (ran.stdout, ran.stderr)
