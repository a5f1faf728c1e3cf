"""ComfyUI's graphs are followed back from what they save, whatever their shape."""

import json
from typing import Any

import pytest

from audobon_cli.media.image.foreign.registry import read_foreign
from audobon_cli.media.types import Foreign

Graph = dict[str, dict[str, Any]]
BASE: Graph = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "base.safetensors"}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "blur", "clip": ["1", 1]}},
}


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def encode(text: Any) -> dict[str, Any]:
    return node("CLIPTextEncode", text=text, clip=["1", 1])


def sampler(positive: Any, **more: Any) -> dict[str, Any]:
    usual = {
        "seed": 5,
        "steps": 20,
        "cfg": 7.0,
        "model": ["1", 0],
        "negative": ["3", 0],
        "latent_image": ["7", 0],
    }
    return node("KSampler", **{**usual, "positive": positive, **more})


def read(graph: Graph) -> Foreign:
    return read_foreign({"prompt": json.dumps({**BASE, **graph})})


FLUX = {
    "16": node("KSamplerSelect", sampler_name="euler"),
    "25": node("RandomNoise", noise_seed=77),
    "12": node("UNETLoader", unet_name="flux1.safetensors"),
    "18": node("LoraLoaderModelOnly", lora_name="ink.safetensors", model=["12", 0]),
    "6": node("CLIPTextEncodeFlux", t5xxl="a tin robot", clip_l="a tin robot", clip=["11", 0], guidance=3.5),
    "22": node("BasicGuider", model=["18", 0], conditioning=["6", 0]),
    "17": node("BasicScheduler", scheduler="simple", steps=20, denoise=1.0, model=["12", 0]),
    "13": node(
        "SamplerCustomAdvanced", noise=["25", 0], guider=["22", 0], sampler=["16", 0], sigmas=["17", 0]
    ),
}


def test_guider_noise_and_sigmas_are_followed() -> None:
    found = read(FLUX)
    assert (found.prompt, found.model, found.seed) == ("a tin robot", "flux1.safetensors", 77)
    assert {key: found.details[key] for key in ("steps", "scheduler", "sampler_name", "negative")} == {
        "steps": 20,
        "scheduler": "simple",
        "sampler_name": "euler",
        "negative": "",
    }


@pytest.mark.parametrize("seed", [42, 2**64 - 1])
@pytest.mark.parametrize(
    "source",
    [lambda seed: node("PrimitiveInt", value=seed), lambda seed: node("Seed (rgthree)", seed=seed)],
)
def test_a_linked_seed_is_followed(source: Any, seed: int) -> None:
    assert read({"2": encode("a pot"), "9": source(seed), "8": sampler(["2", 0], seed=["9", 0])}).seed == seed


def test_a_seed_linked_to_the_noise_is_followed() -> None:
    graph = {**FLUX, "25": node("RandomNoise", noise_seed=["30", 0]), "30": node("PrimitiveInt", value=8)}
    assert read(graph).seed == 8


@pytest.mark.parametrize(
    ("graph", "prompt"),
    [
        ({"10": node("PrimitiveStringMultiline", value="a bridge"), "2": encode(["10", 0])}, "a bridge"),
        (
            {
                "10": node("StringConcatenate", string_a="a", string_b=["11", 0], delimiter=" "),
                "11": node("String Literal", string="bridge"),
                "2": encode(["10", 0]),
            },
            "a bridge",
        ),
        ({"2": node("Reroute", **{"": ["10", 0]}), "10": encode("a bridge")}, "a bridge"),
        (
            {"2": node("FluxGuidance", guidance=3.5, conditioning=["9:10", 0]), "9:10": encode("a bridge")},
            "a bridge",
        ),
        (
            {
                "2": node("ConditioningCombine", conditioning_1=["10", 0], conditioning_2=["11", 0]),
                "10": encode("a bridge"),
                "11": encode("in fog"),
            },
            "a bridge\nin fog",
        ),
        ({"2": node("CLIPTextEncodeSDXL", text_g="a boat", text_l="a boat", clip=["1", 1])}, "a boat"),
        ({"2": node("TextEncodeQwenImageEdit", prompt="a boat", clip=["1", 1], image=["40", 0])}, "a boat"),
        (
            {"2": node("ControlNetApply", conditioning=["10", 0], image=["40", 0]), "10": encode("a boat")},
            "a boat",
        ),
        ({"2": node("ImpactWildcardEncode", wildcard_text="__a__", populated_text="a boat")}, "a boat"),
    ],
)
def test_words_are_found_behind(graph: Graph, prompt: str) -> None:
    found = read({**graph, "8": sampler(["2", 0])})
    assert (found.prompt, found.details["negative"]) == (prompt, "blur")


