"""GGUF files at the command line: added, planned, chosen where memory is short, drawn with, named in recipes."""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from audobon_cli.hardware.gpu import Gpu
from audobon_cli.hardware.probe import probe
from audobon_cli.models import gguf as gguf_files
from audobon_cli.models.catalog import ModelSummary
from audobon_cli.models.files.gguf_types import UNPACKING_BYTES
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.vram import device_budget
from audobon_cli.vram.model_fit import Forecasts, ModelFit, assess
from audobon_cli.vram.shipped import ForecastData
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.tiny_models.families import TINY_FAMILIES
from tests.tiny_models.gguf_files import first_layout, own_layout, write_gguf

pytest.importorskip("gguf")

GIB, MIB = 2**30, 2**20
QUICK = ("--steps", "2", "--seed", "7", "--size", "64", "--json")


@pytest.fixture
def sd3(audobon: Audobon) -> Path:
    """A tiny Stable Diffusion 3, known as tiny-sd3."""
    folder = TINY_FAMILIES["sd3"].folder()
    assert audobon("models", "add", str(folder), "--name", "tiny-sd3").status == 0
    return folder


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Puts a card with that many bytes free into the machine, as far as plans can see."""

    def put(free: int) -> None:
        gpu = Gpu("NVIDIA GeForce RTX 4090", total_bytes=24 * GIB, free_bytes=free, driver="570.1")
        monkeypatch.setattr(device_budget, "graphics_cards", lambda: (gpu,))
        monkeypatch.setattr(device_budget, "_torch_for_processors", lambda: False)

    return put


def draw(audobon: Audobon, *argv: str) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    ran = audobon("generate", "cute dragon", *QUICK, *argv)
    assert ran.status == 0, ran.out
    with Image.open(ran.data["assets"][0]["path"]) as image:
        return np.asarray(image.convert("RGB")).astype(int), json.loads(image.info["audobon"])


def refusal(audobon: Audobon, *argv: str) -> dict[str, Any]:
    ran = audobon(*argv, "--json")
    assert ran.status in (2, 15, 23, 25), ran.out
    error: dict[str, Any] = ran.json["error"]
    assert error["hint"]
    return error


def test_a_file_stands_in_for_the_transformer_and_is_in_the_recipe(
    audobon: Audobon, sd3: Path, tmp_path: Path
) -> None:
    own, plain = draw(audobon, "--model", "tiny-sd3")
    file = first_layout(sd3, tmp_path / "small.gguf")
    packed, recipe = draw(audobon, "--model", "tiny-sd3", "--component", f"transformer={file}")
    assert (packed != own).any()
    assert abs(packed - own).mean() < 4  # 8 bits a weight: nearly the same picture
    assert len(recipe["components"]["transformer"]["digest"]) == 64
    assert recipe["model_digest"] == plain["model_digest"]
    assert recipe["dtype"] == plain["dtype"]
    coarse = first_layout(sd3, tmp_path / "coarse.gguf", "Q4_0")
    other, changed = draw(audobon, "--model", "tiny-sd3", "--component", f"transformer={coarse}")
    assert (other != packed).any()
    assert changed["components"]["transformer"]["digest"] != recipe["components"]["transformer"]["digest"]


def test_a_file_is_a_model_with_the_rest_of_one_at_hand(audobon: Audobon, sd3: Path, tmp_path: Path) -> None:
    file = first_layout(sd3, tmp_path / "small.gguf")
    by_part, _ = draw(audobon, "--model", "tiny-sd3", "--component", f"transformer={file}")
    by_path, recipe = draw(audobon, "--model", str(file))
    assert (by_path == by_part).all()
    added = audobon("models", "add", str(file), "--name", "packed", "--json")
    assert added.status == 0, added.out
    by_name, same = draw(audobon, "--model", "packed")
    assert (by_name == by_part).all()
    assert same["model_digest"] == recipe["model_digest"]
    listed = audobon("models", "list", "--json").data["models"]
    assert next(model for model in listed if model["name"] == "packed")["state"] == "ready"
    assert audobon("models", "show", "packed").status == 0
    assert audobon("models", "verify", "packed").status == 0
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    assert refusal(audobon, "generate", "x", "--model", "packed")["code"] == "model.altered"


@pytest.mark.parametrize("strategy", ["model-offload", "group-leaf-stream", "group-block", "sequential"])
def test_every_way_of_holding_weights_draws_the_same(
    audobon: Audobon, sd3: Path, tmp_path: Path, strategy: str
) -> None:
    file = first_layout(sd3, tmp_path / "small.gguf")
    part = ("--model", "tiny-sd3", "--component", f"transformer={file}")
    expected, _ = draw(audobon, *part)
    found, recipe = draw(audobon, *part, "--strategy", strategy)
    assert (found == expected).all()
    assert recipe["strategy"] == strategy


def test_a_file_at_hand_is_a_strategy(audobon: Audobon, sd3: Path, tmp_path: Path) -> None:
    file = first_layout(sd3, tmp_path / "small.gguf")
    assert audobon("models", "add", str(file), "--name", "packed").status == 0
    expected, _ = draw(audobon, "--model", "tiny-sd3", "--component", "transformer=packed")
    found, recipe = draw(audobon, "--model", "tiny-sd3", "--strategy", "gguf")
    assert (found == expected).all()
    assert recipe["strategy"] == "gguf"
    assert recipe["components"]["transformer"]["source"] == "packed"
    plan = audobon("generate", "x", *QUICK, "--model", "tiny-sd3", "--strategy", "gguf", "--plan").data[
        "plan"
    ]
    assert plan["requests"][0]["packed"] == "packed"


def test_rows_of_a_batch_are_drawn_with_the_file(audobon: Audobon, sd3: Path, tmp_path: Path) -> None:
    file = first_layout(sd3, tmp_path / "small.gguf")
    assert audobon("models", "add", str(file), "--name", "packed").status == 0
    rows = tmp_path / "rows.txt"
    rows.write_text("cute dragon\nred apple\n")
    options = (*QUICK, "--model", "tiny-sd3", "--strategy", "gguf")
    ran = audobon("generate", "--batch", str(rows), *options)
    assert ran.status == 0, ran.out
    for asset in audobon("assets", "list", "--json").data["assets"]:
        shown = audobon("assets", "show", asset["id"], "--json").data["asset"]
        assert shown["recipe"]["components"]["transformer"]["source"] == "packed"


def test_without_a_file_the_strategy_is_refused(audobon: Audobon, sd3: Path) -> None:
    error = refusal(audobon, "generate", "x", *QUICK[:-1], "--model", "tiny-sd3", "--strategy", "gguf")
    assert "no GGUF file at hand" in error["message"]
    assert "models add" in error["hint"]


def test_where_memory_is_short_the_file_is_chosen(
    audobon: Audobon, fake_engine: FakeEngine, card: Callable[[int], None], tmp_path: Path
) -> None:
    """A card with room for all but a native transformer, which is wide enough here to matter."""
    folder = _wide_sd3(tmp_path / "wide")
    assert audobon("models", "add", str(folder), "--name", "wide").status == 0
    file = first_layout(folder, tmp_path / "wide.gguf", "Q4_0")
    assert audobon("models", "add", str(file), "--name", "packed").status == 0

    def plan(*argv: str) -> dict[str, Any]:
        made = audobon("generate", "x", *QUICK, "--model", "wide", "--plan", *argv)
        assert made.status == 0, made.out
        request: dict[str, Any] = made.data["plan"]["requests"][0]
        return request

    card(4 * GIB)
    roomy = plan()
    assert (roomy["strategy"], roomy["packed"]) == ("full", None)
    float8, packed = (plan("--strategy", name)["minimum_bytes"] for name in ("float8", "gguf"))
    assert packed < float8 < roomy["minimum_bytes"]
    card(GIB // 2 + 128 * MIB + (packed + float8) // 2)
    tight = plan()
    assert (tight["strategy"], tight["packed"]) == ("gguf", "packed")
    _, recipe = draw(audobon, "--model", "wide")
    assert recipe["strategy"] == "gguf"
    assert recipe["components"]["transformer"]["source"] == "packed"


def _wide_sd3(folder: Path) -> Path:
    import torch
    from diffusers import DiffusionPipeline, SD3Transformer2DModel

    pipeline = DiffusionPipeline.from_pretrained(str(TINY_FAMILIES["sd3"].folder()))
    config = dict(pipeline.transformer.config) | {"num_attention_heads": 128, "caption_projection_dim": 1024}
    torch.manual_seed(0)
    pipeline.transformer = SD3Transformer2DModel(**config)
    pipeline.save_pretrained(str(folder))
    return folder


def test_files_for_something_else_are_refused(audobon: Audobon, sd3: Path, tmp_path: Path) -> None:
    flux = own_layout("flux", tmp_path / "flux.gguf")
    part = ("generate", "x", *QUICK[:-1], "--model", "tiny-sd3", "--component")
    assert "and a SD3Transformer2DModel of" in refusal(audobon, *part, f"transformer={flux}")["message"]
    assert "not a vae" in refusal(audobon, *part, f"vae={flux}")["message"]
    assert "no checkpoint of a layout" in refusal(audobon, "generate", "x", "--model", str(flux))["message"]
    assert audobon("models", "add", str(TINY_FAMILIES["flux"].folder()), "--name", "tiny-flux").status == 0
    small = first_layout(sd3, tmp_path / "small.gguf")
    other = ("generate", "x", *QUICK[:-1], "--model", "tiny-flux", "--component", f"transformer={small}")
    assert "FluxTransformer2DModel is needed" in refusal(audobon, *other)["message"]
    found, _ = draw(audobon, "--model", "tiny-flux", "--component", f"transformer={flux}")
    assert found.shape == (64, 64, 3)


def test_torn_and_odd_files_are_refused(audobon: Audobon, sd3: Path, tmp_path: Path) -> None:
    file = first_layout(sd3, tmp_path / "small.gguf")
    torn = tmp_path / "torn.gguf"
    torn.write_bytes(file.read_bytes()[:-999])
    for argv in (
        ("models", "add", str(torn)),
        ("generate", "x", "--model", str(torn)),
        ("generate", "x", *QUICK[:-1], "--model", "tiny-sd3", "--component", f"transformer={torn}"),
        ("vram", "plan", str(torn), "--budget", "2GB"),
    ):
        error = refusal(audobon, *argv)
        assert error["code"] == "model.damaged", argv
        assert "truncated" in error["message"]
    weights = sd3 / "transformer" / "diffusion_pytorch_model.safetensors"
    odd = write_gguf(weights, tmp_path / "odd.gguf", odd="transformer_blocks.0.attn.to_q.bias")
    error = refusal(
        audobon, "generate", "x", *QUICK[:-1], "--model", "tiny-sd3", "--component", f"transformer={odd}"
    )
    assert "no matrix" in error["message"]


def test_a_type_that_diffusers_cannot_unpack_is_named(
    audobon: Audobon, sd3: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = first_layout(sd3, tmp_path / "small.gguf")
    monkeypatch.setattr(gguf_files, "UNPACKING_BYTES", {"Q4_K": UNPACKING_BYTES["Q4_K"]})
    assert (
        "Q8_0, which diffusers cannot unpack"
        in refusal(audobon, "generate", "x", "--model", str(file))["message"]
    )


def test_without_the_package_it_is_named(
    audobon: Audobon, sd3: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = first_layout(sd3, tmp_path / "small.gguf")
    find = importlib.util.find_spec
    missing: Callable[..., Any] = lambda name, *rest: None if name == "gguf" else find(name, *rest)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", missing)
    error = refusal(audobon, "generate", "x", "--model", str(file))
    assert error["hint"] == "pip install 'audobon-cli[gguf]'"


def test_a_plan_of_a_file_needs_no_model_at_hand(
    audobon: Audobon, card: Callable[[int], None], tmp_path: Path
) -> None:
    """The header of FLUX.1 dev as published, with its tensors' places, over a file of holes."""
    file = tmp_path / "flux1-dev-Q4_0.gguf"
    _write_hollow_flux(file)
    card(14 * GIB)
    plan = audobon("vram", "plan", str(file), "--json").data
    assert plan["choice"] == "group-block-stream"
    native = audobon("vram", "plan", "flux-dev", "--json").data
    assert native["choice"] == "group-block-stream"


