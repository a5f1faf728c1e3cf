"""Sounds that sound alike: other takes of one before all others, whatever their rate, loudness and format."""

import json
from pathlib import Path

import numpy as np
import pytest

from audobon_cli.library.thumbnails import FOLDER
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.media.sound_files import encoded, tone


def chirp(low: float, high: float, seconds: float = 0.5, rate: int = 48_000, peak: float = 0.4) -> np.ndarray:
    """A tone that slides, and dies away."""
    time = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * (low * time + (high - low) * time**2 / (2 * seconds))
    return (peak * np.sin(phase) * np.exp(-3 * time / seconds))[:, None]


def bursts(seed: int, seconds: float = 0.6, rate: int = 48_000) -> np.ndarray:
    """Noise that comes and goes."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).normal(0, 0.2, len(time))
    return (noise * np.exp(-((time % 0.2) / 0.03)))[:, None]


@pytest.fixture
def sounds(audobon: Audobon) -> Audobon:
    """Takes of three kinds, and silence."""
    files = {
        "zap1.wav": encoded("wav", chirp(3000, 300)),
        "zap2.wav": encoded("wav", 0.2 * chirp(2900, 310) * [1, -1]),  # whose channels cancel each other out
        "zap3.flac": encoded("flac", chirp(3050, 290, rate=22_050), 22_050),
        "zap4.ogg": encoded("ogg", np.repeat(chirp(3000, 300), 2, axis=1)),
        "rise.wav": encoded("wav", chirp(200, 5000)[::-1].copy()),
        "step1.wav": encoded("wav", bursts(1)),
        "step2.wav": encoded("wav", bursts(2)),
        "step3.wav": encoded("wav", bursts(3, 0.8)),
        "hum.wav": encoded("wav", tone(1.0, 110)),
        "silent.wav": encoded("wav", np.zeros((9_600, 1))),
    }
    for name, data in files.items():
        Path(name).write_bytes(data)
    assert audobon("assets", "import", *files).status == 0
    return audobon


def similar(audobon: Audobon, name: str, *words: str) -> list[tuple[str, float]]:
    """Names and differences, nearest first."""
    ran = audobon("assets", "similar", name, *words, "--json")
    assert ran.status == 0, ran.err
    validator("assets-similar").validate(ran.data)
    return [(one["name"], one["difference"]) for one in ran.data["assets"]]


def test_takes_of_one_sound_come_first_and_others_not_at_all(sounds: Audobon) -> None:
    zaps, steps = similar(sounds, "zap1"), similar(sounds, "step1")
    assert {name for name, _ in zaps[:3]} == {"zap2", "zap3", "zap4"}
    assert {name for name, _ in steps[:2]} == {"step2", "step3"}
    for found in (zaps, steps):
        assert [difference for _, difference in found] == sorted(difference for _, difference in found)
        assert not {name for name, _ in found} & {"hum", "silent"}
    assert not {name for name, _ in zaps} & {name for name, _ in steps}
    assert len(similar(sounds, "zap1", "--limit", "1")) == 1
    assert similar(sounds, "silent") == []


def test_what_was_heard_is_kept_and_heard_again_where_it_is_lost(sounds: Audobon) -> None:
    first = similar(sounds, "zap1")
    library = Path(sounds("config", "path", "library").out.strip())
    (kept,) = (library / FOLDER).glob("*.heard")
    written = kept.stat().st_mtime_ns
    assert similar(sounds, "zap1") == first
    assert kept.stat().st_mtime_ns == written
    for damaged in (b"", b"cut", kept.read_bytes()[:-7]):
        kept.write_bytes(damaged)
        assert similar(sounds, "zap1") == first


def test_pictures_and_sounds_are_no_neighbours(sounds: Audobon) -> None:
    from audobon_cli.media.image.pixels import encode_png
    from tests.sprites.samples import knight

    Path("a.png").write_bytes(encode_png(knight(16)))
    sounds("assets", "import", "a.png")
    assert sounds("assets", "similar", "a", "--json").data["assets"] == []
    assert "a" not in dict(similar(sounds, "zap1"))
    assert json.dumps(sounds("assets", "duplicates", "--near", "--json").data["groups"]) == "[]"
