"""Through the sandbox comes what comes without it: contents, facts, errors, and what an import files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audobon_cli.domain.errors import AudobonError
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.media.sound.samples import DecodedSound
from audobon_cli.media.untrusted import decoding
from audobon_cli.sandbox.policy import SandboxMode, SandboxPolicy
from audobon_cli.sandbox.source import take_policy_from
from tests.conftest import Audobon
from tests.sandbox.mutations import mutations, whole_files

WHOLE = whole_files()
SOUNDS = ("wav", "flac", "ogg", "mp3", "aiff")
FEW = 24


@pytest.fixture(autouse=True)
def policy() -> Iterator[None]:
    yield
    take_policy_from(SandboxPolicy)


def both(call: Any) -> tuple[Any, Any]:
    """What ``call`` gives in the sandbox and without it; of errors their class and words."""
    found = []
    for mode in (SandboxMode.AUTO, SandboxMode.OFF):
        take_policy_from(lambda mode=mode: SandboxPolicy(mode))
        try:
            found.append(call())
        except AudobonError as error:
            found.append((type(error), error.message, error.hint, error.details))
    return found[0], found[1]


def comparable(content: Any) -> Any:
    if isinstance(content, DecodedImage):
        pixels = [frame.tobytes() for frame in content.frames]
        return (
            content.name,
            pixels,
            content.durations_ms,
            dict(content.texts),
            content.format,
            content.media,
            content.plays,
        )
    if isinstance(content, DecodedSound):
        facts = content.rate, content.type, content.loops, content.format, content.data, content.media
        return content.name, content.samples.tobytes(), content.samples.dtype, facts
    return content


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_are_the_same(name: str) -> None:
    data, medium = WHOLE[name], "sound" if name in SOUNDS else "image"
    for call in (
        lambda: decoding.inspect_file(data),
        lambda: comparable(decoding.decode_content(medium, data, name)),
        lambda: decoding.preview(medium, data),
        lambda: decoding.fingerprint(medium, data),
        lambda: decoding.measure(data, name),
        lambda: decoding.first_frame(data, name).tobytes(),
        lambda: decoding.recipe_in(data),
    ):
        inside, here = both(call)
        assert inside == here


def test_decoded_pixels_and_samples_can_be_worked_on() -> None:
    image: Any = decoding.decode_content("image", WHOLE["gif"], "gif")
    image.frames[0][:] = 7
    sound: Any = decoding.decode_content("sound", WHOLE["wav"], "wav")
    sound.samples[:] = 0
    assert image.frames[1].any()
    assert not np.any(sound.samples)


def look(data: bytes) -> list[Any]:
    """All that can be done with a file from outside; of each what comes, or the code of the error."""
    calls = (
        lambda: decoding.inspect_file(data),
        lambda: comparable(decoding.decode_content("image", data, "it")),
        lambda: comparable(decoding.decode_content("sound", data, "it")),
        lambda: decoding.preview("image", data),
        lambda: decoding.fingerprint("image", data),
        lambda: decoding.recipe_in(data),
    )
    return [both(call) for call in calls]


def check_broken(count: int, folder: Path) -> None:
    for name, data in mutations(count):
        for inside, here in look(data):
            if isinstance(here, tuple) and isinstance(inside, tuple) and here[0] is not inside[0]:
                pytest.fail(f"{name}: {inside} and {here}")
            assert isinstance(inside, tuple) or inside == here, name
    assert list(folder.iterdir()) == []


def test_broken_files_fail_as_they_do_without(isolation: Path) -> None:
    check_broken(FEW, isolation)


@pytest.mark.slow
def test_three_hundred_broken_files(isolation: Path) -> None:
    check_broken(300, isolation)


def test_an_import_files_the_same(audobon: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "art"
    folder.mkdir()
    for name, data in WHOLE.items():
        (folder / f"{name}.{name}").write_bytes(data)
    (folder / "broken.png").write_bytes(WHOLE["png"][:60])
    filed = []
    for mode in ("require", "off"):
        monkeypatch.setenv("AUDOBON_IMPORT_SANDBOX", mode)
        library = tmp_path / mode
        assert audobon("init", str(library)).status == 0
        ran = audobon("assets", "import", str(folder), "--library", str(library), "--json")
        shown = audobon("assets", "list", "--library", str(library), "--json").data["assets"]
        varying = ("id", "created")
        filed.append(
            (
                ran.status,
                [(one["path"], one["status"], one["why"]) for one in ran.json["data"]["files"]],
                sorted(str({k: v for k, v in one.items() if k not in varying}) for one in shown),
            )
        )
    assert filed[0] == filed[1]
    assert filed[0][0] == 3


def test_imported_files_are_worked_on_in_the_sandbox(
    audobon: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").write_bytes(WHOLE["png"])
    assert audobon("init").status == 0
    assert audobon("assets", "import", str(tmp_path / "a.png")).status == 0
    asked = []
    ask = decoding.ask
    monkeypatch.setattr(decoding, "ask", lambda task, *rest: (asked.append(task), ask(task, *rest))[1])
    assert audobon("assets", "thumbnails").status == 0
    assert audobon("sprite", "trim", "a").status == 0
    assert asked == ["preview", "measure", "decode"] or asked == ["preview", "decode"]


@pytest.mark.parametrize(
    ("name", "value"), [("sandbox", "maybe"), ("max_memory", "4 potatoes"), ("max_memory", "1MB")]
)
def test_settings_that_cannot_be(audobon: Audobon, tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "a.png").write_bytes(WHOLE["png"])
    assert audobon("init").status == 0
    assert audobon("config", "set", f"import.{name}", value).status == 0
    ran = audobon("assets", "import", str(tmp_path / "a.png"), "--json")
    assert ran.status == 2
    assert ran.json["error"]["code"] == "usage.setting"


def test_a_project_does_not_take_the_sandbox_away(audobon: Audobon, isolation: Path) -> None:
    (isolation / "audobon.toml").write_text(
        '[import]\nsandbox = "off"\nmax_memory = "64GB"\nmax_seconds = 9999.0\n'
    )
    shown = {one["key"]: one["value"] for one in audobon("config", "show", "--json").data["settings"]}
    assert (shown["import_sandbox"], shown["import_max_memory"], shown["import_max_seconds"]) == (
        "auto",
        "4GB",
        300,
    )
