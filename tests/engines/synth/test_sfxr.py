"""Sounds of the sfxr family: what their formats say, what is played of them, and what goes back."""

import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.sound import SoundPatch
from audobon_cli.engines.synth.plan import check_patch, complete
from audobon_cli.engines.synth.render import render
from audobon_cli.engines.synth.sfxr.parameters import (
    DEFAULTS,
    NAMES,
    SIGNED,
    Parameters,
    read_parameters,
    write_json,
    write_string,
)
from audobon_cli.engines.synth.sfxr.patches import parameters_of, patch_of
from audobon_cli.media.sound.pitch import pitch_of
from audobon_cli.presets.catalog import Presets, shipped_presets

RATE = 44_100
COIN = "1111129yUF7YkP7wMYCBuxtDEyXMXgkaoNAU2UQkPoFaNYdHgkqMTVEGi6QcNFNRWqLpvFqJ5nRfMkUFiDLhkzMaTJNKHwGCDa"
"""Cut off: a string of jsfxr is longer."""


def numbers(**given: float) -> Parameters:
    return {**DEFAULTS, "wave_type": 0, **given}


def drawn(seed: int) -> Parameters:
    rng = np.random.default_rng(seed)
    values = {name: float(rng.uniform(-1 if name in SIGNED else 0, 1)) for name in NAMES}
    return {**values, "wave_type": int(rng.integers(0, 4))}


@pytest.mark.parametrize("seed", range(8))
def test_what_is_written_is_read_again(seed: int) -> None:
    values = drawn(seed)
    for text in (write_string(values), f"https://sfxr.me/#{write_string(values)}", write_json(values)):
        assert read_parameters(text.encode()) == pytest.approx(values, abs=1e-6)


def test_the_string_is_the_one_of_jsfxr() -> None:
    """Of jsfxr 1.4.1: `new Params().tone().toB58()`."""
    tone = numbers(wave_type=2, p_base_freq=0.35173364, p_env_sustain=0.6641, p_env_decay=0.0)
    said = read_parameters(write_string(tone).encode())
    assert said["p_base_freq"] == pytest.approx(0.35173364, abs=1e-7)
    assert len(write_string(tone)) in (121, 122)


def sfs(version: int) -> bytes:
    """A file of sfxr, as its SaveSettings writes it: a square of 0.3, sliding down, with vibrato and a filter."""
    parts = [struct.pack("<ii", version, 1)]
    if version == 102:
        parts.append(struct.pack("<f", 0.5))
    parts.append(struct.pack("<fff", 0.3, 0.1, -0.2))
    if version >= 101:
        parts.append(struct.pack("<f", 0.0))
    parts.append(struct.pack("<ff", 0.9, 0.0))
    parts.append(struct.pack("<fff", 0.4, 0.5, 0.0))
    parts.append(struct.pack("<ffff", 0.1, 0.2, 0.3, 0.4))
    parts.append(b"\1" + struct.pack("<fffff", 0.0, 0.8, 0.0, 0.05, 0.0))
    parts.append(struct.pack("<fff", 0.0, 0.0, 0.0))
    if version >= 101:
        parts.append(struct.pack("<ff", 0.6, 0.25))
    return b"".join(parts)


@pytest.mark.parametrize("version", [100, 101, 102])
def test_files_of_sfxr_are_read(version: int) -> None:
    said = read_parameters(sfs(version))
    assert said["wave_type"] == 1
    wanted = {"p_base_freq": 0.3, "p_freq_ramp": -0.2, "p_duty": 0.9, "p_env_punch": 0.4, "p_lpf_freq": 0.8}
    assert {name: said[name] for name in wanted} == pytest.approx(wanted, abs=1e-6)
    assert said["p_arp_mod"] == pytest.approx(0.25 if version > 100 else 0.0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        COIN.encode(),
        b"0OIl",
        b"{",
        b"[1]",
        b'{"wave_type": 9}',
        b'{"wave_type": 0, "p_base_freq": "high"}',
        b'{"wave_type": 0, "p_base_freq": NaN}',
        sfs(102)[:-12] + b"",
    ],
)
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_parameters(data)


def test_length_and_pitch_are_those_of_the_numbers() -> None:
    values = numbers(wave_type=0, p_base_freq=0.5, p_env_sustain=0.4, p_env_decay=0.3)
    samples = render(patch_of(values).patch, RATE, 1)
    assert len(samples) == pytest.approx((0.4**2 + 0.3**2) * 100_000, rel=0.03)
    assert pitch_of(samples[2000:6000], RATE) == pytest.approx(8 * RATE * (0.25 + 0.001) / 100, rel=0.01)


def test_a_jump_goes_where_the_number_says() -> None:
    values = numbers(p_base_freq=0.4, p_env_sustain=0.5, p_env_decay=0.1, p_arp_mod=0.5, p_arp_speed=0.5)
    samples = render(patch_of(values).patch, RATE, 1)
    at = round(0.25 * 20_000 + 32)
    before, after = pitch_of(samples[200:at], RATE), pitch_of(samples[at + 200 : at + 6000], RATE)
    assert after / before == pytest.approx(1 / (1 - 0.25 * 0.9), rel=0.02)


@pytest.mark.parametrize("seed", range(30))
def test_whatever_the_numbers_are_it_can_be_played(seed: int) -> None:
    patch = check_patch(patch_of(drawn(seed)).patch)
    assert np.isfinite(render(patch, 22_050, seed)).all()


def test_what_is_left_out_is_named() -> None:
    assert patch_of(numbers(p_pha_offset=0.2)).left_out == ("its flanger",)
    assert patch_of(numbers()).left_out == ()
    assert "the vibrato of its noise" in patch_of(numbers(wave_type=3, p_vib_strength=0.4)).left_out


@pytest.mark.parametrize(
    "given",
    [
        {"p_base_freq": 0.45, "p_arp_mod": 0.4, "p_arp_speed": 0.6, "p_env_punch": 0.3},
        {"p_base_freq": 0.7, "p_freq_ramp": -0.2, "p_duty": 0.3, "p_hpf_freq": 0.2},
        {"wave_type": 2, "p_base_freq": 0.3, "p_vib_strength": 0.3, "p_vib_speed": 0.4, "p_lpf_freq": 0.6},
        {"wave_type": 3, "p_base_freq": 0.1, "p_env_attack": 0.2},
    ],
)
def test_what_came_from_jsfxr_goes_back(given: dict[str, float]) -> None:
    values = numbers(**given)
    assert parameters_of(patch_of(values).patch) == pytest.approx(values, abs=0.02)


def test_what_cannot_be_said_is_refused_with_its_reason() -> None:
    sounds = Presets((("built-in", shipped_presets()),)).sounds
    with pytest.raises(InvalidInput, match="layers, and sfxr has one voice"):
        parameters_of(complete(sounds["explosion"]))
    one = patch_of(numbers()).patch
    echo = tuple(
        setting._replace(low=0.2, high=0.2) if setting.name == "echo" else setting for setting in one.mix
    )
    with pytest.raises(InvalidInput, match="echo"):
        parameters_of(replace(one, mix=echo))
    ringing = complete(sounds["bell"])
    with pytest.raises(InvalidInput):
        parameters_of(SoundPatch("bell", ringing.layers[:1], one.mix))


def test_the_json_has_what_jsfxr_needs() -> None:
    said = json.loads(write_json(numbers()))
    assert said["oldParams"] is True
    assert {"sound_vol", "sample_rate", "sample_size", *NAMES} <= said.keys()
