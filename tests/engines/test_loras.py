"""LoRAs in the local engine: what is added, what is refused, what is told, and how they go with everything else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from audobon_cli.domain.adapters import AdapterChoices, LoraChoice
from audobon_cli.domain.errors import AdapterUnfit
from audobon_cli.domain.events import Event, Warned
from audobon_cli.domain.inputs import TileAxes
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.vram.strategies import strategy_named
from tests.capabilities.probing import Bench, Pixels, make_bench
from tests.lora_dialects import arithmetic
from tests.lora_dialects import spellings as names
from tests.lora_dialects.dialects.dialect import CONVOLUTIONS, PEFT, Dialect
from tests.lora_dialects.measuring import with_weights, write
from tests.tiny_models.adapters import save

QUERY = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
KOHYA = "lora_unet_" + QUERY.replace(".", "_")


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(device="cpu")


@pytest.fixture
def bench_of(tmp_path: Path, engine: LocalEngine) -> Callable[[str], Bench]:
    return lambda family: make_bench(family, tmp_path / "bench", engine)


def draw(bench: Bench, *files: tuple[Path, float], events: list[Event] | None = None, **more: Any) -> Pixels:
    choices = AdapterChoices(loras=tuple(LoraChoice(str(file), weight) for file, weight in files))
    request = replace(bench.request(adapters=choices), **more)
    listen = (lambda event: None) if events is None else events.append
    return np.asarray(bench.engine.render(request, request.seed, 0, listen, lambda: False).image)


def pair(rank: int = 4, size: float = 0.3, out: int = 32, into: int = 32) -> dict[str, Tensor]:
    noise = torch.Generator().manual_seed(5)
    return {
        ".lora_down.weight": torch.randn(rank, into, generator=noise) * size,
        ".lora_up.weight": torch.randn(out, rank, generator=noise) * size,
    }


def layer(name: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name + ending: tensor for ending, tensor in tensors.items()}


def warnings_of(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Warned)]


FOREIGN = {
    "OFT": {".oft_blocks": torch.zeros(4, 8, 8), ".alpha": torch.tensor(1.0)},
    "BOFT": {".boft_R": torch.zeros(1, 4, 8, 8)},
    "IA3": {".weight": torch.zeros(32, 1), ".on_input": torch.tensor(False)},
    "GLoRA": {f".{one}{two}.weight": torch.zeros(4, 4) for one in "ab" for two in "12"},
    "VeRA": {".vera_lambda_b": torch.zeros(32)},
    "word embeddings": {".lora_embedding_A": torch.zeros(4, 300), ".lora_embedding_B": torch.zeros(32, 4)},
    "several pieces": {".lora_down.0.weight": torch.zeros(4, 32), ".lora_up.0.weight": torch.zeros(32, 4)},
    "kind of PEFT": {".hra_u": torch.zeros(32, 4)},
    "tensor": {".something_new": torch.zeros(3)},
    "Stable Cascade": {},
    "bundled": {},
    "two changes": {".lora_A.one.weight": torch.zeros(4, 32), ".lora_A.two.weight": torch.zeros(4, 32)},
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_not_computed_is_refused_by_its_name_before_anything_is_loaded(
    bench_of: Callable[[str], Bench], tmp_path: Path, kind: str
) -> None:
    tensors = layer(KOHYA, {**FOREIGN[kind]}) | layer(f"{KOHYA[:-4]}to_k", pair())
    if kind == "Stable Cascade":
        tensors |= layer("lora_prior_unet_down_blocks_0", pair())
    if kind == "bundled":
        tensors["bundle_emb.knight.string_to_param.*"] = torch.zeros(2, 32)
    path = save(tensors, tmp_path / "other.safetensors")
    with pytest.raises(AdapterUnfit) as caught:
        bench_of("sd15").request(adapters=AdapterChoices(loras=(LoraChoice(str(path)),)))
    assert kind.lower() in caught.value.message.lower()
    assert caught.value.exit_status == 15


def test_a_file_of_which_nothing_has_a_place_is_refused(
    bench_of: Callable[[str], Bench], tmp_path: Path
) -> None:
    path = save(layer("lora_unet_blocks_3_self_attn_q", pair()), tmp_path / "other.safetensors")
    with pytest.raises(AdapterUnfit, match="Nothing of the LoRA other has a place") as caught:
        draw(bench_of("sd15"), (path, 1.0))
    assert "lora_unet_blocks_3_self_attn_q" in caught.value.message


WRONG: dict[str, tuple[str, dict[str, Tensor]]] = {
    "another width": ("changes a weight of 32 x 64", pair(into=64)),
    "ranks that disagree": ("cannot be loaded", {**pair(), ".lora_up.weight": torch.zeros(32, 5)}),
    "half of it": ("only the down", {".lora_down.weight": torch.zeros(4, 32)}),
    "only an alpha": ("only the alpha", {".alpha": torch.tensor(1.0)}),
    "an alpha that is none": ("alpha is no number", {**pair(), ".alpha": torch.tensor(float("nan"))}),
    "a list of alphas": ("alpha is no number", {**pair(), ".alpha": torch.ones(2)}),
    "no sides": (
        "cannot be loaded",
        {".lora_down.weight": torch.zeros(()), ".lora_up.weight": torch.zeros(())},
    ),
    "no rank": ("", {".lora_down.weight": torch.zeros(0, 32), ".lora_up.weight": torch.zeros(32, 0)}),
    "two algorithms": ("besides a LoRA", {**pair(), ".diff": torch.zeros(32, 32)}),
    "too few magnitudes": ("magnitudes", {**pair(), ".dora_scale": torch.ones(1, 7)}),
    "a bias of another length": ("bias has 5 values", {**pair(), ".diff_b": torch.zeros(5)}),
    "a Kronecker product of another size": (
        "changes a weight of 16 x 16",
        {".lokr_w1": torch.zeros(4, 4), ".lokr_w2": torch.zeros(4, 4)},
    ),
    "a core that does not fit": (
        "cannot be loaded",
        {
            f".hada_{name}": torch.zeros(shape)
            for name, shape in {
                "w1_a": (4, 32),
                "w1_b": (4, 32),
                "w2_a": (4, 32),
                "w2_b": (4, 32),
                "t1": (3, 3, 1, 1),
                "t2": (3, 3, 1, 1),
            }.items()
        },
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_tensors_that_contradict_the_model_or_themselves_are_refused(
    bench_of: Callable[[str], Bench], tmp_path: Path, kind: str
) -> None:
    words, tensors = WRONG[kind]
    path = save(layer(KOHYA, tensors), tmp_path / "other.safetensors")
    bench = bench_of("sd15")
    plain = draw(bench)
    if words:
        with pytest.raises(AdapterUnfit, match=words) as caught:
            draw(bench, (path, 1.0))
        assert caught.value.exit_status == 15
    else:
        assert np.array_equal(draw(bench, (path, 1.0)), plain)
    assert np.array_equal(draw(bench), plain)


def test_half_precision_is_drawn_as_by_diffusers(bench_of: Callable[[str], Bench], tmp_path: Path) -> None:
    from diffusers import DiffusionPipeline

    bench = bench_of("sd15")
    dialect = Dialect("", "", "sd15", names.flat("unet", "lora_unet_", CONVOLUTIONS), arithmetic.low_rank())
    file, _, _ = write(dialect, bench.folder, tmp_path)
    half = save(
        {name: tensor.half() for name, tensor in load_file(file).items()}, tmp_path / "half.safetensors"
    )
    drawn = draw(bench, (half, 0.7))

    pipeline = DiffusionPipeline.from_pretrained(bench.folder)
    pipeline.set_progress_bar_config(disable=True)
    # One rank: diffusers takes one alpha for all, whatever the file says (cases M-01).
    alike = {name: tensor for name, tensor in load_file(half).items() if not name.endswith(".alpha")}
    same = save(alike, tmp_path / "alike.safetensors")
    pipeline.load_lora_weights(str(tmp_path), weight_name=same.name, adapter_name="one")
    pipeline.set_adapters(["one"], [0.7])
    request = bench.request()
    output = pipeline(
        "cute dragon",
        width=64,
        height=64,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance,
        generator=torch.Generator("cpu").manual_seed(7),
        output_type="np",
    )
    expected = np.round(np.clip(output.images[0], 0, 1) * 255).astype(np.uint8)
    assert np.array_equal(draw(bench, (same, 0.7)), expected)
    assert not np.array_equal(drawn, expected)


def test_a_stacked_matrix_beside_its_parts_counts_once(
    bench_of: Callable[[str], Bench], tmp_path: Path
) -> None:
    bench = bench_of("z-image")
    weights = load_file(next((bench.folder / "transformer").glob("*.safetensors")))
    width = weights["layers.0.attention.to_q.weight"].shape[0]
    parts = {
        ending: tensors
        for number, ending in enumerate(("to.q", "to.k", "to.v"))
        for tensors in [pair(size=0.5 + number / 10, out=width, into=width)]
    }
    split = {
        f"diffusion_model.layers.0.attention.{ending}.lora.{side}.weight": tensors[f".lora_{side}.weight"]
        for ending, tensors in parts.items()
        for side in ("down", "up")
    }
    stacked = {
        f"diffusion_model.layers.0.attention.qkv.lora.{side}.weight": tensor
        for side, tensor in (("down", torch.ones(4, width)), ("up", torch.ones(3 * width, 4)))
    }
    alone = save(split, tmp_path / "alone.safetensors")
    both = save({**split, **stacked}, tmp_path / "both.safetensors")
    events: list[Event] = []
    drawn = draw(bench, (both, 1.0), events=events)
    assert np.array_equal(drawn, draw(bench, (alone, 1.0)))
    assert not np.array_equal(drawn, draw(bench))
    (warning,) = warnings_of(events)
    assert "1 of 4 layers in the LoRA both are there a second time" in warning


def test_layers_of_alpha_zero_are_told(bench_of: Callable[[str], Bench], tmp_path: Path) -> None:
    path = save(layer(KOHYA, {**pair(), ".alpha": torch.tensor([0.0])}), tmp_path / "silent.safetensors")
    bench, events = bench_of("sd15"), []
    assert np.array_equal(draw(bench, (path, 1.0), events=events), draw(bench))
    assert "alpha of 0" in warnings_of(events)[0]


ALGORITHMS = {
    "LoRA": arithmetic.low_rank(),
    "LoHa": arithmetic.hadamard(),
    "LoKr": arithmetic.kronecker((False, True)),
    "DoRA by input": arithmetic.decomposed(arithmetic.low_rank(), False),
    "DoRA by output": arithmetic.decomposed(arithmetic.low_rank(), True),
    "full": arithmetic.whole,
}


def file_of(bench: Bench, work: Path, algorithm: str) -> tuple[Path, dict[tuple[str, str], Tensor]]:
    work.mkdir()
    dialect = Dialect(
        "", "", bench.family, names.flat("unet", "lora_unet_", CONVOLUTIONS), ALGORITHMS[algorithm]
    )
    file, changed, _ = write(dialect, bench.folder, work)
    return file, changed


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_weight_is_a_share_of_the_whole_change(
    bench_of: Callable[[str], Bench], tmp_path: Path, algorithm: str
) -> None:
    bench = bench_of("sd15")
    file, changed = file_of(bench, tmp_path / "lora", algorithm)
    own = load_file(next((bench.folder / "unet").glob("*.safetensors")))
    share = {key: own[key[1]] + 0.4 * (weight - own[key[1]]) for key, weight in changed.items()}
    drawn = draw(bench, (file, 0.4))
    expected = with_weights(bench, share, tmp_path / "share")
    assert np.abs(drawn.astype(int) - expected.astype(int)).max() <= 1
    assert np.array_equal(draw(bench, (file, 0.0)), draw(bench))


def test_several_algorithms_on_the_same_layers_add_up(
    bench_of: Callable[[str], Bench], tmp_path: Path
) -> None:
    bench = bench_of("sd15")
    own = load_file(next((bench.folder / "unet").glob("*.safetensors")))
    total: dict[tuple[str, str], Tensor] = {}
    files = []
    for number, algorithm in enumerate(ALGORITHMS):
        file, changed = file_of(bench, tmp_path / str(number), algorithm)
        files.append((file, 0.3))
        for key, weight in changed.items():
            total[key] = total.get(key, own[key[1]]) + 0.3 * (weight - own[key[1]])
    drawn = draw(bench, *files)
    expected = with_weights(bench, total, tmp_path / "total")
    assert np.abs(drawn.astype(int) - expected.astype(int)).max() <= 1
    assert not np.array_equal(drawn, draw(bench))


@pytest.mark.parametrize(
    ("strategy", "algorithm"),
    [
        ("model-offload", "LoKr"),
        ("group-block", "DoRA by input"),
        ("group-leaf-stream", "DoRA by output"),
        ("sequential", "LoKr"),
        ("float8", "DoRA by input"),
    ],
)
def test_where_weights_wait_changes_nothing(
    bench_of: Callable[[str], Bench], tmp_path: Path, algorithm: str, strategy: str
) -> None:
    bench = bench_of("sd15")
    file, _ = file_of(bench, tmp_path / "lora", algorithm)
    drawn = draw(bench, (file, 1.0), strategy=strategy_named(strategy))
    if strategy == "float8":
        assert not np.array_equal(drawn, draw(bench, strategy=strategy_named(strategy)))
    else:
        assert np.array_equal(drawn, draw(bench, (file, 1.0)))


def test_convolutions_of_a_lora_wrap_around_with_the_model(
    bench_of: Callable[[str], Bench], tmp_path: Path
) -> None:
    bench = bench_of("sd15")
    file, changed = file_of(bench, tmp_path / "lora", "LoRA")
    request = bench.request(adapters=AdapterChoices(loras=(LoraChoice(str(file)),)))
    tiled = replace(request.inputs, tile=TileAxes.XY)
    drawn = draw(bench, (file, 1.0), inputs=tiled)
    expected = with_weights(bench, changed, tmp_path / "changed", inputs=tiled)
    assert np.abs(drawn.astype(int) - expected.astype(int)).max() <= 1
    assert not np.array_equal(drawn, draw(bench, (file, 1.0)))


def test_a_control_lora_of_flux_is_refused(bench_of: Callable[[str], Bench], tmp_path: Path) -> None:
    bench = bench_of("flux")
    shape = load_file(next((bench.folder / "transformer").glob("*.safetensors")))["x_embedder.weight"].shape
    tensors = {
        "img_in.lora_A.weight": torch.zeros(4, 2 * shape[1]),
        "img_in.lora_B.weight": torch.zeros(shape[0], 4),
    }
    path = save(tensors, tmp_path / "flux1-depth.safetensors")
    with pytest.raises(AdapterUnfit, match="Control"):
        draw(bench, (path, 1.0))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ('{"peft_type": "VERA", "r": 4, "lora_alpha": 2}', "VERA"),
        ('{"r": 4, "lora_alpha": 2, "init_lora_weights": "pissa_niter_4"}', "pissa"),
        ('{"r": 0, "lora_alpha": 2}', "rank"),
        ('{"r": "4", "lora_alpha": 2}', "no number"),
        ('{"r": 4, "lora_alpha": 1e999}', "no number"),
        ('{"r": 4, "lora_alpha": 2, "alpha_pattern": {"(a+)+$": 3}}', "patterns"),
        ("[1]", "no JSON object"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_configurations_of_peft_that_cannot_be_followed_are_refused(
    bench_of: Callable[[str], Bench], tmp_path: Path, config: str, words: str
) -> None:
    dialect = Dialect(
        "", "", "sd15", names.dotted("unet", "base_model.model."), arithmetic.low_rank(**PEFT), beside={}
    )
    bench = bench_of("sd15")
    file, _, _ = write(dialect, bench.folder, tmp_path)
    (tmp_path / "adapter_config.json").write_text(config)
    with pytest.raises(AdapterUnfit) as caught:
        draw(bench, (file, 1.0))
    assert words.lower() in caught.value.message.lower().replace("not a json", "no json")
