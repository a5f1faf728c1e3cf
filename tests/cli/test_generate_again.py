"""The same request again: the picture comes from the library; ``--fresh`` and what is damaged is redone."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from audobon_cli.library.store.library import Library
from audobon_cli.workspace import Workspace
from tests.conftest import Audobon, Engines
from tests.fakes.fake_engine import FakeEngine

SEVEN = ("generate", "cute dragon", "--seed", "7")


def library() -> Library:
    return Workspace(Path.cwd(), {}).library


def test_the_stored_picture_comes_back_without_an_engine(audobon: Audobon, fake_engine: FakeEngine) -> None:
    first = audobon(*SEVEN, "--json").data["assets"][0]
    fake_engine.calls.clear()
    again = audobon(*SEVEN, "--events", "--out", "copy.png")
    asset = again.data["assets"][0]
    assert (asset["id"], asset["existing"]) == (first["id"], True)
    assert not fake_engine.calls
    assert [event["event"] for event in again.events] == ["strategy_chosen", "image_filed"]
    assert Path("copy.png").read_bytes() == Path(first["path"]).read_bytes()
    assert "already made: cute_dragon  seed 7" in audobon(*SEVEN).err


@pytest.mark.parametrize(
    "changed",
    [
        ("--steps", "5"),
        ("--guidance", "3"),
        ("--negative", "red"),
        ("--style", "flat"),
        ("--size", "32"),
        ("--seed", "8"),
        ("--tile", "x"),
        ("--fresh",),
    ],
)
def test_whatever_differs_is_drawn(
    audobon: Audobon, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, changed: tuple[str, ...]
) -> None:
    audobon(*SEVEN)
    fake_engine.calls.clear()
    assert audobon(*SEVEN, *changed).status == 0
    assert fake_engine.calls["render"] == 1


def test_another_version_of_a_library_is_another_recipe(
    audobon: Audobon, fake_engine: FakeEngine, engines: Engines
) -> None:
    audobon(*SEVEN)
    facts = replace(fake_engine.facts(), libraries={"audobon": "0", "fake": "2"})
    assert engines.factory is not None
    engines.factory = replace(engines.factory, predict_facts=lambda name, request, **options: (facts,))
    fake_engine.calls.clear()
    audobon(*SEVEN)
    assert fake_engine.calls["render"] == 1


def test_only_what_is_missing_of_a_run_is_drawn(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("generate", "cat", "--seed", "8")
    fake_engine.seeds.clear()
    ran = audobon("generate", "cat", "--seed", "7", "--count", "3", "--json")
    assert fake_engine.seeds == [7, 9]
    assert [asset["existing"] for asset in ran.data["assets"]] == [False, True, False]


def test_fresh_pictures_are_filed_once(audobon: Audobon) -> None:
    audobon(*SEVEN)
    assert audobon(*SEVEN, "--fresh", "--json").data["assets"][0]["existing"] is True
    assert audobon("assets", "list", "--json").data["total"] == 1


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_damaged_picture_is_made_again_and_mended(
    audobon: Audobon, fake_engine: FakeEngine, harm: str
) -> None:
    blob = audobon(*SEVEN, "--json").data["assets"][0]["blob"]
    path = library().blobs.path(blob)
    path.chmod(0o644)
    path.write_bytes(b"not the picture") if harm == "changed" else path.unlink()
    fake_engine.calls.clear()
    assert audobon(*SEVEN, "--json").data["assets"][0]["blob"] == blob
    assert fake_engine.calls["render"] == 1
    assert audobon("assets", "verify").status == 0


def test_the_picture_of_a_retry_seed_is_found_by_the_seed_asked_for(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    fake_engine.problems = {7: ("it is not finite",)}
    first = audobon(*SEVEN, "--json").data["assets"][0]
    fake_engine.calls.clear()
    again = audobon(*SEVEN, "--json").data["assets"][0]
    assert (again["id"], again["seed"], again["existing"]) == (first["id"], 1_000_010, True)
    assert not fake_engine.calls


def test_the_picture_of_another_seed_is_not_taken_for_a_retry(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    audobon("generate", "cute dragon", "--seed", "1000010")
    fake_engine.seeds.clear()
    assert audobon(*SEVEN, "--json").data["assets"][0]["seed"] == 7
    assert fake_engine.seeds == [7]


def test_seeds_that_all_failed_are_tried_again(audobon: Audobon, fake_engine: FakeEngine) -> None:
    fake_engine.blank_seeds = frozenset({7, 1_000_010, 2_000_013})
    assert audobon(*SEVEN).status == 3
    fake_engine.blank_seeds = frozenset()
    assert audobon(*SEVEN, "--json").data["assets"][0]["seed"] == 7


@pytest.mark.usefixtures("fake_engine")
def test_the_bytes_of_an_input_picture_are_part_of_the_recipe(audobon: Audobon) -> None:
    def drawn(colour: str, file: str) -> bool:
        Image.new("RGB", (64, 64), colour).save(file)
        ran = audobon(*SEVEN, "--init-image", file, "--json")
        return not ran.data["assets"][0]["existing"]

    assert drawn("red", "a.png")
    assert drawn("blue", "a.png")
    assert not drawn("red", "another name.png")


REAL = """
import sys
from audobon_cli.cli.main import run
status = run(["generate", "apple", "--seed", "7", "--steps", "2", "--json", "--out", "a.png"])
print("onnxruntime" in sys.modules, file=sys.stderr)
sys.exit(status)
"""


def test_the_real_engine_is_not_even_imported() -> None:
    first, again = (
        subprocess.run([sys.executable, "-c", REAL], capture_output=True, text=True, timeout=280, check=False)
        for _ in range(2)
    )
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert first.stderr.splitlines()[-1] == "True"
    assert again.stderr.splitlines()[-1] == "False"
    assert '"existing": true' in again.stdout
