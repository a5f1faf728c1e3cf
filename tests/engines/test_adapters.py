"""Adapters in the local engine: pixels equal to bare diffusers with the same files, and nothing left behind."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from audobon_cli.domain.adapters import (
    AdapterChoices,
    ControlChoice,
    ControlKind,
    LoraChoice,
    ReferenceChoice,
    RefinerChoice,
)
from audobon_cli.domain.errors import AdapterUnfit, InvalidInput
from audobon_cli.domain.events import Event, StepDone, Warned, ignore
from audobon_cli.domain.inputs import ResolvedInputs
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.engines.diffusers.adapters.control_maps import canny
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.generation.input_images import inspect_input
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.settings.settings import Settings
from tests.capabilities.probing import permissive_registry
from tests.tiny_models import adapters as tiny
from tests.tiny_models import sdxl_folder
from tests.tiny_models.adapters import FOLDERS, Files, tiny_files

Pixels = NDArray[np.uint8]
STEPS = 3
SETTINGS: dict[str, Any] = {"width": 64, "height": 64, "num_inference_steps": STEPS, "guidance_scale": 4.0}


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(device="cpu")


@pytest.fixture
def files() -> Files:
    return tiny_files()


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., ResolvedRequest]:
    """Resolve a request for tiny-<family> as `generate` does."""
    registry = permissive_registry(tmp_path / "bench")

    def make(family: str, prompt: str = "cute dragon", **choices: Any) -> ResolvedRequest:
        request = GenerationRequest(
            prompt=prompt,
            model=f"tiny-{family}",
            style="none",
            size="64",
            steps=STEPS,
            guidance=4.0,
            seed=7,
            adapters=AdapterChoices(**choices),
        )
        return resolve(request, Settings(), registry)

    return make


def draw(engine: LocalEngine, request: ResolvedRequest, events: list[Event] | None = None) -> Pixels:
    listen = ignore if events is None else events.append
    return np.asarray(engine.render(request, 7, 0, listen, lambda: False).image)


def bare(family: str) -> Any:
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(FOLDERS[family]())
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def call(pipeline: Any, prompt: str = "cute dragon", **more: Any) -> Pixels:
    generator = torch.Generator("cpu").manual_seed(7)
    output = pipeline(prompt, generator=generator, **{**SETTINGS, "output_type": "np", **more})
    return np.round(np.clip(output.images[0], 0, 1) * 255).astype(np.uint8)


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_loras_weigh_as_in_diffusers_and_leave_nothing(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest], family: str
) -> None:
    kohya, other = files.lora(family, "kohya"), files.lora(family, "diffusers")
    plain = draw(engine, ask(family))
    both = ask(family, loras=(LoraChoice(str(kohya), 0.8), LoraChoice(str(other), -0.4)))
    events: list[Event] = []
    drawn = draw(engine, both, events)
    assert not [event for event in events if isinstance(event, Warned)]

    pipeline = bare(family)
    for name, file in (("one", kohya), ("two", other)):
        pipeline.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name=name)
    pipeline.set_adapters(["one", "two"], [0.8, -0.4])
    assert np.array_equal(drawn, call(pipeline))

    assert not np.array_equal(drawn, plain)
    assert np.array_equal(draw(engine, ask(family)), plain)
    assert np.array_equal(draw(engine, both), drawn)
    one = draw(engine, ask(family, loras=(LoraChoice(str(kohya), 0.8),)))
    assert not np.array_equal(one, drawn)


def test_layers_of_a_lora_that_have_no_place_are_told(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest], tmp_path: Path
) -> None:
    from safetensors.torch import load_file

    weights = load_file(files.lora("sd15", "diffusers"))
    for letter, shape in (("A", (2, 32)), ("B", (32, 2))):
        weights[f"unet.down_blocks.7.attentions.0.to_q.lora_{letter}.weight"] = torch.ones(shape)
    path = tiny.save(weights, tmp_path / "larger.safetensors")
    events: list[Event] = []
    draw(engine, ask("sd15", loras=(LoraChoice(str(path)),)), events)
    (warning,) = [event.message for event in events if isinstance(event, Warned)]
    assert warning.startswith("1 of 33 layers in the LoRA larger")


@pytest.mark.parametrize(
    ("family", "kind"), [("sd15", "diffusers"), ("sd15", "a1111"), ("sdxl", "two encoders")]
)
def test_embeddings_give_words_a_meaning(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest], family: str, kind: str
) -> None:
    from safetensors.torch import load_file

    path = files.embedding(kind)
    token = "<fur>" if kind == "diffusers" else path.stem
    prompt = f"a {token} cat"  # short: with the embedding's vectors a longer one would be encoded in parts
    plain = draw(engine, ask(family, prompt))
    drawn = draw(engine, ask(family, prompt, embeddings=(str(path),)))

    pipeline = bare(family)
    if kind == "two encoders":
        vectors = load_file(path)
        for key, ending in (("clip_l", ""), ("clip_g", "_2")):
            pipeline.load_textual_inversion(
                vectors[key],
                token=token,
                tokenizer=getattr(pipeline, f"tokenizer{ending}"),
                text_encoder=getattr(pipeline, f"text_encoder{ending}"),
            )
    else:
        pipeline.load_textual_inversion(str(path.parent), weight_name=path.name, token=token)
    assert np.array_equal(drawn, call(pipeline, prompt))
    assert not np.array_equal(drawn, plain)
    assert np.array_equal(draw(engine, ask(family, prompt)), plain)


def test_each_word_of_a_file_has_its_own_meaning(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest]
) -> None:
    from safetensors.torch import load_file

    path = files.embedding("two words")
    prompt = "a <fin> <fur>"
    drawn = draw(engine, ask("sd15", prompt, embeddings=(str(path),)))
    pipeline = bare("sd15")
    pipeline.load_textual_inversion(
        [load_file(path)["<fur>"], load_file(path)["<fin>"]], token=["<fur>", "<fin>"]
    )
    assert np.array_equal(drawn, call(pipeline, prompt))
    assert not np.array_equal(drawn, draw(engine, ask("sd15", "a <fur> <fin>", embeddings=(str(path),))))


def test_of_several_words_one_is_enough(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest]
) -> None:
    events: list[Event] = []
    path = str(files.embedding("two words"))
    draw(engine, ask("sd15", "a <fin>", embeddings=(path,)), events)
    assert not [event for event in events if isinstance(event, Warned)]
    draw(engine, ask("sd15", "a cat", embeddings=(path,)), events)
    (warning,) = [event.message for event in events if isinstance(event, Warned)]
    assert "none of <fin>, <fur> is in the prompt" in warning


def test_an_embedding_whose_word_is_not_used_is_told(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest]
) -> None:
    events: list[Event] = []
    draw(engine, ask("sd15", embeddings=(str(files.embedding("diffusers")),)), events)
    (warning,) = [event.message for event in events if isinstance(event, Warned)]
    assert "<fur>" in warning
    assert "not in the prompt" in warning


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_controlnets_follow_pictures(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest], family: str
) -> None:
    from diffusers import AutoPipelineForText2Image, ControlNetModel

    folder, picture = files.controlnet(family), files.picture()
    plain = draw(engine, ask(family))
    choice = ControlChoice(ControlKind.CANNY, picture, 0.7)
    drawn = draw(engine, ask(family, controls=(choice,), control_models=(str(folder),)))

    fitted = Image.open(picture).resize((64, 64), Image.Resampling.LANCZOS)
    edges = Image.fromarray(canny(np.asarray(fitted))).convert("RGB")
    network = ControlNetModel.from_pretrained(folder)
    pipeline = AutoPipelineForText2Image.from_pipe(bare(family), controlnet=network)
    pipeline.set_progress_bar_config(disable=True)
    assert np.array_equal(drawn, call(pipeline, image=edges, controlnet_conditioning_scale=0.7))

    single = folder / "diffusion_pytorch_model.safetensors"
    alone = Path(files.folder / f"{family}-canny.safetensors")
    alone.write_bytes(single.read_bytes())
    as_file = ask(family, controls=(choice,), control_models=(str(alone),))
    assert np.array_equal(draw(engine, as_file), drawn)

    ready = ControlChoice(ControlKind.MAP, picture, 0.5)
    two = ask(family, controls=(choice, ready), control_models=(str(folder), str(alone)))
    several = AutoPipelineForText2Image.from_pipe(bare(family), controlnet=[network, network])
    several.set_progress_bar_config(disable=True)
    expected = call(several, image=[edges, fitted], controlnet_conditioning_scale=[0.7, 0.5])
    assert np.array_equal(draw(engine, two), expected)
    assert not np.array_equal(drawn, plain)
    assert np.array_equal(draw(engine, ask(family)), plain)


def test_a_controlnet_in_the_original_format_is_the_same(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest]
) -> None:
    path = tiny.original_controlnet(FOLDERS["sd15"](), files.folder / "original.safetensors")
    choice = ControlChoice(ControlKind.MAP, files.picture())
    original, converted = (
        draw(engine, ask("sd15", controls=(choice,), control_models=(str(place),)))
        for place in (path, path.with_suffix(""))
    )
    assert np.array_equal(original, converted)
    assert not np.array_equal(original, draw(engine, ask("sd15")))


def test_weights_that_a_controlnet_lacks_are_an_error(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest], tmp_path: Path
) -> None:
    from safetensors.torch import load_file

    whole = shutil.copytree(files.controlnet("sd15"), tmp_path / "canny")
    path = whole / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    del weights["controlnet_mid_block.weight"]
    tiny.save(weights, path)
    alone = Path(shutil.copy(path, tmp_path / "alone.safetensors"))
    plain = draw(engine, ask("sd15"))
    for place in (whole, alone):
        choice = ControlChoice(ControlKind.MAP, files.picture())
        with pytest.raises(AdapterUnfit, match="cannot be loaded") as caught:
            draw(engine, ask("sd15", controls=(choice,), control_models=(str(place),)))
        assert "controlnet_mid_block.weight" in str(caught.value.details["reason"])
        assert np.array_equal(draw(engine, ask("sd15")), plain)


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_reference_pictures_are_resembled(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest], family: str
) -> None:
    adapter, picture = files.ip_adapter(family), files.picture()
    plain = draw(engine, ask(family))
    once = ask(family, references=(ReferenceChoice(picture, 0.6),), reference_model=str(adapter))
    drawn = draw(engine, once)

    pipeline = bare(family)
    pipeline.load_ip_adapter(str(adapter.parent), subfolder="", weight_name=adapter.name)
    pipeline.set_ip_adapter_scale(0.6)
    assert np.array_equal(drawn, call(pipeline, ip_adapter_image=Image.open(picture)))

    other = files.picture(seed=1)
    choices = (ReferenceChoice(picture, 0.6), ReferenceChoice(other, 0.3))
    two = draw(engine, ask(family, references=choices, reference_model=str(adapter)))
    pipeline = bare(family)
    pipeline.load_ip_adapter(str(adapter.parent), subfolder="", weight_name=[adapter.name] * 2)
    pipeline.set_ip_adapter_scale([0.6, 0.3])
    assert np.array_equal(two, call(pipeline, ip_adapter_image=[Image.open(picture), Image.open(other)]))
    assert not np.array_equal(drawn, plain)
    assert np.array_equal(draw(engine, ask(family)), plain)


def test_a_faceid_is_refused(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest], tmp_path: Path
) -> None:
    from safetensors.torch import load_file

    own = files.ip_adapter("sd15")
    shutil.copytree(own.parent, tmp_path / "face")
    face = tmp_path / "face" / own.name
    weights = load_file(face)
    weights["ip_adapter.1.to_q_lora.down.weight"] = torch.zeros(2, 2)
    tiny.save(weights, face)
    choice = ReferenceChoice(files.picture(), 0.6)
    with pytest.raises(AdapterUnfit, match="FaceID"):
        draw(engine, ask("sd15", references=(choice,), reference_model=str(face)))


@pytest.mark.parametrize("model", ["refiner", "sdxl"])
def test_a_refiner_draws_the_last_steps(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest], model: str
) -> None:
    from diffusers import StableDiffusionXLImg2ImgPipeline

    folder = files.refiner() if model == "refiner" else sdxl_folder()
    plain = draw(engine, ask("sdxl"))
    events: list[Event] = []
    drawn = draw(engine, ask("sdxl", refiner=RefinerChoice(str(folder), 0.6)), events)
    steps = [(event.step, event.steps) for event in events if isinstance(event, StepDone)]
    assert steps == [(1, 3), (2, 3), (3, 3)]

    generator = torch.Generator("cpu").manual_seed(7)
    latents = bare("sdxl")(
        "cute dragon", generator=generator, denoising_end=0.6, output_type="latent", **SETTINGS
    ).images
    refiner = StableDiffusionXLImg2ImgPipeline.from_pretrained(folder)
    refiner.set_progress_bar_config(disable=True)
    output = refiner(
        "cute dragon",
        image=latents,
        denoising_start=0.6,
        num_inference_steps=STEPS,
        guidance_scale=4.0,
        generator=generator,
        output_type="np",
    )
    assert np.array_equal(drawn, np.round(output.images[0] * 255).astype(np.uint8))
    # A model that takes over from itself changes nothing.
    assert np.array_equal(drawn, plain) == (model == "sdxl")
    assert np.array_equal(draw(engine, ask("sdxl")), plain)


def test_a_refiner_that_takes_no_weights_is_named(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest]
) -> None:
    with pytest.raises(InvalidInput, match="model refiner takes no weights"):
        draw(engine, ask("sdxl", "(cute:1.3) dragon", refiner=RefinerChoice(str(files.refiner()))))


def test_all_of_them_together_and_none_again(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest]
) -> None:
    plain = draw(engine, ask("sd15"))
    everything = ask(
        "sd15",
        "cute <fur> dragon",
        loras=(LoraChoice(str(files.lora("sd15", "kohya")), 0.5),),
        embeddings=(str(files.embedding("diffusers")),),
        controls=(ControlChoice(ControlKind.CANNY, files.picture()),),
        control_models=(str(files.controlnet("sd15")),),
        references=(ReferenceChoice(files.picture()),),
        reference_model=str(files.ip_adapter("sd15")),
    )
    drawn = draw(engine, everything)
    assert np.array_equal(draw(LocalEngine(device="cpu"), everything), drawn)
    assert np.array_equal(draw(engine, ask("sd15")), plain)
    assert np.array_equal(draw(engine, everything), drawn)


def test_a_control_is_followed_from_a_picture_to_begin_with(
    engine: LocalEngine, files: Files, ask: Callable[..., ResolvedRequest]
) -> None:
    from diffusers import ControlNetModel, StableDiffusionControlNetImg2ImgPipeline

    begin, ready = files.picture(seed=1), files.picture()
    choice = ControlChoice(ControlKind.MAP, ready, 0.7)
    request = ask("sd15", controls=(choice,), control_models=(str(files.controlnet("sd15")),))
    inputs = ResolvedInputs(init_image=inspect_input(begin), strength=0.7)
    drawn = draw(engine, replace(request, inputs=inputs))

    network = ControlNetModel.from_pretrained(files.controlnet("sd15"))
    pipeline = StableDiffusionControlNetImg2ImgPipeline.from_pipe(bare("sd15"), controlnet=network)
    pipeline.set_progress_bar_config(disable=True)
    small = [Image.open(path).resize((64, 64), Image.Resampling.LANCZOS) for path in (begin, ready)]
    pictures = {"image": small[0], "control_image": small[1], "strength": 0.7}
    assert np.array_equal(drawn, call(pipeline, controlnet_conditioning_scale=0.7, **pictures))
    assert not np.array_equal(drawn, draw(engine, request))


def test_canny_finds_the_outline_and_no_more() -> None:
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[8:24, 8:24] = 255
    edges = canny(pixels)
    assert set(np.unique(edges)) == {0, 255}
    assert edges[12:20, 12:20].max() == 0
    assert edges[:6].max() == 0
    assert (edges[12:20, 6:10].max(axis=1) == 255).all()
    # Weak edges count only where they hang on strong ones.
    faint = np.full((32, 32, 3), 100, np.uint8)
    faint[:, 8:24] = 130
    assert canny(faint).max() == 0
    faint[:6, 8:24] = 255
    assert (canny(faint)[8:, 6:10].max(axis=1) == 255).all()
