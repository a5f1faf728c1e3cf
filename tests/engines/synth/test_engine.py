"""The synthesiser keeps what every engine promises (engines/base.py, tests/contracts/test_engine.py), of samples."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audobon_cli.domain.errors import Interrupted, InvalidInput, PresetNotFound, SettingInvalid
from audobon_cli.domain.events import Event, ModelLoaded, ModelLoading, StepDone, ignore
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.domain.sound import SoundChoices, SoundOutput, SoundPatch, SoundSetting
from audobon_cli.engines.base import never
from audobon_cli.engines.registry import predict_facts
from audobon_cli.engines.synth.engine import SynthEngine
from audobon_cli.generation.checks.registry import check_content
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.settings.hub import HubAccess
from audobon_cli.settings.settings import Settings
from tests.engines.synth.patches import layer, patch


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    hub = HubAccess("http://127.0.0.1:9", tmp_path / "cache", None, True)
    return ModelRegistry(Presets((("built-in", shipped_presets()),)), tmp_path / "models", hub)


def asked(registry: ModelRegistry, prompt: str = "a coin", **choices: object) -> ResolvedRequest:
    request = GenerationRequest(prompt, **{"model": "synth", "seed": 7, **choices})
    return resolve(request, Settings(), registry)


def patch_of(request: ResolvedRequest) -> SoundPatch:
    assert isinstance(request.output, SoundOutput)
    assert request.output.patch is not None
    return request.output.patch


def setting(patch: SoundPatch, name: str, number: int = 0) -> SoundSetting:
    return next(one for one in patch.layers[number].settings if one.name == name)


def mix(patch: SoundPatch, name: str) -> float:
    return next(one.low for one in patch.mix if one.name == name)


def samples(request: ResolvedRequest, seed: int = 7) -> np.ndarray:
    return SynthEngine().render(request, seed, 0, ignore, never).content.samples


def test_it_loads_once_and_says_beforehand_what_it_is(registry: ModelRegistry) -> None:
    engine, events = SynthEngine(), list[Event]()
    request = asked(registry)
    facts = engine.load(request, events.append)
    assert engine.load(replace(request, seed=8), events.append) == facts
    assert [type(event) for event in events] == [ModelLoading, ModelLoaded]
    assert predict_facts("synth", request) == (facts,)
    assert len(facts.model_digest) == 64


def test_a_seed_is_a_sound_whatever_came_before(registry: ModelRegistry) -> None:
    request, engine = asked(registry), SynthEngine()
    events = list[Event]()
    run = [engine.render(request, seed, index, events.append, never) for index, seed in enumerate((7, 8, 9))]
    assert np.array_equal(samples(request, 9), run[2].content.samples)
    assert not np.array_equal(run[0].content.samples, run[1].content.samples)
    steps = [event for event in events if isinstance(event, StepDone)]
    assert [(step.index, step.step, step.steps) for step in steps] == [(0, 1, 1), (1, 1, 1), (2, 1, 1)]
    (together,) = engine.render_together([(request, 9), (request, 10)], 0, ignore, never)
    assert np.array_equal(together.content.samples, run[2].content.samples)


def test_it_stops_when_it_is_asked_to(registry: ModelRegistry) -> None:
    with pytest.raises(Interrupted):
        SynthEngine().render(asked(registry), 7, 0, ignore, lambda: True)


def test_words_that_say_how_move_the_sound(registry: ModelRegistry) -> None:
    plain = patch_of(asked(registry, "door creaks"))
    assert plain.name == "door-creak"
    heavy, tiny = (patch_of(asked(registry, f"{word} door creaks")) for word in ("heavy", "tiny"))
    assert setting(heavy, "pitch").low < setting(plain, "pitch").low < setting(tiny, "pitch").low
    assert setting(heavy, "length").low > setting(plain, "length").low > setting(tiny, "length").low
    distant = patch_of(asked(registry, "distant door creaks"))
    assert 0 < mix(distant, "lowpass") < 6_000
    assert mix(distant, "reverb") > mix(plain, "reverb")
    assert {one.form for one in patch_of(asked(registry, "metal door creaks")).layers} == {"metal"}
    # A word that no table has in this form, and one near to "giant".
    assert (
        setting(patch_of(asked(registry, "gigantic door creaks")), "pitch").low < setting(plain, "pitch").low
    )


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("Footsteps on GRAVEL", "footsteps-gravel"),
        ("rifle", "gunshot"),
        ("violin", "string"),
        ("a rapier", "sword-clash"),
        ("a cutlass", "sword-clash"),
        ("trombone", "horn"),
        ("a crocodile bellows", "creature-roar"),
    ],
)
def test_unknown_words_are_near_to_known_ones(registry: ModelRegistry, prompt: str, name: str) -> None:
    assert patch_of(asked(registry, prompt)).name == name


def test_words_that_mean_no_sound_are_refused_with_near_names(registry: ModelRegistry) -> None:
    with pytest.raises(PresetNotFound) as caught:
        asked(registry, "xyzzy explosin")
    assert "explosion" in caught.value.details["nearest"]


def test_styles_quality_length_and_settings(registry: ModelRegistry) -> None:
    chip = patch_of(asked(registry, style="8-bit"))
    assert (mix(chip, "bits"), mix(chip, "crush")) == (5, 11_025)
    assert {one.form for one in chip.layers} == {"square"}
    rates = {
        quality: asked(registry, quality=quality).output.rate for quality in ("draft", "optimized", "high")
    }
    assert rates == {"draft": 22_050, "optimized": 44_100, "high": 48_000}
    for seconds in (0.1, 3.0):
        long = asked(registry, "explosion", sound=SoundChoices(length=seconds))
        found = len(samples(long)) / long.output.rate
        assert seconds * 0.8 <= found <= long.output.seconds + 0.01
    plain = patch_of(asked(registry))
    moved = patch_of(
        asked(registry, sound=SoundChoices(settings=("pitch=+12st", "reverb=0.4", "1.duty=0.2..0.3")))
    )
    assert setting(moved, "pitch").low == pytest.approx(2 * setting(plain, "pitch").low)
    assert mix(moved, "reverb") == 0.4
    assert setting(moved, "duty") == ("duty", 0.2, 0.3)


@pytest.mark.parametrize(
    "text", ["pitch", "colour=3", "9.pitch=3", "1.colour=3", "pitch=high", "=", "1.pitch=1..2..3"]
)
def test_settings_that_there_are_not_are_refused(registry: ModelRegistry, text: str) -> None:
    with pytest.raises(InvalidInput):
        asked(registry, sound=SoundChoices(settings=(text,)))


def test_pictures_have_no_length_and_sounds_no_steps(registry: ModelRegistry) -> None:
    with pytest.raises(InvalidInput):
        asked(registry, model="sprite", sound=SoundChoices(length=2))
    for wrong in ({"steps": 4}, {"size": "64"}, {"negative": "blood"}):
        with pytest.raises(InvalidInput):
            asked(registry, **wrong)


def test_a_preset_of_ones_own_is_played_and_a_wrong_one_named(
    registry: ModelRegistry, tmp_path: Path
) -> None:
    own = tmp_path / "own" / "sounds"
    own.mkdir(parents=True)
    file = own / "wobblegong.toml"
    mine = replace(registry, presets=Presets((("built-in", shipped_presets()), ("own", tmp_path / "own"))))
    text = 'description = "x"\nwords = ["wobblegong"]\n[[layers]]\nvoice = "impact"\nform = "bell"\n'
    file.write_text(text)
    assert patch_of(asked(mine, "wobblegong")).layers[0].form == "bell"
    for wrong, fact in (
        ("sparkle = 1", "no setting 'sparkle'"),
        ("ring = -1", "outside 0 to 20"),
        ('form = "cheese"', "cheese"),
        ("ring = [1, 2, 3]", "wrong value"),
        ('pitch = "high"', "wrong value"),
    ):
        file.write_text(text.replace('form = "bell"\n', wrong + "\n"))
        again = replace(mine, presets=Presets((("built-in", shipped_presets()), ("own", tmp_path / "own"))))
        with pytest.raises(SettingInvalid, match=fact):
            asked(again, "wobblegong")


def test_patches_of_others_are_held_to_the_bounds(registry: ModelRegistry) -> None:
    good = patch(layer("impact", "wood"))
    wrong = [
        replace(good, layers=(replace(good.layers[0], form="cheese"),)),
        replace(good, layers=(replace(good.layers[0], voice="kazoo"),)),
        replace(good, layers=(replace(good.layers[0], settings=good.layers[0].settings[1:]),)),
        replace(good, mix=(SoundSetting("room", 1e9, 1e9), *good.mix[1:])),
        replace(good, layers=good.layers * 99),
    ]
    for one in wrong:
        with pytest.raises(InvalidInput):
            asked(registry, sound=SoundChoices(patch=one))
    assert patch_of(asked(registry, sound=SoundChoices(patch=good))) == good


def test_bad_sounds_are_found(registry: ModelRegistry) -> None:
    request = asked(registry)
    good = SynthEngine().render(request, 7, 0, ignore, never)
    assert check_content(good, request) == ()
    pcm = good.content.samples
    for bad, fact in (
        (pcm * 0, "silent"),
        (np.clip(pcm.astype(int) * 9, -32_767, 32_767).astype(np.int16), "clips"),
        (np.clip(pcm.astype(int) // 4 + 3_000, -32_767, 32_767).astype(np.int16), "its mean"),
        (pcm[:5], "5 samples"),
        (np.concatenate([pcm] * 9), "s long"),
    ):
        found = check_content(replace(good, content=replace(good.content, samples=bad)), request)
        assert any(fact in problem for problem in found), (fact, found)
