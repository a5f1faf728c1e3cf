"""Programs that others wrote read what is exported: ffmpeg, SoX, Chromium with howler.js, Godot.

What they are known to do wrong is in docs/sound.md, and asserted here, so that it is noticed when it is mended.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audobon_cli.media.sound.decoding import read_all
from audobon_cli.media.sound.loudness import loudness_of
from tests.conftest import Audobon
from tests.media.sound_files import encoded, tone
from tests.sprites.browser import browser, chromium, served

pytestmark = pytest.mark.peer
FORMS = {
    "wav16": ("--samples", "16"),
    "wav24": ("--samples", "24"),
    "wavfloat": ("--samples", "float"),
    "flac": ("--format", "flac"),
    "ogg": ("--format", "ogg"),
    "mp3": ("--format", "mp3"),
}
EXACT = ("wav16", "wav24", "wavfloat", "flac")
MP3_FRAME, VORBIS_BLOCK = 1152, 2048
NAMES = ("beep", "low", "loop")


def needs(program: str) -> pytest.MarkDecorator:
    """Skips where ``program`` is not installed."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"needs {program}")


def howler() -> Path | None:
    """The file of howler.js, where npm put it."""
    folders = [
        str(Path(__file__).parents[1] / "peers" / "node_modules"),
        *filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)),
    ]
    found = (Path(folder) / "howler" / "dist" / "howler.core.min.js" for folder in folders)
    return next((path for path in found if path.is_file()), None)


@pytest.fixture
def game(audobon: Audobon) -> Audobon:
    """Three sounds: short and of one channel, at half the rate with two, and a loop with an intro."""
    rng = np.random.default_rng(3)
    Path("beep.wav").write_bytes(encoded("wav", tone(1.0, 880, 44_100, 0.5), 44_100))
    low = tone(0.7, 110, 22_050, 0.4, 2) * np.array([[1.0, 0.5]])
    Path("low.wav").write_bytes(encoded("wav", low, 22_050))
    Path("hum.wav").write_bytes(
        encoded("wav", tone(2.0, 200, 48_000, 0.3) + rng.normal(0, 0.01, (96_000, 1)))
    )
    audobon("assets", "import", "beep.wav", "low.wav", "hum.wav")
    audobon("sound", "loop", "hum", "--start", "0.4", "--intro", "--name", "loop")
    return audobon


def exported(game: Audobon, form: str) -> list[Path]:
    """The three sounds in a format."""
    ran = game("sound", "export", *NAMES, *FORMS[form], "--out", form, "--json")
    assert ran.status == 0, ran.err
    return [Path(file["path"]) for file in ran.data["files"]]


def by_ffmpeg(path: Path, channels: int) -> np.ndarray:
    """The samples as ffmpeg reads them."""
    words = ["ffmpeg", "-loglevel", "error", "-i", str(path), "-f", "f32le", "-"]
    raw = subprocess.run(words, check=True, capture_output=True).stdout
    return np.frombuffer(raw, "<f4").reshape(-1, channels)


def wave(path: Path) -> tuple[np.ndarray, int]:
    """The samples that the library has."""
    return read_all(Path("wav16", path.with_suffix(".wav").name).read_bytes())


@needs("ffmpeg")
@pytest.mark.parametrize("form", FORMS)
def test_ffmpeg_reads_every_sample(game: Audobon, form: str) -> None:
    exported(game, "wav16")
    for path in exported(game, form):
        expected, _ = wave(path)
        found = by_ffmpeg(path, expected.shape[1])
        if form in EXACT:
            assert np.array_equal(found, expected), path
        else:
            # One block of Vorbis is missing at the end in ffmpeg 5; MP3 is exact.
            assert abs(len(found) - len(expected)) <= (VORBIS_BLOCK if form == "ogg" else 0), path
            common = min(len(found), len(expected))
            error = found[:common] - expected[:common]
            assert 10 * np.log10((error**2).mean() / (expected**2).mean()) < -20, path


