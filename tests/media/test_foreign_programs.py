"""What SwarmUI, Fooocus, InvokeAI, NovelAI, Draw Things and the many writers of A1111's text put into pictures."""

import html
import json
import time

import pytest

from audobon_cli.media.image.foreign.a1111 import read_pairs
from audobon_cli.media.image.foreign.authorship import authorship
from audobon_cli.media.image.foreign.registry import read_foreign

SWARM = {
    "sui_image_params": {
        "prompt": "a golem",
        "negativeprompt": "haze",
        "model": "base",
        "seed": 9,
        "steps": 20,
    },
    "sui_extra_data": {"date": "2026-01-02"},
}
FOOOCUS = {
    "prompt": "a fish",
    "negative_prompt": "mud",
    "seed": "4",
    "base_model": "juggernaut",
    "metadata_scheme": "fooocus",
}
OLD_FOOOCUS = {
    "Prompt": "a fish",
    "Negative Prompt": "mud",
    "Seed": 4,
    "Base Model": "x",
    "Version": "Fooocus v2.1",
}
NOVELAI = {
    "Title": "NovelAI generated image",
    "Description": "a moth",
    "Software": "NovelAI",
    "Source": "NovelAI Diffusion V3 7BCCAA2C",
    "Comment": json.dumps(
        {"steps": 28, "scale": 5.0, "seed": 2**63 + 1, "uc": "lowres", "sampler": "k_euler"}
    ),
}
DRAW_THINGS = json.dumps({"c": 'a "hill"', "uc": "fog", "seed": 6, "model": "sdxl.ckpt", "steps": 8})
PACKET = (
    "<x:xmpmeta><rdf:RDF><rdf:Description><exif:UserComment><rdf:Alt><rdf:li xml:lang='x-default'>"
    f"{html.escape(DRAW_THINGS)}</rdf:li></rdf:Alt></exif:UserComment></rdf:Description></rdf:RDF></x:xmpmeta>"
)
DREAM = {"Dream": '"a cave [mist]" -s 50 -S 12 -W 512 -H 512 -C 7.5 -A k_lms'}


@pytest.mark.parametrize(
    ("texts", "source", "prompt", "model", "seed", "negative"),
    [
        ({"parameters": json.dumps(SWARM, indent=2)}, "swarmui", "a golem", "base", 9, "haze"),
        ({"parameters": json.dumps(FOOOCUS)}, "fooocus", "a fish", "juggernaut", 4, "mud"),
        ({"parameters": json.dumps(OLD_FOOOCUS)}, "fooocus", "a fish", "x", 4, "mud"),
        (
            {
                "parameters": json.dumps(
                    {"Prompt": "a jar", "Negative": "b", "seed": 1, "base_model_name": "y"}
                )
            },
            "json",
            "a jar",
            "y",
            1,
            "b",
        ),
        ({"prompt": "a jar", "seed": "11", "negative_prompt": "b"}, "json", "a jar", "", 11, "b"),
        ({"comment": json.dumps({"prompt": "a jar", "seed": 2})}, "json", "a jar", "", 2, ""),
        (NOVELAI, "novelai", "a moth", "NovelAI Diffusion V3", 2**63 + 1, "lowres"),
        (
            {"parameters": json.dumps(NOVELAI)},
            "novelai",
            "a moth",
            "NovelAI Diffusion V3",
            2**63 + 1,
            "lowres",
        ),
        ({"XML:com.adobe.xmp": PACKET}, "draw things", 'a "hill"', "sdxl.ckpt", 6, "fog"),
        (DREAM, "invokeai", "a cave", "", 12, "mist"),
    ],
)
def test_each_program_is_read(
    texts: dict[str, str], source: str, prompt: str, model: str, seed: int, negative: str
) -> None:
    found = read_foreign(texts)
    assert (found.prompt, found.model, found.seed) == (prompt, model, seed)
    assert (found.details["source"], found.details["negative"]) == (source, negative)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        json.dumps({"prompt": '{"1": {}}'}),
        "[1, 2]",
        '{"workflow": {"nodes": []}}',
        "{" * 10,
        "[" * 100_000,
    ],
)
def test_json_without_words_is_no_prompt(text: str) -> None:
    if text != "{" * 10:  # which is no JSON, and so the words of somebody
        assert read_foreign({"parameters": text}).prompt == ""


