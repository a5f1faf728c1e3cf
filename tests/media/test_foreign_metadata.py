"""What other programs wrote into a picture is read; nonsense says nothing."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from audobon_cli.media.image.foreign.registry import read_foreign
from audobon_cli.media.image.inspect import inspect_picture
from audobon_cli.media.registry import inspect_file
from audobon_cli.media.types import Foreign
from tests.library.samples import recipe
from tests.media.samples import A1111, INVOKE, XMP, comfy_texts, encoded


def test_automatic1111() -> None:
    found = read_foreign(inspect_picture(encoded(texts={"parameters": A1111})).texts)
    assert (found.prompt, found.model, found.seed) == ("a red dragon, detailed", "dreamshaper", 42)
    assert found.details["negative"] == "blurry"
    assert found.details["Sampler"] == "Euler a"
    assert found.details["source"] == "a1111"


def test_automatic1111_without_settings_is_all_prompt() -> None:
    assert read_foreign({"parameters": "just words"}).prompt == "just words"


def test_automatic1111_in_the_exif_of_a_jpeg() -> None:
    from PIL import Image

    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + A1111.encode("utf-16-be")
    found = read_foreign(inspect_picture(encoded("JPEG", "RGB", exif=exif)).texts)
    assert (found.prompt, found.seed) == ("a red dragon, detailed", 42)


def test_comfyui() -> None:
    found = read_foreign(inspect_picture(encoded(texts=comfy_texts())).texts)
    assert (found.prompt, found.model, found.seed) == ("a blue knight", "sdxl.safetensors", 7)
    assert found.details["negative"] == "ugly"
    assert read_foreign({"workflow": "{}"}).details == {"source": "comfyui"}


def test_comfyui_with_a_circle_in_its_graph_ends() -> None:
    node = {"class_type": "KSampler", "inputs": {"positive": ["1", 0], "seed": "x"}}
    assert read_foreign({"prompt": json.dumps({"1": node})}).prompt == ""


def test_invokeai() -> None:
    found = read_foreign({"invokeai_metadata": json.dumps(INVOKE)})
    assert (found.prompt, found.model, found.seed) == ("a castle", "flux", 9)
    old = {"model_weights": "sd15", "image": {"prompt": [{"prompt": "a cat"}], "seed": 3}}
    found = read_foreign({"sd-metadata": json.dumps(old)})
    assert (found.prompt, found.model, found.seed) == ("a cat", "sd15", 3)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_xmp(form: str) -> None:
    own = {"texts": {"XML:com.adobe.xmp": XMP}} if form == "PNG" else {"xmp": XMP.encode()}
    data = encoded(form, "RGB", **own)
    found = read_foreign(inspect_picture(data).texts)
    assert (found.tags, found.rating, found.note) == (("boss", "fire & ice"), 4, "The end")


def test_our_own_recipe_comes_back_and_wins() -> None:
    found = read_foreign({"audobon": recipe(5).to_json(), "parameters": A1111})
    assert found.recipe == recipe(5)


@pytest.mark.parametrize(
    "texts",
    [
        {"audobon": "{}"},
        {"prompt": "[1]"},
        {"prompt": '{"1": 2}'},
        {"invokeai_metadata": "nonsense"},
        {"invokeai_metadata": "[" * 100_000},
        {"sd-metadata": "{}"},
        {"XML:com.adobe.xmp": "<x/>"},
        {"Software": "x"},
        {},
    ],
)
def test_nonsense_says_nothing(texts: dict[str, str]) -> None:
    assert read_foreign(texts) == Foreign()


def test_what_no_database_can_hold_is_dropped() -> None:
    found = read_foreign(
        {"invokeai_metadata": '{"positive_prompt": "a\\u0000b\\ud800", "seed": 99999999999999999999}'}
    )
    assert found.prompt == "a b?"
    assert found.seed is None


@given(
    st.dictionaries(
        st.sampled_from(["audobon", "parameters", "prompt", "XML:com.adobe.xmp"]), st.text(max_size=80)
    )
)
def test_any_text_is_survived(texts: dict[str, str]) -> None:
    read_foreign(texts)


def test_xmp_of_a_gif_is_read() -> None:
    packet = "<rdf:RDF><dc:subject><rdf:Bag><rdf:li>cat \u2013 red</rdf:li></rdf:Bag></dc:subject></rdf:RDF>"
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    stream = io.BytesIO()
    frames[0].save(
        stream, "GIF", save_all=True, append_images=frames[1:], duration=50, loop=0, comment=b"hello"
    )
    gif = stream.getvalue()
    falling = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    marked = gif[:-1] + b"\x21\xff\x0bXMP DataXMP" + packet.encode() + falling + gif[-1:]
    found = inspect_file(marked)
    assert found.foreign.tags == ("cat \u2013 red",)
    assert found.media.frames == 2  # type: ignore[attr-defined]
    assert inspect_file(gif).foreign.tags == ()
