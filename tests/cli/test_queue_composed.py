"""What the queue composes is what `generate` composes, byte for byte: drawn here by the real composer."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.conftest import Audobon


def picture(name: str) -> None:
    image = Image.new("RGBA", (40, 48))
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 14, 35, 45), fill="#3fae4a")
    draw.rectangle((10, 4, 29, 15), fill="#c8322b")
    image.save(name)


@pytest.mark.parametrize(
    "asked",
    [
        ("castle",),
        ("castle", "--style", "none"),
        ("castle", "--style", "outline"),
        ("golden mascot with a sword", "--reference", "mascot.png"),
        ("golden mascot", "--reference", "kept"),
    ],
)
def test_a_job_composes_what_generate_composes(audobon: Audobon, asked: tuple[str, ...]) -> None:
    picture("mascot.png")
    picture("kept.png")
    assert audobon("assets", "import", "kept.png").status == 0
    Path("kept.png").unlink()
    wanted = (*asked, "--seed", "77")
    added = audobon("queue", "add", *wanted, "--json")
    assert added.status == 0, added.err
    Path("mascot.png").unlink()
    assert audobon("queue", "run").status == 0
    [job] = audobon("queue", "list", "--json").data["jobs"]
    picture("mascot.png")
    [made] = audobon("generate", *wanted, "--json").data["assets"]
    assert (job["state"], made["existing"]) == ("done", True)
