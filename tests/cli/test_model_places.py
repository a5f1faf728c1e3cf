"""`audobon models push` and `models pull --from`, as people type them."""

from pathlib import Path

import pytest

from audobon_cli.library.store.library import Library
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.history.workshop import add as asset_of
from tests.sync.shelf import weights


@pytest.fixture
def key(tmp_path: Path) -> tuple[str, str]:
    path = tmp_path / "key"
    path.write_bytes(b"k" * 40)
    return "--key-file", str(path)


def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From now on commands are run on another machine."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "other"))


def test_a_model_goes_to_another_machine(
    audobon: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: tuple[str, str]
) -> None:
    place = str(tmp_path / "place")
    nothing = audobon("models", "push", place, *key)
    assert (nothing.status, "audobon models push sdxl" in nothing.err) == (2, True)
    file = weights(tmp_path / "fur.safetensors", 4_000, 1)
    assert audobon("models", "add", str(file)).status == 0

    dry = audobon("models", "push", place, *key, "--dry-run", "--json")
    assert (dry.status, dry.data["send_bytes"]) == (0, file.stat().st_size)
    assert not Path(place).exists()
    pushed = audobon("models", "push", "fur", place, *key, "--json")
    assert [one["name"] for one in pushed.data["sent"]] == ["fur"]
    assert audobon("models", "push", place, *key, "--dry-run", "--json").data["send_bytes"] == 0
    other = weights(tmp_path / "coat.safetensors", 4_000, 2)
    assert audobon("models", "push", str(other), place, *key).status == 0
    assert "coat" not in audobon("models", "list").out

    elsewhere(monkeypatch, tmp_path)
    file.unlink()
    planned = audobon("models", "pull", "fur", "--from", place, *key, "--dry-run", "--json")
    validator("models-pull").validate(planned.data)
    assert planned.data["fetch_bytes"] > 0
    everything = audobon("models", "pull", "--from", place, *key, "--json")
    validator("models-pull").validate(everything.data)
    assert [one["model"]["name"] for one in everything.data["pulled"]] == ["coat", "fur"]
    shown = audobon("models", "show", "fur", "--json")
    assert shown.status == 0
    assert shown.data["kind"] == "LoRA"
    verified = audobon("models", "verify", "fur")
    assert verified.status == 0
    again = audobon("models", "pull", "fur", "--from", place, *key)
    assert again.status == 0
    assert "0 B" in again.err


def test_damage_here_is_told_with_the_way_out(
    audobon: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: tuple[str, str]
) -> None:
    place = str(tmp_path / "place")
    audobon("models", "add", str(weights(tmp_path / "fur.safetensors", 4_000, 1)))
    audobon("models", "push", place, *key)
    elsewhere(monkeypatch, tmp_path)
    audobon("models", "pull", "fur", "--from", place, *key)
    found = next((tmp_path / "other").rglob("fur.safetensors"))
    found.write_bytes(found.read_bytes()[:-1] + b"?")
    verified = audobon("models", "verify", "fur")
    assert f"audobon models pull fur --from {place}" in verified.err
    assert f"--from {place}" in audobon("models", "pull", "fur").err
    assert audobon("models", "pull", "fur", "--from", place, *key).status == 0
    assert audobon("models", "verify", "fur").status == 0


def test_mistakes_name_the_right_command(
    audobon: Audobon, tmp_path: Path, key: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    audobon("models", "add", str(weights(tmp_path / "fur.safetensors", 4_000, 1)))
    assert audobon("models", "pull", "--from", str(place), *key).status == 10
    audobon("models", "push", str(place), *key)
    as_model = audobon("models", "pull", str(place))
    assert (as_model.status, f"audobon models pull --from {place}" in as_model.err) == (2, True)
    assert audobon("models", "pull").status == 2
    assert audobon("models", "pull", "fur", "--from", str(place), *key, "--variant", "fp16").status == 2
    assert audobon("models", "pull", "fir", "--from", str(place), *key).status != 0
    assert audobon("models", "push", "fur", str(place), "--no-encryption", *key).status == 0
    assert audobon("models", "push", "fur", str(place)).status != 0
    forgotten = audobon("models", "push", "fur", *key)
    assert (forgotten.status, "audobon models push fur PLACE" in forgotten.err) == (2, True)
    assert not Path("fur").exists()


def test_models_go_along_with_a_library(
    audobon: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: tuple[str, str]
) -> None:
    place = str(tmp_path / "place")
    audobon("init")
    library = Library.open(Path(".audobon"))
    asset_of(library, "knight", 1)
    library.close()
    audobon("models", "add", str(weights(tmp_path / "fur.safetensors", 4_000, 1)))
    without = audobon("library", "push", place, "-m", "first", *key, "--json")
    assert without.data["models"] is None
    pushed = audobon("library", "push", place, *key, "--models", "--json")
    assert pushed.data["models"]["sent"] == ["fur"]

    elsewhere(monkeypatch, tmp_path)
    cloned = audobon("library", "clone", place, str(tmp_path / "clone"), *key, "--models", "--json")
    assert cloned.data["models"]["here"] == ["fur"]
    assert "fur" in audobon("models", "list").out
    monkeypatch.setenv("AUDOBON_SYNC_MODELS", "true")
    pulled = audobon("library", "pull", place, *key, "--json")
    assert pulled.data["models"] == {"here": ["fur"], "fetch_bytes": 0, "differing": []}
    assert audobon("library", "push", place, *key, "--json").data["models"]["there"] == ["fur"]
