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
"""The stock workflow of FLUX."""


def test_of_a_guider_with_two_conditionings_the_first_counts() -> None:
    dual = node("DualCFGGuider", model=["12", 0], cond1=["6", 0], cond2=["3", 0], negative=["3", 0])
    found = read({**FLUX, "22": dual})
    assert (found.prompt, found.details["negative"]) == ("a tin robot", "blur")


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
        (
            {
                "2": node("GLIGENTextBoxApply", conditioning_to=["10", 0], text="an oar"),
                "10": encode("a boat"),
            },
            "a boat\nan oar",
        ),
        (
            {
                "20": node(
                    "StringFunction|pysssss", action="append", tidy_tags="yes", text_a="a", text_b="cup"
                ),
                "2": encode(["20", 0]),
            },
            "a, cup",
        ),
        ({"20": node("Text String", text="a dog", text_b="a boat"), "2": encode(["20", 1])}, "a boat"),
        ({"20": node("CaseConverter", string="A Boat", mode="lowercase"), "2": encode(["20", 0])}, "a boat"),
        (
            {
                "20": node("CaseConverter", string="A Boat", mode=["21", 0]),
                "21": node("PrimitiveString", value="lowercase"),
                "2": encode(["20", 0]),
            },
            "a boat",
        ),
        (
            {"20": node("StringSubstring", string="so a boat", start=3, end=9), "2": encode(["20", 0])},
            "a boat",
        ),
        ({"20": node("StringTrim", string=" a  ", mode="Right"), "2": encode(["20", 0])}, "a"),
        (
            {
                "20": node("RegexReplace", string="a dog", regex_pattern="d.g", replace="cat"),
                "2": encode(["20", 0]),
            },
            "",
        ),
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


def test_pairs_that_are_put_together_stay_apart() -> None:
    pair = node(
        "PairConditioningCombine",
        positive_A=["2", 0],
        negative_A=["3", 0],
        positive_B=["12", 0],
        negative_B=["13", 0],
    )
    texts = {"2": encode("a barn"), "12": encode("at night"), "13": encode("fog")}
    found = read({**texts, "4": pair, "8": sampler(["4", 0], negative=["4", 1])})
    assert (found.prompt, found.details["negative"]) == ("a barn\nat night", "blur\nfog")


SWITCHES = [
    ("ComfySwitchNode", {"switch": True}, "on_false", "on_true"),
    ("ComfySwitchNode", {"switch": ["60", 0]}, "on_false", "on_true"),
    ("easy ifElse", {"boolean": False}, "on_true", "on_false"),
    ("Text Input Switch", {"boolean": True}, "text_b", "text_a"),
    ("CR Conditioning Input Switch", {"Input": 2}, "conditioning1", "conditioning2"),
    ("ImpactSwitch", {"select": 12}, "input1", "input12"),
    ("ImpactSwitch", {"select": ["62", 0]}, "input1", "input2"),
    ("easy textIndexSwitch", {"index": 0}, "text1", "text0"),
]


@pytest.mark.parametrize(("kind", "asked", "other", "through"), SWITCHES)
def test_a_switch_lets_one_through(kind: str, asked: dict[str, Any], other: str, through: str) -> None:
    """Of conditionings, of texts, of models and of seeds."""

    def between(left: str, right: str) -> dict[str, Any]:
        return node(kind, **{other: [left, 0], through: [right, 0]}, **asked)

    graph = {
        "60": node("PrimitiveBoolean", value=True),
        "50": node("PrimitiveString", value="a dog"),
        "51": node("PrimitiveString", value="a cup"),
        "52": between("50", "51"),
        "53": encode(["52", 0]),
        "54": encode("a hat"),
        "55": between("54", "53"),
        "56": node("UNETLoader", unet_name="other.safetensors"),
        "57": between("56", "1"),
        "58": node("PrimitiveInt", value=4),
        "59": node("PrimitiveInt", value=6),
        "61": between("58", "59"),
        "62": node("PrimitiveInt", value=2),
    }
    found = read({**graph, "8": sampler(["55", 0], model=["57", 0], seed=["61", 0])})
    assert (found.prompt, found.model, found.seed) == ("a cup", "base.safetensors", 6)


