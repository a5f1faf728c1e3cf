"""The built-in model by exported graphs: each part held to what torch, diffusers and transformers do."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoTokenizer

from audobon_cli.domain.events import Event, PromptTruncated, PromptUnknown, StepDone, Warned, ignore
from audobon_cli.domain.ids import BlobId
from audobon_cli.domain.inputs import ImageInputs, InputImage, ResolvedInputs, TileAxes
from audobon_cli.domain.media import IMAGE
from audobon_cli.domain.model import Runtime
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.strategy import Offload, Strategy
from audobon_cli.engines.base import never
from audobon_cli.engines.diffusers import engine as diffusers_engine
from audobon_cli.engines.diffusers.media_calls import MEDIUM_CALLS
from audobon_cli.engines.onnx import facts
from audobon_cli.engines.onnx.engine import OnnxEngine, draw, load_exports
from audobon_cli.engines.onnx.exports import DENOISER, EXPORTS_FILE, PICTURES, ExportsUnusable, read_exports
from audobon_cli.engines.onnx.noise import seed_noise
from audobon_cli.engines.onnx.prompts import WordPieces
from audobon_cli.engines.onnx.scorer import OnnxScorer
from audobon_cli.engines.onnx.solver import Solver, check_solver
from audobon_cli.engines.runtimes import LocalRuntimes, create_image_scorer, predict_facts
from audobon_cli.engines.scoring.image_scorer import ImageScorer
from tests.builtin_model import builtin_request

BUILTIN = Path(__file__).parents[2] / "src" / "audobon_cli" / "builtin"
SCHEDULER = json.loads((BUILTIN / "sprite/scheduler/scheduler_config.json").read_text())


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1, 2**33 + 7, 2**64 - 1])
def test_the_noise_of_a_seed_is_that_of_torch(seed: int) -> None:
    ours = seed_noise(seed, (1, 48, 8, 8))
    theirs = torch.randn((1, 48, 8, 8), generator=torch.Generator("cpu").manual_seed(seed)).numpy()
    # Torch's own moves by 2e-6 between a processor with AVX2 and one without.
    assert np.abs(ours - theirs).max() < 5e-6


def test_noise_of_a_size_that_torch_lays_out_otherwise_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 16"):
        seed_noise(1, (3, 5))


@pytest.mark.parametrize("steps", [1, 2, 3, 8, 14, 15, 30, 77, 1000])
def test_the_solver_steps_as_that_of_diffusers(steps: int) -> None:
    from diffusers import DPMSolverMultistepScheduler

    theirs = DPMSolverMultistepScheduler.from_config(SCHEDULER)
    theirs.set_timesteps(steps)
    ours = Solver(steps, check_solver(SCHEDULER))
    assert ours.times.tolist() == theirs.timesteps.tolist()
    random = np.random.default_rng(1)
    latents = random.standard_normal((1, 4, 2, 2), dtype=np.float32)
    expected = torch.from_numpy(latents)
    for place, moment in enumerate(theirs.timesteps):
        predicted = random.standard_normal(latents.shape, dtype=np.float32)
        latents = ours.step(place, predicted, latents)
        expected = theirs.step(torch.from_numpy(predicted), moment, expected).prev_sample
        assert latents.dtype == np.float32
        assert np.abs(latents - expected.numpy()).max() < 2e-5


@pytest.mark.parametrize(
    ("name", "value"), [("solver_order", 3), ("use_karras_sigmas", True), ("_class_name", "DDIMScheduler")]
)
def test_another_solver_is_left_to_diffusers(name: str, value: object) -> None:
    with pytest.raises(ExportsUnusable, match=name):
        check_solver({**SCHEDULER, name: value})


TEXTS = (
    "",
    "key",
    "été, Größe  \t Zürich",
    "a red apple, vivid style",
    "龍 😀 zorglub",
    "word " * 40,
    "x" * 300,
)


@pytest.mark.parametrize("text", TEXTS)
def test_word_pieces_are_the_tokens_of_transformers(text: str) -> None:
    theirs = AutoTokenizer.from_pretrained(str(BUILTIN / "sprite/tokenizer"), local_files_only=True)
    expected = theirs(text, padding="max_length", truncation=True, max_length=24)
    ids, mask = WordPieces(BUILTIN / "sprite/tokenizer").ids(text)
    assert (ids[0].tolist(), mask[0].tolist()) == (expected["input_ids"], expected["attention_mask"])


class Decoded:
    """LocalEngine, and the pixels that it decoded last: float32 (64, 64, 4) in 0..1."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.engine = diffusers_engine.LocalEngine("cpu")
        self.pixels = np.zeros(())
        calls = MEDIUM_CALLS[IMAGE]

        def seen(output: Any, *rest: Any) -> Any:
            self.pixels = np.asarray(output.images[0])
            return calls.rendered(output, *rest)

        watched = {**MEDIUM_CALLS, IMAGE: replace(calls, rendered=seen)}
        monkeypatch.setattr(diffusers_engine, "MEDIUM_CALLS", watched)