def test_two_conditionings_through_a_controlnet_stay_apart() -> None:
    control = node("ControlNetApplyAdvanced", positive=["2", 0], negative=["3", 0], control_net=["5", 0])
    again = node("ControlNetApplyAdvanced", positive=["4", 0], negative=["4", 1], control_net=["5", 0])
    found = read({"2": encode("a barn"), "4": control, "6": again, "8": sampler(["6", 0], negative=["6", 1])})
    assert (found.prompt, found.details["negative"]) == ("a barn", "blur")


def test_a_conditioning_of_nothing_has_no_words() -> None:
    zero = node("ConditioningZeroOut", conditioning=["2", 0])
    found = read({"2": encode("a kite"), "30": zero, "8": sampler(["2", 0], negative=["30", 0])})
    assert (found.prompt, found.details["negative"]) == ("a kite", "")


def test_of_several_passes_the_first_counts() -> None:
    found = read(
        {
            "8": sampler(["22", 0], seed=99, denoise=0.5, latent_image=["9", 0]),
            "9": node("VAEEncode", pixels=["10", 0], vae=["1", 2]),
            "10": node("ImageScale", image=["11", 0]),
            "11": node("VAEDecode", samples=["20", 0], vae=["1", 2]),
            "20": sampler(["2", 0]),
            "2": encode("a cup"),
            "22": encode("sharp detail"),
        }
    )
    assert (found.prompt, found.seed) == ("a cup", 5)


def test_what_leads_to_no_output_does_not_count() -> None:
    found = read(
        {
            "50": sampler(["51", 0], seed=1),
            "51": encode("left over"),
            "2": encode("a cup"),
            "8": sampler(["2", 0]),
            "11": node("VAEDecode", samples=["8", 0], vae=["1", 2]),
            "12": node("SaveImage", images=["11", 0]),
        }
    )
    assert (found.prompt, found.seed) == ("a cup", 5)


def test_loaders_that_hold_the_words_themselves() -> None:
    loader = node("Efficient Loader", ckpt_name="x.safetensors", positive="a fox", negative="bad")
    both = node("KSampler (Efficient)", seed=3, model=["1", 0], positive=["1", 1], negative=["1", 2])
    found = read_foreign({"prompt": json.dumps({"1": loader, "2": both})})
    assert (found.prompt, found.model, found.seed) == ("a fox", "x.safetensors", 3)
    assert found.details["negative"] == "bad"


def test_a_node_of_a_service_has_all_in_itself() -> None:
    made = node("FluxProUltraImageNode", prompt="a hat", seed=4)
    found = read_foreign({"prompt": json.dumps({"1": made, "2": node("SaveImage", images=["1", 0])})})
    assert (found.prompt, found.seed) == ("a hat", 4)


@pytest.mark.parametrize("links", [400, 4000])
def test_long_chains_and_diamonds_end(links: int) -> None:
    chain = {
        str(100 + k): node(
            "ConditioningCombine", conditioning_1=[str(101 + k), 0], conditioning_2=[str(101 + k), 0]
        )
        for k in range(links)
    }
    assert read({**chain, "8": sampler(["100", 0])}).seed == 5


def test_a_graph_beside_which_a_text_says_more() -> None:
    texts = {
        "prompt": json.dumps({"1": node("LoadImage", image="a.png")}),
        "parameters": "a cat\nSteps: 3, Seed: 2",
    }
    assert read_foreign(texts).prompt == "a cat"


def test_a_graph_that_branches_and_joins_at_every_step_ends() -> None:
    joins = {
        str(k): node("StringConcatenate", string_a=[str(k + 1), 0], string_b=[str(k + 1), 0])
        for k in range(200, 260)
    }
    found = read({**joins, "2": encode(["200", 0]), "8": sampler(["2", 0])})
    assert (found.prompt, found.model) == ("", "")