def test_what_a_node_works_out_is_not_what_goes_in() -> None:
    graph = {"9": node("PrimitiveInt", value=4), "10": node("SimpleMath+", value="a+1", a=["9", 0])}
    found = read({**graph, "2": encode("a pot"), "8": sampler(["2", 0], seed=["10", 0], steps=["10", 0])})
    assert (found.prompt, found.seed, found.details.get("steps")) == ("a pot", None, None)


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


def test_the_second_stage_of_stable_cascade_is_no_first_pass() -> None:
    found = read(
        {
            "2": encode("a cup"),
            "50": sampler(["2", 0], latent_image=["51", 0]),
            "51": node("StableCascade_EmptyLatentImage", width=1024),
            "53": node("StableCascade_StageB_Conditioning", conditioning=["52", 0], stage_c=["50", 0]),
            "52": node("ConditioningZeroOut", conditioning=["2", 0]),
            "54": node("UNETLoader", unet_name="stage_b.safetensors"),
            "8": sampler(["53", 0], negative=["52", 0], model=["54", 0], latent_image=["51", 1], seed=99),
        }
    )
    assert (found.prompt, found.model, found.seed) == ("a cup", "base.safetensors", 5)


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
    for prompt in ("a hat", ["3", 0]):
        made = node("FluxProUltraImageNode", prompt=prompt, seed=4)
        text = node("PrimitiveStringMultiline", value="a hat")
        graph = {"1": made, "2": node("SaveImage", images=["1", 0]), "3": text}
        found = read_foreign({"prompt": json.dumps(graph)})
        assert (found.prompt, found.seed) == ("a hat", 4)


@pytest.mark.parametrize("keyword", ["comment", "parameters", "ImageDescription"])
@pytest.mark.parametrize("form", [lambda graph: graph, lambda graph: {"prompt": json.dumps(graph)}])
def test_a_graph_in_one_text_with_others(keyword: str, form: Any) -> None:
    """As Civitai's generator and several nodes that save write it into JPEG, WebP and GIF."""
    graph = {**BASE, "2": encode("a hat"), "8": sampler(["2", 0]), "extraMetadata": "{}"}
    assert read_foreign({keyword: json.dumps(form(graph))}).prompt == "a hat"


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


def test_settings_that_come_in_a_bundle_are_found_on_its_way() -> None:
    found = read(
        {
            "5": node("easy comfyLoader", ckpt_name="m.safetensors", positive="a fox", negative="fog"),
            "6": node("easy preSampling", pipe=["5", 0], steps=21, cfg=8, seed=77),
            "7": node("easy kSampler", pipe=["6", 0], image_output="Save"),
        }
    )
    assert (found.prompt, found.model, found.seed, found.details["steps"]) == (
        "a fox",
        "m.safetensors",
        77,
        21,
    )


def test_a_node_may_be_called_prompt() -> None:
    graph = {"prompt": encode("a kite"), "7": node("EmptyLatentImage"), "s": sampler(["prompt", 0])}
    assert read({**graph, "9": node("SaveImage", images=["s", 0])}).prompt == "a kite"
    assert (
        read_foreign({"prompt": json.dumps({"prompt": {**BASE, **graph}, "client_id": "x"})}).prompt
        == "a kite"
    )


def drawn(ident: int, kind: str, values: Any = None, **more: Any) -> dict[str, Any]:
    """A node of the editor's drawing; ``more`` are links by input, as numbers or (number, name of the field)."""
    inputs = [
        {"name": name, "type": name.upper(), "link": link} for name, link in more.pop("links", {}).items()
    ]
    inputs += [
        {"name": name, "type": "X", "link": None, "widget": {"name": name}} for name in more.pop("fields", ())
    ]
    outputs = [{"name": "out", "type": more.pop("out", "X")}]
    return {"id": ident, "type": kind, "widgets_values": values, "inputs": inputs, "outputs": outputs, **more}


