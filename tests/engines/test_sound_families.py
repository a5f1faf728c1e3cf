"""Families that make sounds keep what every engine promises, and their samples are those of a bare call."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from audobon_cli.domain.errors import Interrupted, InvalidInput, ModelDamaged, ModelUnsupported
from audobon_cli.domain.events import Event, ModelLoaded, ModelLoading, StepDone, ignore
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.domain.sound import SoundChoices, SoundOutput
from audobon_cli.engines.base import never
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.diffusers.sounds import to_sound
from audobon_cli.engines.registry import predict_facts
from audobon_cli.generation.checks.registry import check_content
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.models.catalog import find_model
from audobon_cli.settings.settings import Settings
from tests.capabilities.probing import Bench, make_bench, tiny_registry
from tests.tiny_models.families import TINY_SOUNDS
from tests.tiny_models.sounds import as_published

SECONDS = 0.2

BARE: dict[str, dict[str, Any]] = {
    "audioldm": {"audio_length_in_s": SECONDS},
    "audioldm2": {"audio_length_in_s": SECONDS},
    "longcat-audio": {"audio_duration_s": SECONDS + 0.002},
    "stable-audio": {"audio_end_in_s": SECONDS},
    "stable-audio3": {"duration": SECONDS},
}
"""How a bare call is told the length; LongCat's counts in latents of 4 ms."""


def draw_plainly(folder: Path, family: str) -> np.ndarray:
    from diffusers import DiffusionPipeline
    from transformers import GPT2LMHeadModel

    more = {}
    if family == "audioldm2":
        more["language_model"] = GPT2LMHeadModel.from_pretrained(folder, subfolder="language_model")
    pipeline = DiffusionPipeline.from_pretrained(str(folder), **more)
    pipeline.set_progress_bar_config(disable=True)
    audio = pipeline(
        prompt="cute dragon",
        num_inference_steps=2,
        guidance_scale=4.0,
        generator=torch.Generator("cpu").manual_seed(7),
        output_type="np",
        **BARE[family],
    ).audios
    return np.atleast_2d(np.asarray(audio)[0])


def sing_plainly(folder: Path) -> np.ndarray:
    from transformers import AutoTokenizer, MusicgenForConditionalGeneration

    model = MusicgenForConditionalGeneration.from_pretrained(folder)
    words = AutoTokenizer.from_pretrained(folder)(["cute dragon"], return_tensors="pt")
    torch.manual_seed(7)
    # 250 codes a second; the second book of codes is one behind.
    return np.asarray(model.generate(**words, do_sample=True, guidance_scale=4.0, max_new_tokens=51))[0]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Bench]:
    engine = LocalEngine(device="cpu")
    return lambda family: make_bench(family, tmp_path_factory.mktemp("bench"), engine)


def asked(bench: Bench, **changes: Any) -> ResolvedRequest:
    return bench.request(guidance=4.0, **changes)


@pytest.mark.parametrize("family", TINY_SOUNDS)
def test_sounds_are_those_of_a_bare_call(make: Callable[[str], Bench], family: str) -> None:
    bench = make(family)
    request = asked(bench)
    rendered = bench.render(request)
    plain = sing_plainly(bench.folder) if family == "musicgen" else draw_plainly(bench.folder, family)
    rate = rendered.content.rate
    expected = to_sound(plain[:, : round(SECONDS * rate)], rate).content.samples
    assert np.array_equal(rendered.content.samples, expected)
    assert len(expected) == round(SECONDS * rate)
    assert check_content(rendered, request) == ()


@pytest.mark.parametrize("family", TINY_SOUNDS)
def test_a_seed_is_a_sound_and_every_step_is_told(make: Callable[[str], Bench], family: str) -> None:
    bench = make(family)
    request, events = asked(bench, count=3), list[Event]()
    engine = LocalEngine(device="cpu")
    run = [engine.render(request, seed, place, events.append, never) for place, seed in enumerate((7, 8, 9))]
    assert [type(event) for event in events[:2]] == [ModelLoading, ModelLoaded]
    alone = bench.render(replace(request, seed=9, count=1)).content.samples
    assert np.array_equal(alone, run[2].content.samples)
    assert not np.array_equal(run[0].content.samples, run[1].content.samples)
    told = [event for event in events if isinstance(event, StepDone) and event.index == 1]
    assert [event.step for event in told] == list(range(1, told[0].steps + 1))
    assert engine.load(request, ignore) in predict_facts("local", request, device="cpu")
    assert len(engine.render_together([(request, 7), (request, 8)], 0, ignore, never)) == 1


