"""The built-in model's text encoder as a component of its own, and pictures in its space."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.engines.scoring.image_scorer import ImageScorer
from audobon_cli.engines.scoring.text_embedder import TextEmbedder

BUILTIN = Path(__file__).parents[2] / "src" / "audobon_cli" / "builtin"


@pytest.fixture(scope="module")
def embedder() -> TextEmbedder:
    return TextEmbedder(BUILTIN / "sprite")


def test_texts_are_points_of_unit_length(embedder: TextEmbedder) -> None:
    points = embedder.embed(["dragon", "a red apple on a tree", "", "x" * 400])
    assert (points.shape, points.dtype) == ((4, embedder.width), np.float32)
    assert np.allclose(np.linalg.norm(points, axis=1), 1, atol=1e-5)
    assert embedder.embed([]).shape == (0, embedder.width)


def test_a_text_means_the_same_alone_and_in_company(embedder: TextEmbedder) -> None:
    alone = embedder.embed(["magic sword"])[0]
    together = embedder.embed(["cat", "magic sword", "a long sentence about a castle", "old shield"])[1]
    assert float(alone @ together) > 0.99999


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("sword", "blade", "apple"),
        ("kitten", "cat", "castle"),
        ("scary", "spooky", "banana"),
        ("ship", "boat", "cake"),
    ],
)
def test_meaning_is_nearer_than_chance(embedder: TextEmbedder, word: str, near: str, far: str) -> None:
    asked, close, distant = embedder.embed([word, near, far])
    assert float(asked @ close) > float(asked @ distant)


def test_it_needs_neither_diffusers_nor_the_network() -> None:
    script = (
        "import socket, sys\n"
        "def refuse(*_): raise SystemExit('the network was asked')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from pathlib import Path\n"
        "from audobon_cli.engines.scoring.text_embedder import TextEmbedder\n"
        f"print(TextEmbedder(Path({str(BUILTIN / 'sprite')!r})).embed(['cat']).shape, 'diffusers' in sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split(")")[1].strip() == "False"
    assert ran.stderr == ""


def test_a_folder_without_an_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="text encoder"):
        TextEmbedder(tmp_path)


def test_a_picture_is_nearest_to_its_own_words() -> None:
    """Plain shapes in plain colours: what the scorer learned from real pictures must reach that far."""
    scorer = ImageScorer(BUILTIN / "scorer", BUILTIN / "sprite")
    star = Image.new("RGBA", (64, 64))
    points = [
        (32 + r * math.sin(k * math.pi / 5), 34 - r * math.cos(k * math.pi / 5))
        for k, r in enumerate((30, 13) * 5)
    ]
    ImageDraw.Draw(star).polygon(points, fill=(250, 200, 40, 255))
    blank = Image.new("RGBA", (64, 64), (128, 128, 128, 255))
    shown, empty = scorer.scores([star, blank], "star")
    assert shown > empty
    assert shown > scorer.scores([star], "fish")[0]


def test_a_damaged_scorer_is_told(tmp_path: Path) -> None:
    (tmp_path / "scorer.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelDamaged, match="scorer"):
        ImageScorer(tmp_path, BUILTIN / "sprite")