DRAWING = {
    "nodes": [
        drawn(1, "CheckpointLoaderSimple", ["ink.safetensors"]),
        drawn(2, "CLIPTextEncode", ["a lantern"], links={"clip": 1}),
        drawn(3, "CLIPTextEncode", ["mist"], links={"clip": 2}),
        drawn(4, "EmptyLatentImage", [512, 512, 1]),
        drawn(
            5,
            "KSampler",
            [156680208700286, "randomize", 24, 6.5, "euler", "normal", 1],
            links={"model": 8, "positive": 4, "negative": 5, "latent_image": 6},
        ),
        drawn(6, "Reroute", links={"": 3}, out="MODEL"),
        drawn(7, "SaveImage", ["x"], links={"images": 7}),
        drawn(8, "LoraLoaderModelOnly", ["l.safetensors", 1], links={"model": 9}, out="MODEL", mode=4),
        drawn(10, "Note", ["a mere remark"]),
    ],
    "links": [
        [1, 1, 1, 2, 0, "CLIP"],
        [2, 1, 1, 3, 0, "CLIP"],
        [3, 1, 0, 6, 0, "MODEL"],
        [4, 2, 0, 5, 1, "CONDITIONING"],
        [5, 3, 0, 5, 2, "CONDITIONING"],
        [6, 4, 0, 5, 3, "LATENT"],
        [7, 5, 0, 7, 0, "IMAGE"],
        [8, 8, 0, 5, 0, "MODEL"],
        [9, 6, 0, 8, 0, "MODEL"],
    ],
}


def test_a_drawing_alone_is_read_as_the_graph_it_shows() -> None:
    """Through a reroute and a bypassed node, with the field behind the seed passed over."""
    found = read_foreign({"workflow": json.dumps(DRAWING)})
    assert (found.prompt, found.model, found.seed) == ("a lantern", "ink.safetensors", 156680208700286)
    kept = {key: found.details[key] for key in ("negative", "steps", "cfg", "sampler_name", "scheduler")}
    assert kept == {
        "negative": "mist",
        "steps": 24,
        "cfg": 6.5,
        "sampler_name": "euler",
        "scheduler": "normal",
    }
    beside = read_foreign(
        {"workflow": json.dumps(DRAWING), "prompt": json.dumps({**BASE, "9": sampler(["3", 0])})}
    )
    assert beside.prompt == "blur"


def test_fields_that_newer_editors_name_and_subgraphs_are_followed() -> None:
    inside = {
        "id": "aa-bb",
        "nodes": [
            drawn(1, "SomeEncoder", ["a bell", 3], links={"clip": 1}, fields=("text", "strength")),
            drawn(
                2,
                "KSampler",
                [7, "fixed", 4, 1, "euler", "simple", 1],
                links={"positive": 2, "seed": 3, "model": 5},
            ),
        ],
        "links": [
            {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 1, "target_slot": 0},
            {"id": 2, "origin_id": 1, "origin_slot": 0, "target_id": 2, "target_slot": 0},
            {"id": 3, "origin_id": -10, "origin_slot": 1, "target_id": 2, "target_slot": 1},
            {"id": 4, "origin_id": 2, "origin_slot": 0, "target_id": -20, "target_slot": 0},
            {"id": 5, "origin_id": -10, "origin_slot": 2, "target_id": 2, "target_slot": 2},
        ],
    }
    drawing = {
        "nodes": [
            drawn(3, "UNETLoader", ["z.safetensors", "default"]),
            drawn(4, "aa-bb", [31], links={"clip": None}, fields=("seed",)),
            drawn(5, "SaveImage", ["x"], links={"images": 9}),
        ],
        "links": [[9, 4, 0, 5, 0, "IMAGE"], [10, 3, 0, 4, 2, "MODEL"]],
        "definitions": {"subgraphs": [inside]},
    }
    drawing["nodes"][1]["inputs"].append({"name": "model", "type": "MODEL", "link": 10})
    found = read_foreign({"workflow": json.dumps(drawing)})
    assert (found.prompt, found.seed, found.model) == ("a bell", 31, "z.safetensors")


def test_drawings_that_never_end_cost_nothing() -> None:
    node_of_itself = {"id": 1, "type": "me", "inputs": [], "outputs": []}
    inside = {"id": "me", "nodes": [{**node_of_itself, "id": number} for number in range(9)], "links": []}
    drawing = {"nodes": [node_of_itself], "links": [], "definitions": {"subgraphs": [inside]}}
    assert not read_foreign({"workflow": json.dumps(drawing)}).says_how
    ring = {"nodes": [drawn(1, "Reroute", links={"a": 1}), drawn(2, "SaveImage", links={"images": 1})]}
    ring["links"] = [[1, 1, 0, 1, 0, "X"]]
    assert not read_foreign({"workflow": json.dumps(ring)}).says_how
