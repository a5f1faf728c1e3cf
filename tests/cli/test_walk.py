"""What a newcomer meets on a walk through the commands: words that name what to do next, and are true."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from audobon_cli.domain.errors import SettingInvalid
from audobon_cli.generation.timeout import TimeLimit
from audobon_cli.generation.unfamiliar import unfamiliar
from audobon_cli.library.store.library import Library
from audobon_cli.presets.catalog import PACKAGE
from audobon_cli.queue.model import JobProgress
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.store.workers import JobWorkers
from audobon_cli.settings.settings import load_settings
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine


def _damage(audobon: Audobon, name: str) -> Path:
    path = Path(audobon("assets", "show", name, "--json").data["asset"]["path"])
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return path


def _id(audobon: Audobon) -> str:
    return str(audobon("assets", "show", "iron_sword", "--json").data["asset"]["id"])


def test_verify_names_the_asset_its_file_and_the_way_to_heal_it(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    audobon("generate", "iron sword")
    path = _damage(audobon, "iron_sword")
    ran = audobon("assets", "verify")
    assert ran.status == 21
    assert f"damaged: iron_sword ({_id(audobon)}): {path}" in ran.out
    assert "1 stored file is damaged: iron_sword." in ran.err
    assert "audobon assets verify --repair-from" in ran.err
    path.unlink()
    ran = audobon("assets", "verify")
    assert ran.status == 22
    assert "missing: iron_sword" in ran.out
    found = audobon("assets", "verify", "--json")
    assert found.data["missing"][0]["names"] == ["iron_sword"]
    assert found.data["missing"][0]["file"] == str(path)


def test_pictures_of_one_run_have_names_of_their_own(audobon: Audobon, fake_engine: FakeEngine) -> None:
    made = audobon("generate", "iron sword", "--count", "3", "--seed", "7", "--json").data["assets"]
    assert [asset["name"] for asset in made] == ["iron_sword", "iron_sword-2", "iron_sword-3"]
    assert audobon("assets", "show", "iron_sword-2").status == 0
    audobon("generate", "iron sword", "--seed", "99")
    ran = audobon("assets", "show", "iron_sword")
    assert ran.status == 12
    assert all(asset in ran.err for asset in (made[0]["id"][:10], "seed 99", "assets rename"))


def test_the_limit_of_time_that_was_passed_is_named(
    audobon: Audobon, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = audobon("generate", "cat", "--plan", "--json").data["plan"]["requests"][0]
    assert plan["timeout_seconds"] == 300
    monkeypatch.setenv("AUDOBON_TIMEOUT", "77")
    plan = audobon("generate", "cat", "--plan", "--json").data["plan"]["requests"][0]
    assert plan["timeout_seconds"] == 77
    plan = audobon("generate", "cat", "--timeout", "5", "--plan", "--json").data["plan"]["requests"][0]
    assert plan["timeout_seconds"] == 5
    limit = TimeLimit(1.0, lambda: False)
    assert "that --timeout allows" in limit.error("ultra", "--timeout").message
    assert "that quality ultra allows" in limit.error("ultra").message


def test_comfyui_has_a_limit_of_its_own_in_the_milliseconds_of_others() -> None:
    loaded = load_settings(Path("none"), None, {"COMFYUI_TIMEOUT": "1200000", "AUDOBON_TIMEOUT": "60"})
    assert (loaded.values.comfyui_timeout, loaded.values.timeout) == (1200.0, 60.0)
    assert loaded.sources["comfyui_timeout"] == "COMFYUI_TIMEOUT"
    with pytest.raises(SettingInvalid):
        load_settings(Path("none"), None, {"COMFYUI_TIMEOUT": "soon"})


def test_events_tell_the_run_and_what_is_left_of_it(audobon: Audobon, fake_engine: FakeEngine) -> None:
    ran = audobon("generate", "cat", "--count", "2", "--seed", "3", "--steps", "4", "--events")
    lines = [json.loads(line) for line in ran.out.splitlines()][:-1]
    assert len({line["run"] for line in lines}) == 1
    steps = [line for line in lines if line["event"] == "step"]
    assert [step["percent"] for step in steps] == [12.5, 25.0, 37.5, 50.0, 62.5, 75.0, 87.5, 100.0]
    assert steps[0]["remaining_seconds"] >= steps[-1]["remaining_seconds"] == 0.0


def test_a_log_that_cannot_be_written_costs_nothing_else(audobon: Audobon, isolation: Path) -> None:
    log = Path(audobon("config", "path", "log").out.strip())
    log.unlink()
    log.mkdir()
    assert audobon("presets", "list").status == 0


def test_the_library_alone_can_take_a_picture(audobon: Audobon, fake_engine: FakeEngine) -> None:
    ran = audobon("generate", "cat", "--library-only")
    assert audobon("assets", "show", ran.out.strip()).status == 0
    assert not list(Path().glob("*.png"))
    assert audobon("generate", "cat", "--library-only", "--out", "a.png").status == 2


@pytest.mark.parametrize("model", ["sdxl", "z-image-turbo", "qwen-image"])
def test_a_model_that_is_not_here_can_be_planned(audobon: Audobon, model: str) -> None:
    forecast = audobon("vram", "plan", model, "--budget", "90GB", "--json").data
    assert forecast["choice"] is not None
    assert forecast["download"]["bytes"] > 5e9
    if model == "sdxl":  # of the others float32 would be traced now, with torch
        ran = audobon("generate", "castle", "--model", model, "--plan", "--json")
        (request,) = ran.data["plan"]["requests"]
        assert (request["model"], request["download"]["bytes_are"]) == (model, "about")
        assert request["peak_bytes"] > 10e9
    assert audobon("generate", "castle", "--model", model).status == 13


def test_a_commit_has_the_name_of_the_account_where_no_variable_has_it(
    audobon: Audobon, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("USER", "USERNAME", "LOGNAME"):
        monkeypatch.delenv(name, raising=False)
    audobon("generate", "cat")
    audobon("version", "commit", "-m", "one")
    commit = audobon("version", "log", "--json").data["commits"][0]
    pwd = pytest.importorskip("pwd", reason="of what only POSIX has")
    assert commit["author"] == pwd.getpwuid(os.getuid()).pw_name


def test_a_revert_is_called_so(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("generate", "cat")
    audobon("version", "commit", "-m", "one")
    audobon("generate", "dog")
    audobon("version", "commit", "-m", "two")
    assert "Reverted as" in audobon("version", "revert", "HEAD").err


def test_a_style_outside_of_the_contract_is_said_in_words(audobon: Audobon, fake_engine: FakeEngine) -> None:
    Path("audobon.toml").write_text('[contract]\nstyles = ["flat"]\n', encoding="utf-8")
    ran = audobon("generate", "cat", "--style", "pixel")
    assert "its style is none of the contract's" in ran.err
    assert "style is 1" not in ran.err


@pytest.mark.parametrize(
    ("prompt", "words", "meant", "whole"),
    [
        ("drgaon", ("drgaon",), ("dragon",), True),
        ("a red drgaon", ("drgaon",), ("dragon",), False),
        ("asdf qwertz", ("asdf", "qwertz"), ("", ""), True),
    ],
)
def test_words_that_mean_nothing_are_told(
    prompt: str, words: tuple[str, ...], meant: tuple[str, ...], whole: bool
) -> None:
    found = unfamiliar(prompt)
    assert found is not None
    assert (found.words, found.meant, found.all) == (words, meant, whole)


@pytest.mark.parametrize(
    "prompt",
    [
        "cute dragon",
        "(blue:1.4) ghost",
        "mossy stones",
        "glowing ironsword",
        "16-bit hero",
        "wizard's hat",
        "über",
    ],
)
def test_words_of_everyday_are_not(prompt: str) -> None:
    assert unfamiliar(prompt) is None


def test_a_misspelt_prompt_is_told_before_it_is_drawn(audobon: Audobon, fake_engine: FakeEngine) -> None:
    ran = audobon("generate", "drgaon")
    assert "drgaon (dragon?)" in ran.err
    assert ran.status == 0


def test_a_copy_of_the_built_in_model_is_known_as_one(audobon: Audobon, fake_engine: FakeEngine) -> None:
    if not (PACKAGE / "builtin" / "sprite" / "unet" / "config.json").is_file():
        pytest.skip("the built-in model is not in this checkout")
    shutil.copytree(PACKAGE / "builtin" / "sprite", "copy")
    added = audobon("models", "add", "copy", "--name", "mine", "--json").data
    assert (added["model"]["family"], added["needs"]) == ("sprite", [])
    assert audobon("generate", "cat", "--model", "mine", "--style", "vivid").status == 0
    weights = Path("copy/vae/diffusion_pytorch_model.safetensors")
    weights.chmod(0o644)
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    ran = audobon("models", "verify", "mine")
    assert ran.status == 25
    assert "models pull mine" not in ran.err
    assert "copy it to " in ran.err


def test_an_adapter_says_which_model_it_needs(audobon: Audobon) -> None:
    lora_file(Path("ink.safetensors"), width=2048)
    ran = audobon("models", "add", "ink.safetensors")
    assert ran.status == 0
    assert "no model here is of that kind: `audobon models pull sdxl`" in ran.err


def lora_file(path: Path, width: int) -> None:
    """A LoRA for one cross-attention of a UNet that reads text states of ``width``."""
    name = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
    tensors = {
        f"{name}.lora_A.weight": np.zeros((4, width), dtype=np.float32),
        f"{name}.lora_B.weight": np.zeros((640, 4), dtype=np.float32),
    }
    save_file(tensors, path)


def test_the_phase_of_a_running_job_is_shown(audobon: Audobon) -> None:
    audobon("queue", "add", "cat", "--seed", "1")
    jobs = JobStore(Library.open(Path.home() / ".local/share/audobon/library").database)
    with JobWorkers(jobs).register("", "local") as me:
        (job,) = jobs.claim(me.id, 1)
        for progress, words in (
            (JobProgress(doing="preparing"), "cat: preparing"),
            (JobProgress(doing="loading"), "cat: loading"),
            (JobProgress(0, 1, 5, 10, doing="drawing"), "cat: drawing 50 %, step 5 of 10"),
        ):
            jobs.beat(me.id, job.number, progress, None)
            shown = audobon("queue", "status").out
            assert words in shown
            assert "best device" not in shown