@pytest.mark.slow  # it reads seven gigabytes of nothing
def test_a_file_at_hand_is_weighed_beside_the_published_model(
    audobon: Audobon, card: Callable[[int], None], tmp_path: Path
) -> None:
    other = tmp_path / "q4.gguf"
    _write_hollow_flux(other)
    card(14 * GIB)
    assert audobon("models", "add", str(other), "--name", "q4").status == 0
    at_hand = audobon("vram", "plan", "flux-dev", "--all", "--json").data
    names = {strategy["name"] for strategy in at_hand["strategies"]}
    assert {"gguf", "model-offload-gguf"} <= names
    assert "gguf-q8_0" not in names
    assert (at_hand["choice"], at_hand["file"]) == ("model-offload-gguf", "q4")
    assert "q4" in audobon("vram", "plan", "flux-dev").out


def _write_hollow_flux(file: Path) -> None:
    """The names and shapes of FLUX.1 dev's first layout, every matrix as Q4_0, without bytes behind them."""
    gguf = pytest.importorskip("gguf")
    width = 3072
    shapes = {
        "img_in.weight": (width, 64),
        "txt_in.weight": (width, 4096),
        "guidance_in.in_layer.weight": (width, 256),
        "final_layer.linear.weight": (64, width),
    }
    for block in range(19):
        for side in ("img", "txt"):
            name = f"double_blocks.{block}.{side}"
            shapes |= {
                f"{name}_attn.qkv.weight": (3 * width, width),
                f"{name}_attn.proj.weight": (width, width),
                f"{name}_mod.lin.weight": (6 * width, width),
                f"{name}_mlp.0.weight": (4 * width, width),
                f"{name}_mlp.2.weight": (width, 4 * width),
                f"{name}_attn.norm.key_norm.scale": (128,),
            }
    for block in range(38):
        shapes |= {
            f"single_blocks.{block}.linear1.weight": (7 * width, width),
            f"single_blocks.{block}.linear2.weight": (width, 5 * width),
            f"single_blocks.{block}.modulation.lin.weight": (3 * width, width),
        }
    writer = gguf.GGUFWriter(str(file), "flux")
    kinds = {1: gguf.GGMLQuantizationType.F32, 2: gguf.GGMLQuantizationType.Q4_0}
    end = 0
    for name, shape in shapes.items():
        size = int(np.prod(shape)) * (4 if len(shape) == 1 else 18 / 32)
        stored = shape if len(shape) == 1 else (shape[0], shape[1] // 32 * 18)
        kind = kinds[len(shape)]
        writer.add_tensor_info(
            name, stored, np.dtype(np.uint8 if len(shape) > 1 else np.float32), int(size), kind
        )
        end += -(-int(size) // 32) * 32
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    with file.open("r+b") as opened:
        begin = -(-opened.seek(0, 2) // 32) * 32
        opened.truncate(begin + end)


def test_a_list_does_not_take_a_file_for_the_published_model(tmp_path: Path) -> None:
    presets = Presets((("built-in", shipped_presets()),))
    forecasts = Forecasts(ForecastData(shipped_presets()), presets, shipped_presets())
    gpu = Gpu("NVIDIA GeForce RTX 3060", total_bytes=12 * GIB, free_bytes=12 * GIB, driver="570.1")
    machine = replace(probe(), gpus=(gpu,))
    whole = ModelSummary("flux-dev", "flux", "", "", tmp_path, 0, "", "", "ready")
    packed = replace(whole, name="q4", kind="denoiser")
    found = assess((whole, packed), machine, forecasts)
    assert found["flux-dev"].answer is ModelFit.OFFLOAD
    assert found["q4"].answer is ModelFit.UNKNOWN