@needs("sox")
@pytest.mark.parametrize("form", FORMS)
def test_sox_reads_every_sample(game: Audobon, form: str) -> None:
    exported(game, "wav16")
    for path in exported(game, form):
        expected, rate = wave(path)
        said = [
            subprocess.check_output(["soxi", flag, str(path)], text=True).strip()
            for flag in ("-s", "-r", "-c")
        ]
        assert [int(said[1]), int(said[2])] == [rate, expected.shape[1]]
        # SoX does not heed what an MP3 says of the silence that the encoder put around it.
        slack = 2 * MP3_FRAME if form == "mp3" else 0
        assert 0 <= int(said[0]) - len(expected) <= slack, path
        if form in EXACT:
            raw = subprocess.check_output(["sox", str(path), "-t", "f32", "-"])
            assert np.array_equal(np.frombuffer(raw, "<f4").reshape(expected.shape), expected)


@needs("sndfile-info")
@pytest.mark.parametrize("form", EXACT[:3])
def test_libsndfile_finds_the_loop_where_it_was_put(game: Audobon, form: str) -> None:
    """Its own program: the library that is built in reads loops without it."""
    (path,) = [path for path in exported(game, form) if path.stem == "loop"]
    told = subprocess.run(["sndfile-info", str(path)], capture_output=True, text=True, check=True).stdout
    facts = game("assets", "show", "loop", "--json").data["asset"]["metadata"]["measured"]
    start, end = (
        int(found[1]) for name in ("Start", "End") if (found := re.search(rf"{name} *: *(\d+)", told))
    )
    assert start == pytest.approx(facts["start"] * 48_000, abs=1)
    assert end == len(read_all(path.read_bytes())[0]) - 1


@needs("ffmpeg")
@pytest.mark.parametrize("kind", ["bursts", "swell", "low"])
def test_loudness_is_that_of_ffmpeg(kind: str, tmp_path: Path) -> None:
    rng, rate, seconds = np.random.default_rng(5), 48_000, 20
    time = np.arange(rate * seconds) / rate
    made = {
        "bursts": rng.normal(0, 0.1, len(time)) * (np.sin(2 * np.pi * 0.7 * time) > 0),
        "swell": 0.3 * np.sin(2 * np.pi * 1000 * time) * (time / seconds) ** 2,
        "low": 0.4 * np.sin(2 * np.pi * 60 * time) + rng.normal(0, 0.003, len(time)),
    }[kind]
    stereo = np.stack([made, 0.5 * made], axis=1)
    path = tmp_path / "a.wav"
    path.write_bytes(encoded("wavfloat", stereo, rate))
    words = [
        "ffmpeg",
        "-hide_banner",
        "-nostats",
        "-i",
        str(path),
        "-af",
        "ebur128=metadata=1,ametadata=print:file=-",
    ]
    said = subprocess.run([*words, "-f", "null", "-"], check=True, capture_output=True, text=True).stdout
    integrated = [float(value) for value in re.findall(r"lavfi\.r128\.I=(-?[\d.]+)", said)]
    assert loudness_of(read_all(path.read_bytes())[0], rate) == pytest.approx(integrated[-1], abs=0.1)


@pytest.mark.loopback
@pytest.mark.skipif(chromium() is None, reason="needs Chromium")
def test_a_browser_reads_every_export(game: Audobon) -> None:
    paths = {form: exported(game, form) for form in FORMS}
    sounds = [(form, path, *wave(path)) for form in FORMS for path in paths[form]]
    with browser() as page, served({"files": Path.cwd()}) as address:
        Path("empty.html").write_text("<!doctype html>")
        page.open(f"{address}/files/empty.html")
        for form, path, expected, rate in sounds:
            found = page.run(
                f"fetch('{address}/files/{path}').then(r => r.arrayBuffer())"
                f".then(b => new OfflineAudioContext({expected.shape[1]}, 1, {rate}).decodeAudioData(b))"
                ".then(a => [a.length, a.sampleRate, a.numberOfChannels])"
            )
            assert found[1:] == [rate, expected.shape[1]], path
            slack = 0 if form in EXACT else MP3_FRAME if form == "mp3" else VORBIS_BLOCK
            assert abs(found[0] - len(expected)) <= slack, (path, found)


