"""The synthesiser's samples: the same everywhere, and what the settings say."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from audobon_cli.domain.sound import SoundPatch
from audobon_cli.engines.synth import exact, filters
from audobon_cli.engines.synth.directions import DIRECTIONS
from audobon_cli.engines.synth.plan import FORMS, complete
from audobon_cli.engines.synth.render import render, to_pcm16
from audobon_cli.engines.synth.settings import MIX, VOICES, rules_of
from audobon_cli.media.sound.pitch import pitch_of
from audobon_cli.presets.catalog import Presets, shipped_presets
from tests.engines.synth import patches
from tests.engines.synth.patches import every_voice, layer, patch

ROOT = Path(__file__).parents[3]
RATE = 44_100
SHIPPED = Presets((("built-in", shipped_presets()),))
DIGEST = "b2d92b64a1ba45d6a071b01fbe839ce1e636b996fb8d5fc9c4990bce7fdbeaf1"
"""Of engines.synth.facts.VERSION "1". Where it changes, samples did: give them another version, so that recipes
of before are not taken for these."""


def test_samples_are_those_of_this_version() -> None:
    assert patches.digest() == DIGEST


def test_samples_do_not_depend_on_the_processor() -> None:
    """Children with all that numpy chooses by the processor forced off, and with what is here."""
    features = np._core._multiarray_umath.__cpu_dispatch__
    found = {}
    for disabled in ("", " ".join(features)):
        environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": disabled, "PYTHONWARNINGS": "ignore"}
        ran = subprocess.run(
            [sys.executable, "-m", "tests.engines.synth.patches"],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        digest, on = ran.stdout.split()
        found[int(on)] = digest
    assert 0 in found
    assert set(found.values()) == {DIGEST}


@pytest.mark.parametrize("name", SHIPPED.sounds)
def test_every_preset_is_heard_and_keeps_to_the_scale(name: str) -> None:
    samples = render(complete(SHIPPED.sounds[name]), RATE, 5)
    assert np.isfinite(samples).all()
    assert 0.02 < len(samples) / RATE < 8
    assert np.abs(samples).max() == pytest.approx(0.891, abs=0.002)  # -1 dB
    assert abs(samples.mean()) < 0.01
    assert abs(samples[-1]) < 0.01
    assert np.sqrt((samples**2).mean()) > 0.01


def test_the_same_seed_gives_the_same_samples_and_another_one_others() -> None:
    for one in every_voice():
        first = render(one, 22_050, 1)
        assert np.array_equal(first, render(one, 22_050, 1))
    wood = complete(SHIPPED.sounds["footsteps-wood"])
    assert not np.array_equal(render(wood, RATE, 1)[:2000], render(wood, RATE, 2)[:2000])


@pytest.mark.parametrize(("hertz", "ring"), [(50, 0.5), (440, 0.1), (5000, 2.0), (12_000, 0.01)])
def test_resonances_are_those_of_the_recursion(hertz: float, ring: float) -> None:
    samples = np.random.default_rng(1).normal(size=RATE // 2)
    radius, turn = 10 ** (-3 / (ring * RATE)), 2 * np.pi * hertz / RATE
    expected = lfilter([np.sin(turn)], [1, -2 * radius * np.cos(turn), radius**2], samples)
    found = filters.resonate(samples, hertz, ring, RATE)
    assert np.abs(found - expected).max() < 1e-6 * np.abs(expected).max() + 1e-6


def test_poles_that_move_are_those_of_the_recursion() -> None:
    samples = np.random.default_rng(2).normal(size=3_000)
    cutoffs = np.linspace(50, 9_000, len(samples))
    poles = np.exp(-2 * np.pi * cutoffs / RATE)
    state, expected = 0.0, []
    for pole, sample in zip(poles, samples, strict=True):
        state = pole * state + (1 - pole) * sample
        expected.append(state)
    assert np.allclose(filters.low_pass(samples, cutoffs, RATE), expected, atol=1e-6)


def test_functions_are_what_they_are_called() -> None:
    turns = np.linspace(-7, 7, 5_001)
    assert np.abs(exact.sine(turns) - np.sin(2 * np.pi * turns)).max() < 1e-9
    assert np.abs(exact.power2(turns) / 2**turns - 1).max() < 1e-8
    assert exact.power2(np.array([-5_000.0, 5_000.0]))[0] < 1e-300
    assert exact.log2_of(1_000) == pytest.approx(np.log2(1_000), abs=1e-8)
    white = exact.uniform(100_000, 3)
    assert (white.mean(), white.std()) == pytest.approx((0.5, 12**-0.5), abs=0.005)
    assert abs(np.corrcoef(white[1:], white[:-1])[0, 1]) < 0.01


def played(one: SoundPatch) -> np.ndarray:
    return render(one, RATE, 1)


@pytest.mark.parametrize("form", ["sine", "triangle", "square", "saw"])
def test_waves_have_their_pitch(form: str) -> None:
    samples = played(patch(layer("oscillator", form, pitch=330, length=0.4)))
    assert pitch_of(samples[4_000:10_000], RATE) == pytest.approx(330, rel=0.01)


def test_squares_do_not_fold_back() -> None:
    """What lies between the harmonics of a high square is 40 dB below it: a plain one has 20."""
    samples = played(patch(layer("oscillator", "square", pitch=2_793, length=1.0)))[4_000:36_768]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    between = (np.abs(hertz % 2_793 - 2_793 / 2) < 1_000) & (hertz < 12_000)
    assert spectrum[between].max() < 0.01 * spectrum.max()


def test_slides_jumps_decays_and_filters_do_what_they_say() -> None:
    slid = played(patch(layer("oscillator", "sine", pitch=400, slide=1, length=1)))
    assert pitch_of(slid[-8_000:-3_000], RATE) == pytest.approx(400 * 2**0.88, rel=0.03)
    jumped = played(patch(layer("oscillator", "sine", pitch=400, jump=12, jump_at=0.3, length=0.8)))
    assert pitch_of(jumped[20_000:26_000], RATE) == pytest.approx(800, rel=0.01)
    fallen = np.abs(played(patch(layer("oscillator", "sine", pitch=400, decay=0.5, length=0.6))))
    ratio = fallen[11_000:11_400].max() / fallen[400:800].max()
    assert 20 * np.log10(ratio) == pytest.approx(-60 * (10_600 / RATE) / 0.5, abs=1.5)
    dull = played(patch(layer("noise", "white", length=0.5, lowpass=500)))
    spectrum = np.abs(np.fft.rfft(dull)) ** 2
    cut = len(spectrum) * 4_000 * 2 // RATE
    assert spectrum[cut:].sum() < 0.05 * spectrum.sum()


def test_bits_and_rates_of_chips() -> None:
    samples = to_pcm16(played(patch(layer("oscillator", "sine", length=0.3), bits=4, crush=8_000)))
    assert len(np.unique(samples[:10_000])) <= 2**4 + 1
    assert (np.diff(samples[1_000:9_000].astype(int)) != 0).mean() < 8_000 / RATE + 0.01


def test_repeats_are_played_anew() -> None:
    one = patch(layer("impact", "wood", length=0.1, repeat=3, repeat_gap=0.2, spread=0.4))
    samples = played(one)
    steps = [samples[round(place * 0.2 * RATE) :][:4_000] for place in range(3)]
    assert all(np.abs(step).max() > 0.2 for step in steps)
    assert not np.allclose(steps[0], steps[1], atol=0.01)


def test_nothing_grows_beyond_its_bounds() -> None:
    endless = patch(layer("oscillator", "sine", length=60, repeat=64, repeat_gap=10), reverb=1, room=10)
    assert len(render(endless, 1_000, 1)) <= 70 * 1_000
    quiet = patch(layer("oscillator", "sine", gain=-60), level=-60)
    assert np.abs(played(quiet)).max() == pytest.approx(0.001, rel=0.01)
    nothing = replace(quiet, layers=())
    assert not played(nothing).any()


def test_the_page_names_every_setting_and_form() -> None:
    page = (ROOT / "docs" / "sound.md").read_text(encoding="utf-8")
    names = {name for voice in VOICES for name in rules_of(voice)} | set(MIX) | set(DIRECTIONS) | set(VOICES)
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
    forms = {form for forms in FORMS.values() for form in forms}
    assert [form for form in sorted(forms) if form not in page] == []