BEHIND = (
    "a frog\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, Seed: 321, Size: 64x64, Model: base\n"
    "Template: a {green|red} frog\nin the grass\nNegative Template: blurry"
)


def test_lines_behind_the_settings_are_no_prompt() -> None:
    found = read_foreign({"parameters": BEHIND})
    assert (found.prompt, found.seed, found.model) == ("a frog", 321, "base")
    assert found.details["Template"] == "a {green|red} frog\nin the grass"
    assert found.details["negative"] == "blurry"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(end: str) -> None:
    found = read_foreign({"parameters": BEHIND.replace("\n", end)})
    assert (found.prompt, found.details["negative"]) == ("a frog", "blurry")


def test_settings_in_another_order_and_words_that_only_look_like_them() -> None:
    found = read_foreign(
        {"parameters": "Steps: up to the door\nSeed: 3, Sampler: Euler, Size: 8x8, Steps: 9"}
    )
    assert (found.prompt, found.seed) == ("Steps: up to the door", 3)


def test_values_that_are_json_keep_their_commas() -> None:
    pairs = read_pairs(
        'Steps: 2, Hashes: {"vae": "a", "model": "b"}, TI: "x: 1, y: 2", Odd: "unclosed, Seed: 7, Seed: 8,'
        ' Civitai resources: [{"type":"checkpoint","modelName":"Juggernaut"}], Version: 1'
    )
    assert pairs["Hashes"] == '{"vae": "a", "model": "b"}'
    assert (pairs["TI"], pairs["Seed"], pairs["Version"]) == ("x: 1, y: 2", "7", "1")
    text = f"a cat\nSteps: 2, Seed: 1, Civitai resources: {pairs['Civitai resources']}"
    assert read_foreign({"parameters": text}).model == "Juggernaut"


def test_long_lines_of_pairs_are_read_in_a_moment() -> None:
    assert len(read_pairs("a: {[, " * 200_000)) <= 200


