"""``audobon sound play``: what players are given, and that their want does no harm."""

import json
import stat
from pathlib import Path

import pytest

from audobon_cli.media.sound.decoding import read_all
from audobon_cli.sounds import play
from tests.conftest import Audobon
from tests.media.sound_files import encoded, tone

pytestmark = pytest.mark.posix
PLAYER = """#!/bin/sh
for last; do :; done
cp "$last" "{folder}/heard.wav"
env > "{folder}/variables"
ls -ld "$(dirname "$last")" > "{folder}/mode"
sleep 0.4
"""


def install(folder: Path, name: str, script: str) -> None:
    """A program of that name."""
    program = folder / name
    program.write_text(script)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs, the only one but for those of the system, none of which plays."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setattr(play, "PLAYERS", (("first-player",), ("second-player", "-q")))
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_a_player_gets_a_plain_wav_in_a_private_folder(audobon: Audobon, programs: Path) -> None:
    install(programs, "second-player", PLAYER.format(folder=programs))
    Path("a.flac").write_bytes(encoded("flac", tone(0.25, channels=2)))
    audobon("assets", "import", "a.flac")
    ran = audobon("sound", "play", "a", "--times", "3", "--json")
    assert ran.status == 0, ran.err
    assert ran.data["sounds"] == [{"name": "a", "seconds": 0.75, "player": "second-player", "reason": ""}]
    samples, rate = read_all((programs / "heard.wav").read_bytes())
    assert (samples.shape, rate) == ((36_000, 2), 48_000)
    assert (programs / "mode").read_text().startswith("drwx------")
    assert "PATH=" in (programs / "variables").read_text()


def test_one_that_cannot_is_followed_by_the_next(audobon: Audobon, programs: Path) -> None:
    install(programs, "first-player", "#!/bin/sh\necho no device >&2\nexit 1\n")
    install(programs, "second-player", PLAYER.format(folder=programs))
    Path("a.wav").write_bytes(encoded("wav"))
    assert audobon("sound", "play", "a.wav", "--json").data["sounds"][0]["player"] == "second-player"


@pytest.mark.parametrize("there", [False, True])
def test_without_a_player_or_a_device_a_line_says_so_and_all_is_well(
    audobon: Audobon, programs: Path, there: bool
) -> None:
    if there:
        install(programs, "first-player", "#!/bin/sh\necho cannot open device >&2\nexit 1\n")
    Path("a.wav").write_bytes(encoded("wav"))
    ran = audobon("sound", "play", "a.wav")
    assert ran.status == 0
    assert ran.out == ""
    assert ("cannot open device" if there else "no player is installed") in ran.err
    (said,) = audobon("sound", "play", "a.wav", "--json").data["sounds"]
    assert said["player"] is None
    assert json.dumps(said["reason"])


def test_a_player_that_hangs_is_ended(
    audobon: Audobon, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(programs, "first-player", "#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(play, "SPARE_SECONDS", 0.1)
    Path("a.wav").write_bytes(encoded("wav", tone(0.1)))
    ran = audobon("sound", "play", "a.wav", "--json")
    assert "did not come to an end" in ran.data["sounds"][0]["reason"]


def test_a_player_that_says_that_all_is_well_and_plays_nothing_is_not_believed(
    audobon: Audobon, programs: Path
) -> None:
    install(programs, "first-player", "#!/bin/sh\nexit 0\n")
    Path("a.wav").write_bytes(encoded("wav", tone(120.0)))
    assert (
        audobon("sound", "play", "a.wav", "--json").data["sounds"][0]["reason"]
        == "first-player: it ended too soon"
    )


def test_what_is_no_sound_is_refused(audobon: Audobon, programs: Path) -> None:
    Path("a.wav").write_bytes(encoded("wav")[:-100])
    assert audobon("sound", "play", "a.wav").status == 2
    assert audobon("sound", "play", "nothing").status != 0