@pytest.mark.parametrize("family", ["musicgen", "stable-audio", "stable-audio3"])
def test_it_stops_at_the_next_step_and_the_next_sound_is_whole(
    make: Callable[[str], Bench], family: str
) -> None:
    bench = make(family)
    request, steps = asked(bench, steps=3), list[Event]()
    bench.engine.load(request, ignore)
    whole = bench.render(request).content.samples
    with pytest.raises(Interrupted):
        bench.engine.render(request, 7, 0, steps.append, lambda: len(steps) == 2)
    assert len(steps) == 2
    assert np.array_equal(bench.render(request).content.samples, whole)


def test_what_is_no_number_is_named_and_what_is_too_loud_is_made_quieter() -> None:
    wave = np.sin(np.linspace(0, 60, 2000, dtype=np.float32))[None]
    broken = wave.copy()
    broken[0, 5:8] = np.nan
    assert to_sound(broken, 2000).problems == ("values are not finite in 3 of 2000 samples",)
    loud = to_sound(wave * 4, 2000)
    assert loud.problems == ()
    assert abs(loud.content.samples).max() == 32_767
    quiet = to_sound(wave / 2, 2000).content.samples
    assert abs(quiet.astype(int) * 2 - loud.content.samples).max() <= 2


def test_lengths_are_held_to_what_the_files_say(make: Callable[[str], Bench]) -> None:
    for family, longest in (("stable-audio", 0.512), ("musicgen", 1.592), ("longcat-audio", 30.0)):
        rule = asked(make(family)).model.sound_rule
        assert rule is not None
        assert rule.longest == pytest.approx(longest)
        assert rule.usual == min(5.0, rule.longest)
        with pytest.raises(InvalidInput, match="outside"):
            asked(make(family), sound=SoundChoices(longest + 0.1))
    with pytest.raises(InvalidInput, match="outside"):
        asked(make("audioldm"), sound=SoundChoices(0.003))


def test_what_is_between_two_codes_is_cut(make: Callable[[str], Bench]) -> None:
    for family in ("musicgen", "longcat-audio"):
        bench = make(family)
        for seconds in (0.1, 0.1015, 0.123):
            made = bench.draw(sound=SoundChoices(seconds))
            assert len(made) == round(2000 * seconds)


def test_files_that_do_not_tell_their_sounds_are_damaged(tmp_path: Path) -> None:
    registry = tiny_registry(tmp_path / "presets")
    for family, part, key in (
        ("stable-audio", "vae", "sampling_rate"),
        ("musicgen", ".", "audio_encoder"),
        ("audioldm", "vocoder", "upsample_rates"),
    ):
        folder = shutil.copytree(TINY_SOUNDS[family].folder(), tmp_path / family)
        file = folder / part / "config.json"
        config = json.loads(file.read_text())
        file.write_text(json.dumps({**config, key: 0}))
        with pytest.raises(ModelDamaged, match="sounds"):
            find_model(str(folder), registry)


def test_the_output_says_how_much_disk_it_takes(make: Callable[[str], Bench]) -> None:
    output = asked(make("stable-audio")).output
    assert isinstance(output, SoundOutput)
    assert output.raw_bytes == 2 * 2 * 400


def test_stable_audio_open_is_drawn_with_its_published_scheduler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import diffusers
    from diffusers.utils import dummy_torch_and_torchsde_objects as without_torchsde
    from diffusers.utils import import_utils

    folder = as_published(shutil.copytree(TINY_SOUNDS["stable-audio"].folder(), tmp_path / "open"))
    registry = tiny_registry(tmp_path / "presets")
    asked = GenerationRequest("rain", model=str(folder), seed=7, steps=3, sound=SoundChoices(SECONDS))
    request = resolve(asked, Settings(), registry)
    engine = LocalEngine(device="cpu")
    first, again, other = (
        engine.render(request, seed, 0, ignore, never).content.samples for seed in (7, 7, 8)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert engine.load(request, ignore).scheduler == "CosineDPMSolverMultistepScheduler"
    name = "CosineDPMSolverMultistepScheduler"
    monkeypatch.setattr(diffusers, name, getattr(without_torchsde, name))
    monkeypatch.setitem(
        import_utils.BACKENDS_MAPPING, "torchsde", (lambda: False, import_utils.TORCHSDE_IMPORT_ERROR)
    )
    with pytest.raises(ModelUnsupported, match="torchsde") as caught:
        LocalEngine(device="cpu").load(request, ignore)
    assert "audobon-cli[stable-audio]" in caught.value.hint