@pytest.mark.parametrize(
    "text", ["<dc:title>", "<rdf:li>", "<exif:UserComment>", "<dc:title></dc:title>", 'exif:UserComment="']
)
def test_long_packets_are_read_in_a_moment(text: str) -> None:
    began = time.process_time()
    read_foreign({"XML:com.adobe.xmp": text * 200_000})
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (
            {
                "Description": "a castle on a hill, fog --ar 16:9 --no people --seed 12 --v 6.1 Job ID: "
                + "1a2b3c4d-" * 3
                + "123456789"
            },
            ("a castle on a hill, fog", "midjourney 6.1", 12, "people"),
        ),
        (
            {
                "ImageDescription": "Include in Image: a fox; Exclude from Image: fog; Model: sd15; Steps: 20; Seed: 77"
            },
            ("a fox", "sd15", 77, "fog"),
        ),
        (
            {
                "parameters": json.dumps(
                    {"c": "a fox", "uc": "fog", "seed": 5, "model": "x.ckpt", "steps": 20}
                )
            },
            ("a fox", "x.ckpt", 5, "fog"),
        ),
        (
            {
                "prompt": "a fox",
                "seed": "42",
                "use_stable_diffusion_model": "sd-v1-5",
                "negative_prompt": "fog",
            },
            ("a fox", "sd-v1-5", 42, "fog"),
        ),
        (
            {
                "prompt": json.dumps({"1": {"class_type": "ECHOCheckpointLoaderSimple", "inputs": {}}}),
                "generation_data": json.dumps(
                    {
                        "prompt": "a fox",
                        "negativePrompt": "fog",
                        "seed": "8",
                        "baseModel": {"modelFileName": "x"},
                    }
                )
                + "\0",
            },
            ("a fox", "x", 8, "fog"),
        ),
        (
            {
                "NMKDiffusion": json.dumps(
                    {"prompt": "a fox", "promptNeg": "fog", "seed": 8, "model": "x.ckpt"}
                )
            },
            ("a fox", "x.ckpt", 8, "fog"),
        ),
        (
            {
                "sd-metadata": json.dumps(
                    {
                        "model_weights": "sd15",
                        "image": {
                            "prompt": [
                                {"prompt": "a fox", "weight": 2},
                                {"prompt": "a hill [fog]", "weight": 1},
                            ],
                            "seed": 8,
                        },
                    }
                )
            },
            ("a fox\na hill", "sd15", 8, "fog"),
        ),
        (
            {
                **NOVELAI,
                "Comment": json.dumps(
                    {
                        "seed": 8,
                        "uc": "fog",
                        "v4_prompt": {
                            "caption": {
                                "base_caption": "a moth",
                                "char_captions": [{"char_caption": "a fox"}],
                            }
                        },
                    }
                ),
            },
            ("a moth\na fox", "NovelAI Diffusion V3", 8, "fog"),
        ),
    ],
    ids=[
        *(
            "Midjourney",
            "Mochi Diffusion",
            "Draw Things in Exif",
            "Easy Diffusion",
            "Tensor.Art",
            "NMKD's GUI",
        ),
        *("InvokeAI 2 with weights", "NovelAI 4 with characters"),
    ],
)
def test_programs_that_describe_their_pictures(
    texts: dict[str, str], said: tuple[str, str, int, str]
) -> None:
    found = read_foreign(texts)
    assert (found.prompt, found.model, found.seed, found.details["negative"]) == said


def test_words_beside_a_graph_without_any_are_read() -> None:
    sampler = {"class_type": "KSampler", "inputs": {"seed": 77, "steps": 4, "positive": ["2", 0]}}
    graph = {"1": sampler, "2": {"class_type": "SecretWords", "inputs": {}}}
    text = "a cat\nNegative prompt: mud\nSteps: 4, Sampler: Euler, Seed: 77, Model: dream"
    found = read_foreign({"prompt": json.dumps(graph), "parameters": text})
    assert (found.prompt, found.seed, found.model) == ("a cat", 77, "dream")
    alone = read_foreign({"prompt": json.dumps(graph)})
    assert (alone.prompt, alone.seed) == ("", 77)


def test_empty_items_and_other_languages_of_xmp() -> None:
    subject = "<dc:subject><rdf:Bag><rdf:li/><rdf:li>cat</rdf:li><rdf:li>dog</rdf:li></rdf:Bag></dc:subject>"
    languages = '<rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li><rdf:li xml:lang="de">{}</rdf:li></rdf:Alt>'
    title = f"<dc:title>{languages.format('Cat', 'Katze')}</dc:title>"
    nothing = '<dc:description><rdf:Alt><rdf:li xml:lang="x-default"/></rdf:Alt></dc:description>'
    found = read_foreign({"XML:com.adobe.xmp": f"<rdf:RDF>{nothing}{subject}{title}</rdf:RDF>"})
    assert (found.tags, found.note) == (("cat", "dog"), "Cat")
    rights = f"<dc:rights>{languages.format('CC0', 'Gemeinfrei')}</dc:rights>"
    makers = "<dc:creator><rdf:Seq><rdf:li>Ann</rdf:li><rdf:li>Bo</rdf:li></rdf:Seq></dc:creator>"
    assert authorship({"XML:com.adobe.xmp": rights + makers}) == {"author": "Ann, Bo", "copyright": "CC0"}
