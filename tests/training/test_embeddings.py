"""Embeddings (textual inversion) of SD 1.5 and SDXL in small: trained, gone on with, read by diffusers, used."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from audobon_cli.domain.model import Model
from audobon_cli.training.networks.checkpoints import load_checkpoint, save_checkpoint
from audobon_cli.training.networks.files import file_tensors, written
from audobon_cli.training.networks.forecast import forecast_training
from audobon_cli.training.networks.steps import Trainer
from audobon_cli.training.pictures.training_set import TrainingPicture, TrainingSet, training_set
from audobon_cli.training.run import TrainingRun
from audobon_cli.training.settings import TrainingSettings
from tests.conftest import Audobon
from tests.tiny_models.families import TINY_FAMILIES
from tests.training.test_families import CAPTIONS, SETTINGS, drawn, models, pictures, trainer_of
from tests.training.test_forecast import recorded
from tests.training.test_runs import draw_set

__all__ = ["models", "pictures"]

WORD = "zorv-look"
OWN = replace(
    SETTINGS, method="embedding", word=WORD, vectors=2, initial="owl", caption_dropout=0.0, rate=0.5, steps=4
)


@pytest.fixture(scope="module")
def called(pictures: TrainingSet) -> TrainingSet:
    """The set with the word in its captions."""
    return training_set(
        TrainingPicture(one.digest, one.name, caption.replace("zorv", WORD), 48, 48, True)
        for one, caption in zip(pictures.pictures, CAPTIONS, strict=True)
    )


def go_on(trainer: Trainer) -> Trainer:
    while not trainer.over:
        trainer.advance()
    return trainer


@pytest.mark.parametrize("family", ["sd15", pytest.param("sdxl", marks=pytest.mark.slow)])
def test_the_word_alone_is_learnt_gone_on_with_and_read_by_diffusers(
    models: Callable[[str], Model], called: TrainingSet, tmp_path: Path, family: str
) -> None:
    from diffusers import DiffusionPipeline

    trainer = trainer_of(models(family), called, OWN)
    trainer.judge(trainer.measure())
    first = trainer_of(models(family), called, OWN)
    first.judge(first.measure())
    first.advance()
    save_checkpoint(first, tmp_path / "run", "a run")
    second = trainer_of(models(family), called, OWN)
    assert load_checkpoint(second, tmp_path / "run", "a run")
    whole, resumed = go_on(trainer), go_on(second)
    assert all(
        torch.equal(value, resumed.layers.values()[name]) for name, value in whole.layers.values().items()
    )

    files = file_tensors(whole.trainable, whole.layers, whole.averages)
    (tmp_path / "word.safetensors").write_bytes(written(files["embedding"], {}))
    vectors = load_file(tmp_path / "word.safetensors")
    assert set(vectors) == ({WORD} if family == "sd15" else {"clip_l", "clip_g"})
    assert all(len(value) == 2 for value in vectors.values())

    pipeline: Any = whole.trainable.pipeline
    prompt = f"{WORD}, an owl"
    with whole.layers.holding(whole.averages):
        expected = drawn(pipeline, prompt)
    with whole.layers.switched_off():
        assert np.abs(drawn(pipeline, prompt) - expected).max() > 10
    fresh = DiffusionPipeline.from_pretrained(models(family).folder)
    before = drawn(fresh, "an owl")
    for key, value in vectors.items():
        ending = "_2" if key == "clip_g" else ""
        fresh.load_textual_inversion(
            {WORD: value},
            text_encoder=getattr(fresh, f"text_encoder{ending}"),
            tokenizer=getattr(fresh, f"tokenizer{ending}"),
        )
    assert np.abs(drawn(fresh, prompt) - expected).max() <= 1
    assert np.abs(drawn(pipeline, "an owl") - before).max() == 0  # the rest of the model is as it was


@pytest.mark.parametrize("family", ["sd15", pytest.param("sdxl", marks=pytest.mark.slow)])
def test_the_peak_is_foretold_within_a_tenth(
    models: Callable[[str], Model], called: TrainingSet, family: str
) -> None:
    settings = replace(OWN, batch=4, gradient_checkpointing=family == "sdxl")
    told = forecast_training(models(family), settings)
    trainer = trainer_of(models(family), called, settings)
    assert told.numbers == trainer.layers.count
    assert told.peak == pytest.approx(recorded(trainer), rel=0.1)


def test_runs_of_loras_keep_the_digest_of_before_there_were_embeddings(called: TrainingSet) -> None:
    """Else no checkpoint of an older version could be gone on from."""

    def digest(settings: TrainingSettings) -> str:
        return TrainingRun("x", "m", "d", settings, called).digest

    assert digest(replace(SETTINGS, vectors=3, initial="art")) == digest(SETTINGS)
    assert digest(replace(OWN, vectors=3)) != digest(OWN) != digest(SETTINGS)


def test_it_is_trained_filed_and_used_by_its_name(audobon: Audobon, tmp_path: Path) -> None:
    art, model = draw_set(tmp_path / "art", 5), str(TINY_FAMILIES["sd15"].folder())
    words = ("train", "embedding", str(art), "--name", WORD, "--model", model, "--preset", "quick")
    words += ("--set", "side=64", "--set", "steps=2", "--set", "measure_times=1", "--set", "sample_every=0")
    plan = audobon(*words, "--plan", "--json").data
    done = audobon(*words, "--json").data
    count = plan["parameters"]
    assert (done["trigger"], done["result"]["parameters"], done["result"]["layers"]) == (WORD, count, 1)
    assert set(done["result"]["files"]) == {"embedding"}
    asset = audobon("assets", "show", done["result"]["asset"], "--json").data["asset"]
    assert (asset["kind"], asset["media"]["rank"], asset["media"]["trigger"]) == ("embedding", 4, WORD)
    ask = (
        "generate",
        "a boat",
        "--model",
        model,
        "--embedding",
        WORD,
        "--size",
        "64",
        "--steps",
        "2",
        "--json",
    )
    made = audobon(*ask).data["assets"][0]["id"]
    recipe = audobon("recipe", "show", made, "--json").data["recipe"]
    assert recipe["resolved_prompt"].startswith(f"{WORD}, a boat")
    again = audobon("reproduce", asset["id"], "--json").data
    assert again["counts"]["identical"] == 1, again
    out = audobon("train", "export", WORD, "--out", str(tmp_path), "--json").data["files"]
    assert [Path(one["path"]).name for one in out] == [f"{WORD}.safetensors"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--name", "x-look"), "training.unsupported"),
        (("--name", "x-look", "--trigger", "y"), "usage.invalid"),
        (("--name", "x-look", "--model", "SD", "--set", "word=y"), "usage.invalid"),
        (("--name", "o", "--model", "SD"), "usage.invalid"),
    ],
)
def test_what_is_no_new_word_is_refused(
    words: tuple[str, ...], code: str, audobon: Audobon, tmp_path: Path
) -> None:
    model = str(TINY_FAMILIES["sd15"].folder())
    art = draw_set(tmp_path / "art", 5)
    ran = audobon("train", "embedding", str(art), *(model if one == "SD" else one for one in words), "--json")
    assert ran.json["error"]["code"] == code
    assert audobon("train", "list", "--json").data == {"runs": []}
