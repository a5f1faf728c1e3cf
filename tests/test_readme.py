"""README's command lines, run as they stand there, in their order, in one folder.

What a reader has and this folder has not is put there first: pictures, a passphrase, prompts. Models that are not
here are planned only; the ComfyUI server is a double. Lines that need models of gigabytes, a cluster, or do not end by
themselves are the subject of other tests, which ELSEWHERE names.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.conftest import Audobon
from tests.doubles.comfyui_server import ComfyDouble
from tests.fakes.fake_engine import FakeEngine

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"```(?P<kind>bash|toml)\n(?P<text>.*?)```", re.DOTALL)

ELSEWHERE = {
    "models pull": "tests/models/test_pull.py, test_pull_gcs.py",
    "generate castle --model flux1-dev-Q4_K_S.gguf": "tests/vram/test_gguf.py",
    "generate castle --model my.safetensors": "tests/generation/test_components.py",
    "generate knight --model sdxl --lora": "tests/cli/test_generate_adapters.py",
    "generate castle --model sd15 --control": "tests/cli/test_generate_adapters.py",
    "generate dragon --model sdxl --reference": "tests/cli/test_generate_adapters.py",
    "generate harbour --model sdxl --refiner": "tests/cli/test_generate_adapters.py",
    "train lora art/ --name my-style": "tests/training/test_runs.py",
    "generate castle --style my-style": "tests/training/test_runs.py",
    "queue run --workers 2 --detach": "tests/queue/test_workers.py",
    "queue run --engine ray": "tests/queue/test_ray.py",
    "generate ghost --keep-warm": "tests/cli/test_warm.py",
    "generate --batch prompts.txt --only dragon --watch": "tests/cli/test_batch.py",
    "backup sync usb gs://my-bucket/art": "tests/backup",
}
"""Lines that need what no folder has, by their beginning, and where they are run."""


def command_lines() -> Iterator[list[str]]:
    """The words of README's lines that begin with ``audobon``, without comments."""
    for block in BLOCK.finditer(README.read_text(encoding="utf-8")):
        if block["kind"] == "bash":
            for line in block["text"].splitlines():
                for part in re.split(r"\s&&\s", re.split(r"\s+# ", line)[0]):
                    words = shlex.split(part)
                    if words[:1] == ["audobon"]:
                        yield words[1:]


def elsewhere(words: list[str]) -> bool:
    """Whether the line is run by another test."""
    return any(words[: len(shlex.split(start))] == shlex.split(start) for start in ELSEWHERE)


def prepare(home: Path) -> None:
    """What a reader has: prompts, README's own batch, pictures and a mask; the pictures of an animation in ~/art."""
    art = home / "art"
    art.mkdir()
    for number in range(3):
        draw(art / f"walk_0{number}.png", shift=number)
    draw(Path("photo.png"), background="white")
    draw(Path("painted.png"), shift=4)
    Image.new("L", (256, 256), 255).save("m.png")
    Path("prompts.txt").write_text("a castle\nan oak\n", encoding="utf-8")
    batch = next(
        block["text"] for block in BLOCK.finditer(README.read_text("utf-8")) if "[matrix]" in block["text"]
    )
    Path("sprites.toml").write_text(batch, encoding="utf-8")


def draw(path: Path, shift: int = 0, background: str = "#00000000") -> None:
    """A ball of 64x64 pixels with an outline."""
    image = Image.new("RGBA", (64, 64), background)
    ImageDraw.Draw(image).ellipse((10 + shift, 8, 50 + shift, 58), fill="#c83c28", outline="#140a0a")
    image.save(path)


@pytest.mark.loopback
def test_readme_runs_from_top_to_bottom(
    audobon: Audobon, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path.home()
    prepare(home)
    monkeypatch.setenv("AUDOBON_PASSPHRASE", "correct horse battery staple")
    ran = []
    with ComfyDouble(step_seconds=0.0) as comfyui:
        monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", comfyui.address)
        for words in command_lines():
            if elsewhere(words):
                continue
            stdin = ""
            if "<" in words:
                place = words.index("<")
                stdin = Path(words[place + 1]).read_text(encoding="utf-8")
                words = words[:place]
            line = [word.replace("~", str(home)).replace("/mnt/", f"{home}/") for word in words]
            done = audobon(*line, stdin=stdin)
            ran.append(" ".join(words))
            assert done.status == 0, f"{ran[-1]}: {done.err}{done.out}"
    assert len(ran) > 40


def test_lines_that_other_tests_run_are_in_readme() -> None:
    lines = list(command_lines())
    for start in ELSEWHERE:
        assert any(words[: len(shlex.split(start))] == shlex.split(start) for words in lines), start