@pytest.mark.loopback
@pytest.mark.skipif(chromium() is None or howler() is None, reason="needs Chromium and howler.js from npm")
@pytest.mark.parametrize("form", ["ogg", "mp3"])
def test_howler_plays_the_sprite_sheet(game: Audobon, form: str) -> None:
    ran = game("sound", "export", *NAMES, "--profile", "web", "--format", form, "--out", "web")
    assert ran.status == 0, ran.err
    described = json.loads(Path("web/sounds.json").read_text())
    script = howler()
    assert script is not None
    Path("empty.html").write_text("<!doctype html>")
    with browser() as page, served({"files": Path.cwd(), "howler": script.parent}) as address:
        page.open(f"{address}/files/empty.html")
        said: dict[str, Any] = page.run(
            "new Promise((done, fail) => { const s = document.createElement('script');"
            f"s.src = '{address}/howler/{script.name}'; s.onload = done; s.onerror = fail; document.head.append(s); }})"
            f".then(() => fetch('{address}/files/web/sounds.json')).then(r => r.json())"
            ".then(m => new Promise((done, fail) => {"
            f"const h = new Howl({{...m, src: m.src.map(s => '{address}/files/web/' + s),"
            "onload: () => done({seconds: h.duration(), sprite: h._sprite, each: Object.keys(m.sprite).map(n => {"
            "return [n, h.duration(h.play(n))]; })}),"
            "onloaderror: (_, e) => fail(new Error(String(e)))}); }))"
        )
        offsets = page.run(
            f"fetch('{address}/files/web/{described['src'][0]}').then(r => r.arrayBuffer())"
            ".then(b => new OfflineAudioContext(1, 1, 48000).decodeAudioData(b)).then(a => {"
            "const c = a.getChannelData(0), out = []; let quiet = 9600;"
            "for (let i = 0; i < c.length; i++) { if (Math.abs(c[i]) > 0.02) { if (quiet >= 4800) out.push(i);"
            "quiet = 0; } else quiet++; } return out; })"
        )
    assert {name: place for name, place in said["sprite"].items() if name != "__default"} == described[
        "sprite"
    ]
    assert dict(said["each"]) == {
        name: pytest.approx(place[1] / 1000) for name, place in described["sprite"].items()
    }
    expected = [place[0] * 48 for place in described["sprite"].values()]
    assert offsets == [pytest.approx(start, abs=MP3_FRAME) for start in expected]


GODOT = """extends SceneTree
func _init():
    for f in %s:
        var s = load("res://" + f)
        if s is AudioStreamSample:
            var width = (2 if s.format == 1 else 1) * (2 if s.stereo else 1)
            print("!", f, " ", s.data.size() / width, " ", s.mix_rate, " ",
                s.loop_mode, " ", s.loop_begin, " ", s.loop_end)
        else:
            print("!", f, " ", s.get_length(), " ", s.loop, " ", s.loop_offset)
    quit()
"""


@needs("godot3-server")
def test_godot_imports_lengths_rates_and_loops(game: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    exported(game, "wav16")
    folder = Path("project")
    for form in ("wav", "ogg"):
        ran = game("sound", "export", *NAMES, "--profile", "godot3", "--format", form, "--name", f"{{name}}_{form}",
                   "--out", str(folder), "--overwrite")  # fmt: skip
        assert ran.status == 0, ran.err
    files = [f"{name}_{form}.{form}" for form in ("wav", "ogg") for name in NAMES]
    (folder / "project.godot").write_text("config_version=4\n")
    (folder / "read.gd").write_text(GODOT % json.dumps(files))
    monkeypatch.setenv("HOME", str(Path.cwd()))
    words = ["godot3-server", "--path", str(folder)]
    subprocess.run([*words, "--editor", "--quit"], check=True, capture_output=True, timeout=200)
    said = subprocess.run(
        [*words, "-s", "read.gd"], check=True, capture_output=True, text=True, timeout=100
    ).stdout
    found = {line.split()[0][1:]: line.split()[1:] for line in said.splitlines() if line.startswith("!")}
    listed = {one["file"]: one for one in json.loads((folder / "list.json").read_text())["sounds"]}
    for name in NAMES:
        expected, rate = wave(Path(f"{name}.wav"))
        frames, mix_rate, mode, begin, end = (int(text) for text in found[f"{name}_wav.wav"])
        assert (frames, mix_rate) == (len(expected), rate)
        loop = listed[f"{name}_ogg.ogg"]["loop"]
        assert (mode, begin, end) == ((1, loop["start"], loop["end"]) if loop else (0, 0, 0))
        seconds, loops, offset = found[f"{name}_ogg.ogg"]
        assert float(seconds) == pytest.approx(len(expected) / rate, abs=VORBIS_BLOCK / rate)
        assert (loops, float(offset)) == (
            str(bool(loop)),
            pytest.approx(loop["start_seconds"] if loop else 0),
        )
