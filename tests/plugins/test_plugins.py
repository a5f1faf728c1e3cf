"""Plugins of packages that are installed: found, told when they are of no use, and in nobody's way."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from audobon_cli.plugins.discovery import PluginKind, installed
from audobon_cli.plugins.registry import Registry
from audobon_cli.settings.locations import user_locations
from tests.conftest import Audobon
from tests.plugins.packages import install, install_operation


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that Python imports from, besides the others."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def picture() -> str:
    Image.new("RGBA", (8, 8), (200, 30, 30, 255)).save("red.png")
    return "red.png"


States = Callable[[], dict[str, tuple[str, str]]]


@pytest.fixture
def states(audobon: Audobon) -> States:
    """What `plugins list` says of each."""

    def call() -> dict[str, tuple[str, str]]:
        found = audobon("plugins", "list", "--json").data["plugins"]
        return {f"{one['package']} {one['name']}": (one["state"], one["why"]) for one in found}

    return call


def test_none_is_no_fault(audobon: Audobon) -> None:
    ran = audobon("plugins", "list", "--json")
    assert (ran.status, ran.data) == (0, {"api": 1, "plugins": []})
    assert audobon("plugins", "check", "--json").data == {"plugins": []}
    assert audobon("plugins", "check", "flip", "--json").json["error"]["code"] == "plugin.not_found"


def test_one_is_found_by_its_metadata_and_imported_when_it_is_used(
    audobon: Audobon, site: Path, picture: str
) -> None:
    install_operation(site, "audobon_flip_a")
    (plugin,) = installed()
    assert (plugin.kind, plugin.name, plugin.label) == (PluginKind.OPERATIONS, "flip", "audobon_flip_a 1.0")
    assert audobon("sprite", "apply", "trim", picture, "--out", "trimmed.png").status == 0
    assert "audobon_flip_a" not in sys.modules
    assert audobon("sprite", "apply", "flip", picture, "--out", "flipped.png").status == 0
    assert Path("flipped.png").is_file()
    assert audobon("plugins", "check", "flip").status == 0


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise RuntimeError('no licence')", "importing audobon_bad_{} fails: RuntimeError: no licence"),
        ("AUDOBON_API = 1\n", "audobon_bad_{} has no Flip"),
        ("class Flip: ...\n", "audobon_bad_{} says no AUDOBON_API, and this version has API 1"),
        ("AUDOBON_API = 99\nclass Flip: ...\n", "it is made for API 99, and this version has API 1"),
    ],
    ids=["raises", "empty", "silent", "newer"],
)
def test_one_that_is_broken_is_told_and_stops_nothing(
    audobon: Audobon,
    site: Path,
    states: States,
    picture: str,
    code: str,
    why: str,
    request: pytest.FixtureRequest,
) -> None:
    name = request.node.callspec.id
    install_operation(site, f"audobon_bad_{name}")
    (site / f"audobon_bad_{name}.py").write_text(code)
    state, told = states()[f"audobon_bad_{name} flip"]
    assert (state, why.format(name) in told) == ("broken", True), told
    findings = [check for check in audobon("doctor", "--json").data["checks"] if check["name"] == "plugins"]
    assert [(one["verdict"], why.format(name) in one["message"]) for one in findings] == [("warning", True)]
    assert audobon("sprite", "apply", "trim", picture, "--out", "trimmed.png").status == 0
    ran = audobon("sprite", "apply", "flip", picture, "--out", "flipped.png", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (15, "plugin.unusable")
    checked = audobon("plugins", "check", "--json")
    assert (checked.status, checked.json["error"]["code"]) == (3, "plugin.failed")


def test_what_is_built_in_goes_first_then_the_first_package(
    audobon: Audobon, site: Path, states: States, picture: str
) -> None:
    install_operation(site, "audobon_clash", "trim")
    for module in ("audobon_one", "audobon_two"):
        install_operation(site, module, "flop")
    assert states() == {
        "audobon_clash trim": ("shadowed", "trim is built in, which goes first"),
        "audobon_one flop": ("on", ""),
        "audobon_two flop": ("shadowed", "audobon_one 1.0 has one of that name, which goes first"),
    }
    assert audobon("sprite", "apply", "trim", picture, "--out", "trimmed.png").status == 0
    assert "audobon_clash" not in sys.modules


def test_they_can_be_turned_off_and_a_project_cannot_turn_them_on(
    audobon: Audobon, site: Path, states: States, picture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_operation(site, "audobon_off")
    Path("audobon.toml").write_text('[plugins]\nenabled = "all"\n')
    settings = user_locations().settings_file
    settings.parent.mkdir(parents=True, exist_ok=True)
    for text, state in (("none", "off"), ("another, Audobon-Off", "on"), ("flip", "on"), ("other", "off")):
        settings.write_text(f'[plugins]\nenabled = "{text}"\n')
        assert states()["audobon_off flip"][0] == state
    ran = audobon("sprite", "apply", "flip", picture, "--out", "flipped.png", "--json")
    assert ran.status == 2
    assert "audobon_off 1.0 has it, and is off" in ran.json["error"]["hint"]
    assert "audobon_off" not in {name for name in sys.modules if "flip" in vars(sys.modules[name])}
    settings.unlink()
    assert states()["audobon_off flip"][0] == "on"
    monkeypatch.setenv("AUDOBON_NO_PLUGINS", "1")
    assert states()["audobon_off flip"][0] == "off"


def test_a_process_without_settings_runs_no_code_of_others(site: Path) -> None:
    install_operation(site, "audobon_alone")
    code = (
        "from audobon_cli.derivations.registry import REGISTRY\n"
        "print(REGISTRY.plugin('flip'), [one.name for one in __import__('audobon_cli.plugins.discovery',"
        " fromlist=['x']).installed()])"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *sys.path])}
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["None", "['flip']"]


def test_metadata_that_is_no_good_is_passed_over(site: Path) -> None:
    install(site, "audobon-elsewhere", {"console_scripts": {"x": "y:z"}, "audobon.thoughts": {"a": "b:c"}})
    (site / "broken-1.dist-info").mkdir()
    (site / "broken-1.dist-info" / "entry_points.txt").write_bytes(b"[audobon.operations]\nx = y:z\n")
    (site / "folder-1.dist-info" / "entry_points.txt").mkdir(parents=True)
    assert installed() == ()


def test_a_further_kind_is_a_registry_over_what_ships() -> None:
    letters: Registry[str] = Registry(PluginKind.METRICS, {"a": "string:ascii_lowercase"})
    assert letters.load("a") == "abcdefghijklmnopqrstuvwxyz"
    assert (letters.load("b"), letters.names(), letters.package_of("a")) == (None, ("a",), {})


def test_a_medium_of_a_plugin_that_is_gone_keeps_its_assets(
    audobon: Audobon, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "AUDOBON_API = 1\nfrom tests.fakes.text_medium import TextMedium\n"
    (site / "audobon_texts.py").write_text(code)
    install(site, "audobon-texts", {"audobon.media": {"text": "audobon_texts:TextMedium"}})
    Path("hello.text").write_bytes(b"TEXT\n\nhello there")
    ran = audobon("assets", "import", "hello.text", "--json")
    assert [one["status"] for one in ran.data["files"]] == ["imported"], ran.out
    media = {"medium": "text", "words": 2}
    assert audobon("assets", "show", "hello", "--json").data["asset"]["media"] == media
    monkeypatch.setenv("AUDOBON_NO_PLUGINS", "1")
    assert audobon("assets", "show", "hello", "--json").data["asset"]["media"] == media
    assert audobon("assets", "list").status == 0
    assert audobon("assets", "export", "hello", "--to", "out").status == 0
    assert [path.read_bytes() for path in Path("out").iterdir()] == [b"TEXT\n\nhello there"]
    assert audobon("version", "commit", "-m", "with a text").status == 0
    assert audobon("assets", "verify").status == 0
    other = audobon("assets", "export", "hello", "--to", "other", "--format", "webp", "--json")
    assert other.json["error"]["code"] == "plugin.not_found", json.dumps(other.json)
    assert audobon("assets", "import", "hello.text").status != 0
