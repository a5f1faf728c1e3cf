"""Runs as a user meets them: trained, killed, resumed, used, and refused before the first step."""

import io
import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open

from audobon_cli.cli.main import run
from tests.conftest import Audobon, Engines

COMMON = ("--trigger", "zorv", "--preset", "quick", "--set", "batch=4", "--set", "measure_times=1")


def draw_set(folder: Path, count: int = 8) -> Path:
    """Small pictures of one look: stripes on a square that moves, named after colours."""
    folder.mkdir(exist_ok=True)
    names = ("red", "blue", "green", "gold", "pink", "grey", "white", "brown", "black", "purple")
    for place in range(count):
        pixels = np.zeros((32, 32, 4), dtype=np.uint8)
        pixels[4 + place : 24 + place // 2, 6:26] = (40 + 20 * place, 90, 200 - 20 * place, 255)
        pixels[6 + place : 22 : 3, 8:24, :3] = 250 - 9 * place
        Image.fromarray(pixels).save(folder / f"{names[place]}_box.png")
    return folder


def tensors(path: Path) -> dict[str, np.ndarray]:
    with safe_open(path, framework="np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def tells(line: str, event: tuple[str, int]) -> bool:
    """Whether a line of --events tells ``event``: a name, and the least step."""
    told = json.loads(line)
    return bool(told.get("event") == event[0] and told["step"] >= event[1])


class StandingStill(io.TextIOWrapper):
    """A stream of --events whose process stops, as a debugger stops it, when it has told ``event``."""

    def __init__(self, descriptor: int, event: tuple[str, int]) -> None:
        super().__init__(os.fdopen(descriptor, "wb"), encoding="utf-8")
        self._event: tuple[str, int] | None = event
        self._said = ""

    def write(self, text: str) -> int:
        self._said += text
        return super().write(text)

    def flush(self) -> None:
        super().flush()
        *lines, self._said = self._said.split("\n")
        if self._event is not None and any(tells(line, self._event) for line in lines):
            self._event = None
            os.kill(os.getpid(), signal.SIGSTOP)


def kill_behind(
    words: list[str],
    event: tuple[str, int],
    engines: Engines,
    pause: float | None = None,
    number: signal.Signals = signal.SIGKILL,
    said: list[str] | None = None,
) -> int:
    """Run ``words`` in a process of its own and send it ``number`` at the first ``event``: a name, and the least step
    that it tells; how it ended. It stands still until it is sent, unless that is ``pause`` seconds later. All lines go
    to ``said``."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 1)
        os.close(reading)
        sys.stdout = os.fdopen(1, "w") if pause is not None else StandingStill(1, event)
        os._exit(run([*words, "--events"], engines.factory))
    os.close(writing)
    sent = False
    with os.fdopen(reading) as lines:
        for line in lines:
            if said is not None:
                said.append(line)
            if not sent and tells(line, event):
                if pause is None:
                    assert os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1])
                else:
                    time.sleep(pause)
                os.kill(child, number)
                os.kill(child, signal.SIGCONT)
                sent = True
    assert sent, "it ended before it was killed"
    return os.waitpid(child, 0)[1]


def trained(audobon: Audobon, art: Path, name: str, steps: int) -> dict[str, Any]:
    settings = ("--set", f"steps={steps}", "--set", "measure_every=3", "--set", f"sample_every={steps}")
    settings += ("--sample", "red box")
    return audobon("train", "lora", str(art), "--name", name, *COMMON, *settings, "--json").data


@pytest.mark.posix
def test_killed_and_resumed_is_uninterrupted(audobon: Audobon, engines: Engines, tmp_path: Path) -> None:
    art = draw_set(tmp_path / "art")
    whole = trained(audobon, art, "whole", 7)
    one = tensors(Path(whole["folder"]) / "checkpoint.safetensors")  # moments and averages, too
    settings = ("--set", "steps=7", "--set", "measure_every=3", "--set", "sample_every=0")
    words = [
        "train",
        "lora",
        str(art),
        "--name",
        "killed",
        *COMMON,
        *settings,
        "--set",
        "checkpoint_seconds=0",
    ]
    for event in (("training_step", 5), ("checkpoint_written", 7)):
        assert kill_behind(words, event, engines) == signal.SIGKILL
        words = ["train", "resume", "killed"]
    parts = audobon("train", "show", "killed", "--json").data["run"]
    other = tensors(Path(parts["folder"]) / "checkpoint.safetensors")
    assert all(np.array_equal(one[name], other[name]) for name in {*one, *other})
    losses = audobon("train", "show", "whole", "--json").data["run"]["losses"]
    assert [entry["held_out"] for entry in parts["losses"]] == [entry["held_out"] for entry in losses]
    _check_files(Path(whole["folder"]))
    _check_use(audobon, whole)


def _check_files(folder: Path) -> None:
    """kohya's file by the plain arithmetic of its keys: up @ down x alpha / rank."""
    diffusers, kohya = (tensors(folder / f"{names}.safetensors") for names in ("diffusers", "kohya"))
    assert len(kohya) == len(diffusers) // 2 * 3
    layer = "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k"
    theirs = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k"
    down, up = kohya[f"{theirs}.lora_down.weight"], kohya[f"{theirs}.lora_up.weight"]
    change = up @ down * (float(kohya[f"{theirs}.alpha"]) / down.shape[0])
    assert np.abs(change).max() > 0
    assert np.array_equal(change, diffusers[f"{layer}.lora_B.weight"] @ diffusers[f"{layer}.lora_A.weight"])
    with safe_open(folder / "kohya.safetensors", framework="np") as file:
        notes = file.metadata()
    assert notes["modelspec.trigger_phrase"] == "zorv"
    assert notes["ss_network_dim"] == "8"
    assert notes["modelspec.thumbnail"].startswith("data:image/png;base64,")


def _check_use(audobon: Audobon, whole: dict[str, Any]) -> None:
    """The result is an asset that derives from its pictures, and a model with its trigger, strength and card."""
    asset = audobon("assets", "show", whole["result"]["asset"], "--json").data["asset"]
    assert (asset["kind"], asset["format"], asset["media"]["trigger"]) == ("lora", "safetensors", "zorv")
    made = audobon("generate", "red apple", "--style", "whole", "--seed", "3", "--quality", "draft", "--json")
    recipe = audobon("recipe", "show", made.data["assets"][0]["id"], "--json").data["recipe"]
    assert recipe["resolved_prompt"] == "zorv, red apple"
    assert recipe["composition"]["strength"] == whole["result"]["strength"]
    assert recipe["adapters"]["loras"][0]["name"] == "whole"
    assert recipe["dress"]
    assert recipe["style"] == "whole"


@pytest.mark.posix
@pytest.mark.slow
def test_ten_kills_change_nothing(audobon: Audobon, engines: Engines, tmp_path: Path) -> None:
    """The same, killed behind steps that chance chooses, between them and in measurements and samples."""
    art = draw_set(tmp_path / "art", 10)
    whole = trained(audobon, art, "whole", 40)
    settings = ("--set", "steps=40", "--set", "measure_every=3", "--set", "sample_every=0")
    chance = random.Random(20261130)
    words = [
        "train",
        "lora",
        str(art),
        "--name",
        "killed",
        *COMMON,
        *settings,
        "--set",
        "checkpoint_seconds=0",
    ]
    for step in sorted(chance.sample(range(1, 40), 10)):
        assert kill_behind(words, ("training_step", step), engines, chance.random() / 2) == signal.SIGKILL
        words = ["train", "resume", "killed"]
    parts = audobon("train", "resume", "killed", "--json").data
    folders = [Path(one["folder"]) for one in (whole, parts)]
    one, other = (tensors(folder / "diffusers.safetensors") for folder in folders)
    assert all(np.array_equal(one[name], other[name]) for name in one)
    again = audobon("reproduce", whole["result"]["asset"], "--json")
    assert again.data["counts"]["identical"] == 1


@pytest.mark.posix
def test_asked_to_stop_it_keeps_where_it_stands(audobon: Audobon, engines: Engines, tmp_path: Path) -> None:
    """SIGTERM: a checkpoint within the next steps, and the job is paused."""
    art = draw_set(tmp_path / "art")
    words = ["train", "lora", str(art), "--name", "stopped", *COMMON, "--set", "steps=500"]
    said: list[str] = []
    status = kill_behind(words, ("training_step", 2), engines, number=signal.SIGTERM, said=said)
    assert os.waitstatus_to_exitcode(status) == 130
    assert not any(tells(line, ("training_step", 5)) for line in said[:-1])
    found = audobon("train", "show", "stopped", "--json").data["run"]
    assert (found["state"], (Path(found["folder"]) / "checkpoint.safetensors").is_file()) == ("paused", True)
    assert audobon("train", "cancel", "stopped", "--forget", "--json").data["changed"]
    assert not Path(found["folder"]).exists()


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (("--name", "x", "--model", "synth"), "training.unsupported", "--model"),
        (("--name", "sprite"), "model.exists", "--name"),
        (("--name", "vivid"), "model.exists", "--name"),
        (("--name", "x", "--set", "rank=0"), "usage.invalid", "--set rank="),
        (("--name", "x", "--set", "speed=9"), "usage.invalid", "there are:"),
        (("--name", "x", "--preset", "quik"), "preset.not_found", "quick"),
        (("--trigger", "zorv"), "usage.invalid", "--name"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_the_first_step(
    words: tuple[str, ...], code: str, hint: str, audobon: Audobon, tmp_path: Path
) -> None:
    art = draw_set(tmp_path / "art")
    ran = audobon("train", "lora", str(art), *words, "--json")
    assert (ran.json["error"]["code"], hint in ran.json["error"]["hint"]) == (code, True)
    assert audobon("train", "list", "--json").data == {"runs": []}


def test_too_few_pictures_are_refused(audobon: Audobon, tmp_path: Path) -> None:
    art = draw_set(tmp_path / "art", 3)
    ran = audobon("train", "lora", str(art), "--name", "x", "--json")
    assert ran.status == 2
    assert ran.json["error"]["code"] == "usage.training_set"
    assert audobon("train", "show", "x", "--json").json["error"]["code"] == "training.run_not_found"
