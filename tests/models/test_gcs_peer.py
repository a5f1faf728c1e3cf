"""gcp-storage-emulator, an independent server of Cloud Storage's protocol, as the other end of a pull."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Audobon
from tests.doubles.gcs_peer import EMULATOR, running_emulator
from tests.tiny_models import clip_folder

pytestmark = [
    pytest.mark.loopback,
    pytest.mark.peer,
    pytest.mark.skipif(EMULATOR is None, reason="gcp-storage-emulator is not installed"),
]


@pytest.fixture
def emulator() -> Iterator[str]:
    with running_emulator() as endpoint:
        yield endpoint


def test_a_model_is_pulled_verified_and_used(
    emulator: str, audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    from google.cloud import storage

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator)
    bucket = storage.Client(project="x").create_bucket("models")
    folder = clip_folder()
    for path in folder.rglob("*"):
        if path.is_file():
            bucket.blob(f"a/sd/{path.relative_to(folder).as_posix()}").upload_from_filename(str(path))
    pulled = audobon("models", "pull", "gs://models/a/sd", "--name", "peer", "--json")
    assert pulled.status == 0, pulled.out
    for file in pulled.data["model"]["files"]:
        data = (Path(pulled.data["model"]["folder"]) / file["path"]).read_bytes()
        assert data == (folder / file["path"]).read_bytes()
    assert audobon("models", "verify", "peer").status == 0
    made = audobon("generate", "cat", "--model", "peer", "--steps", "1", "--offline", "--json")
    assert made.status == 0, made.out
    assert audobon("models", "pull", "gs://models/a/sd", "--name", "peer", "--json").data["fetch_bytes"] == 0
    assert audobon("models", "pull", "gs://models/nothing").status == 43
    assert audobon("models", "pull", "gs://no-bucket/nothing").status == 43
