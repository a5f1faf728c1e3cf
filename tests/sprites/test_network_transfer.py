"""Style transfer by a network of the user's own: a graph made here, whose picture is known in advance."""

from pathlib import Path

import numpy as np
import pytest

from audobon_cli.media.image.pixels import encode_png, read_picture
from audobon_cli.media.provenance import SourceType
from audobon_cli.media.xmp import source_type_named
from tests.conftest import Audobon
from tests.sprites.motion_samples import imp
from tests.sprites.onnx_graphs import style_network

RED = np.tile(np.array([200, 20, 40, 255], dtype=np.uint8), (16, 16, 1))


@pytest.fixture
def art() -> None:
    Path("imp.png").write_bytes(encode_png(imp(64)))
    Path("red.png").write_bytes(encode_png(RED))
    Path("net.onnx").write_bytes(style_network())


def expected(strength: float = 1.0) -> np.ndarray:  # type: ignore[type-arg]
    own = imp(64).astype(np.float64)
    styled = (own[..., :3] + RED[0, 0, :3]) / 2
    colours = np.rint(strength * styled + (1 - strength) * own[..., :3])
    return np.where(own[..., 3:] > 0, np.concatenate([colours, own[..., 3:]], axis=-1), 0)


@pytest.mark.parametrize(
    ("network", "strength"),
    [
        (style_network(), 1.0),
        (style_network(channels_last=False), 0.5),
        (style_network(style_first=True), 1.0),
    ],
)
@pytest.mark.usefixtures("art")
def test_the_networks_picture_has_alpha_and_grid_of_the_first(
    audobon: Audobon, network: bytes, strength: float
) -> None:
    Path("net.onnx").write_bytes(network)
    ran = audobon(
        "style", "transfer", "imp.png", "--card", "red.png", "--model", "net.onnx", "--strength", str(strength),
        "--out", "out.png",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    made = read_picture(Path("out.png").read_bytes()).still.astype(np.float64)
    assert source_type_named(Path("out.png").read_bytes()) == SourceType.EDITED_BY_TRAINED.uri
    assert np.abs(made - expected(strength)).max() <= 1
    assert np.array_equal(made[::2, ::2].repeat(2, axis=0).repeat(2, axis=1), made)


@pytest.mark.usefixtures("art")
def test_a_network_of_one_size_is_given_that(audobon: Audobon) -> None:
    Path("net.onnx").write_bytes(style_network(sides=(32, 32)))
    ask = ("style", "transfer", "imp.png", "--card", "red.png", "--model", "net.onnx", "--out", "out.png")
    assert audobon(*ask).status == 0
    made = read_picture(Path("out.png").read_bytes()).still
    assert made.shape == imp(64).shape
    assert np.array_equal(made[..., 3], imp(64)[..., 3])


@pytest.mark.usefixtures("art")
def test_assets_are_derived_and_made_again_of_the_very_network(audobon: Audobon) -> None:
    audobon("assets", "import", "imp.png", "red.png")
    ask = ("style", "transfer", "imp", "--card", "red", "--model", "net.onnx", "--json")
    (made,) = audobon(*ask).data["results"]
    assert made["name"] == "imp_styled"
    assert audobon(*ask).data["results"][0]["asset"]["existing"]
    shown = audobon("assets", "show", "imp_styled", "--json").data["asset"]
    assert [one["kind"] for one in shown["relations"]] == ["derived-from"] * 2
    replayed = audobon("sprite", "replay", "imp", "--json").data["assets"]
    assert [one["status"] for one in replayed] == ["identical"]
    Path("net.onnx").write_bytes(style_network(channels_last=False))
    replayed = audobon("sprite", "replay", "imp", "--json")
    assert replayed.status != 0
    assert "another network" in replayed.out


@pytest.mark.usefixtures("art")
def test_what_is_no_such_network_or_style_is_told(audobon: Audobon) -> None:
    Path("text.onnx").write_text("no network")
    Path("odd.onnx").write_bytes(style_network(channels=4))
    ask = ("style", "transfer", "imp.png", "--card", "red.png", "--out", "out.png", "--model")
    for file in ("missing.onnx", "text.onnx", "odd.onnx"):
        ran = audobon(*ask, file)
        assert ran.status == 2, file
    audobon("assets", "import", "imp.png", "red.png")
    audobon("style", "learn", "imp", "red", "--name", "mine")
    for style in ("red.png", "mine", "kind:sprite"):
        ran = audobon("style", "transfer", "imp", "--card", style, "--model", "net.onnx")
        assert ran.status == 2, style
    assert not Path("out.png").exists()