def drawing() -> Path:
    """A picture that is no sprite of the model's size: half-transparent, 40 x 24."""
    image = Image.linear_gradient("L").resize((40, 24))
    path = Path("drawing.png")
    Image.merge("RGBA", (image, image.rotate(180), image, image)).save(path)
    return path


REQUESTS: dict[str, Callable[[], ResolvedRequest]] = {
    "plain": lambda: builtin_request("key", quality="draft"),
    "weighted": lambda: builtin_request("a (blue:1.4) sword, [gold]", negative="(red)", steps=6),
    "long": lambda: builtin_request("wooden shield with iron bands " * 6, steps=6),
    "unguided": lambda: builtin_request("castle", steps=4, guidance=1.0, negative="tree"),
    "composed": lambda: builtin_request("red dragon", steps=12, inputs=ImageInputs(strength=0.5)),
    "little of it": lambda: builtin_request("oak tree", steps=10, inputs=ImageInputs(strength=0.1), seed=3),
    "from a picture": lambda: builtin_request(
        "sword", steps=8, inputs=ImageInputs(str(drawing()), strength=0.7)
    ),
    "one step": lambda: builtin_request("zorglub 😀 cat", steps=1, seed=2**64 - 1, style="none"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_both_runtimes_draw_one_picture_and_say_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    request, plain = REQUESTS[name](), Decoded(monkeypatch)
    told: dict[str, list[Event]] = {"torch": [], "onnx": []}
    expected = np.asarray(plain.engine.render(request, request.seed, 0, told["torch"].append, never).image)
    graphs = OnnxEngine()
    found = np.asarray(graphs.render(request, request.seed, 0, told["onnx"].append, never).image)
    pixels = draw(load_exports(request, None), request, request.seed, lambda done, steps: None)
    assert np.abs(pixels - plain.pixels).max() * 255 < 1
    assert (found != expected).any(axis=-1).mean() <= 0.001
    words = (PromptTruncated, PromptUnknown, Warned)
    heard = {
        runtime: [event for event in events if isinstance(event, words)] for runtime, events in told.items()
    }
    assert heard["onnx"] == heard["torch"]
    steps = {
        runtime: [(e.step, e.steps) for e in events if isinstance(e, StepDone)]
        for runtime, events in told.items()
    }
    assert steps["onnx"] == steps["torch"]


def test_both_scorers_give_the_same_scores() -> None:
    request = builtin_request(steps=3)
    engine = OnnxEngine()
    pictures = [engine.render(request, seed, 0, ignore, never).image for seed in range(3)]
    pictures.append(pictures[0].resize((200, 120)).convert("RGB"))
    plain = ImageScorer(BUILTIN / "scorer", BUILTIN / "sprite")
    for text in ("red apple", "a very long description of " + "many things " * 20):
        ours = OnnxScorer(request.model).scores(pictures, text)
        assert np.allclose(ours, plain.scores(pictures, text), atol=1e-5)


ELSEWHERE: dict[str, Callable[[ResolvedRequest], ResolvedRequest]] = {
    "tiles": lambda request: replace(request, inputs=ResolvedInputs(tile=TileAxes.XY)),
    "masks": lambda request: replace(
        request, inputs=ResolvedInputs(mask=InputImage(Path("mask.png"), BlobId("0" * 64)))
    ),
    "strategy": lambda request: replace(request, strategy=Strategy("offload", offload=Offload.MODEL)),
    "asked for": lambda request: replace(request, runtime=Runtime.PYTORCH),
    "other model": lambda request: replace(request, model=replace(request.model, exports=None)),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_graphs_cannot_draw_is_left_to_diffusers(name: str) -> None:
    request = builtin_request()
    assert facts.draws(request, "cpu")
    assert not facts.draws(ELSEWHERE[name](request), "cpu")
    assert not facts.draws(request, "cuda")


@pytest.fixture
def exported(tmp_path: Path) -> ResolvedRequest:
    """A request of the built-in model with graphs of its own, which may be harmed."""
    request = builtin_request(steps=2)
    assert request.model.exports is not None
    shutil.copytree(request.model.exports, tmp_path / "exports")
    return replace(request, model=replace(request.model, exports=tmp_path / "exports"))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


HARMS: dict[str, Callable[[Path], None]] = {
    "damaged": lambda folder: flip(folder / DENOISER),
    "missing": lambda folder: (folder / DENOISER).unlink(),
    "of other weights": lambda folder: (folder / EXPORTS_FILE).write_text(
        (folder / EXPORTS_FILE).read_text().replace('safetensors": "', 'safetensors": "0')
    ),
    "of another schema": lambda folder: (folder / EXPORTS_FILE).write_text(
        (folder / EXPORTS_FILE).read_text().replace("exports/1", "exports/2")
    ),
    "without a list": lambda folder: (folder / EXPORTS_FILE).unlink(),
    "with a broken list": lambda folder: (folder / EXPORTS_FILE).write_text("[]"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_graphs_that_are_not_right_are_refused_and_diffusers_draws(
    harm: str, exported: ResolvedRequest
) -> None:
    assert exported.model.exports is not None
    HARMS[harm](exported.model.exports)
    engine, events = LocalRuntimes("cpu"), list[Event]()
    found = engine.load(exported, events.append)
    warnings = [event.message for event in events if isinstance(event, Warned)]
    assert len(warnings) == 1
    assert warnings[0].startswith("Drawn with PyTorch, which takes longer to start: ")
    assert found.runtime == ""
    assert found in predict_facts(exported, "cpu")
    assert engine.render(exported, 7, 0, events.append, never).problems == ()
    assert len([event for event in events if isinstance(event, Warned)]) == 1, "said once a run"
    engine.begin_run()
    engine.load(exported, events.append)
    assert len([event for event in events if isinstance(event, Warned)]) == 2


def test_a_scorer_of_other_weights_is_refused_and_torch_scores(
    exported: ResolvedRequest, tmp_path: Path
) -> None:
    assert exported.model.exports is not None
    flip(exported.model.exports / PICTURES)
    with pytest.raises(ExportsUnusable, match="another version"):
        OnnxScorer(exported.model)
    assert isinstance(create_image_scorer(exported.model), ImageScorer)


def test_without_onnxruntime_diffusers_draws(
    exported: ResolvedRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audobon_cli.engines.onnx import runtime

    runtime.onnxruntime.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    try:
        events = list[Event]()
        assert LocalRuntimes("cpu").load(exported, events.append).runtime == ""
        assert any("onnxruntime cannot be imported" in e.message for e in events if isinstance(e, Warned))
    finally:
        runtime.onnxruntime.cache_clear()


def test_where_onnxruntime_is_not_installed_nothing_is_foretold_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def version(name: str) -> str:
        if name == "onnxruntime":
            raise PackageNotFoundError(name)
        return "1"

    facts._versions.cache_clear()
    monkeypatch.setattr(facts, "version", version)
    try:
        assert [found.runtime for found in predict_facts(builtin_request(), "cpu")] == [""]
    finally:
        facts._versions.cache_clear()


def test_the_graphs_that_ship_are_those_of_the_weights_that_ship() -> None:
    model = builtin_request().model
    exports = read_exports(model)
    assert {file for file, _ in model.digests if file.endswith(".safetensors")} < {
        f for f, _ in exports.weights
    }
    for name, _ in exports.graphs:
        assert len(exports.read(name)) < 200_000, "graphs hold no weights"
