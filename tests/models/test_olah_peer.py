"""olah, a mirror of the hub that others wrote, as the other end of a pull: a real process, a real git repository.

Install it where torchvision and this program's own pins are not (``python -m venv V; V/bin/pip install olah``)
and name its command in OLAH, or put it on the PATH.
"""

import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Audobon
from tests.ports import free_port
from tests.tiny_models import clip_folder

OLAH = os.environ.get("OLAH") or shutil.which("olah-cli")

pytestmark = [
    pytest.mark.loopback,
    pytest.mark.peer,
    pytest.mark.slow,
    pytest.mark.skipif(OLAH is None, reason="olah is not installed: name its command in OLAH"),
]


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """olah, serving the tiny Stable Diffusion as acme/tiny from a local git repository."""
    repository = tmp_path / "mirrors" / "models" / "acme" / "tiny"
    shutil.copytree(clip_folder(), repository)
    (repository / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n")
    git = ["git", "-C", str(repository), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True)
    port = free_port()
    config = tmp_path / "olah.toml"
    config.write_text(
        f'[basic]\nhost = "127.0.0.1"\nport = {port}\nrepos-path = "{tmp_path / "repos"}"\n'
        f'mirrors-path = ["{tmp_path / "mirrors"}"]\n[accessibility]\noffline = true\n'
    )
    command = [str(OLAH), "-c", str(config), "--log-path", str(tmp_path / "logs")]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/api/models/acme/tiny/revision/main")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _wait(page: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(page, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("olah did not start")


def test_a_model_is_pulled_verified_and_used(
    mirror: str, audobon: Audobon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", mirror)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    pulled = audobon("models", "pull", "hf:acme/tiny", "--json")
    assert pulled.status == 0, pulled.out
    for file in pulled.data["model"]["files"]:
        data = (Path(pulled.data["model"]["folder"]) / file["path"]).read_bytes()
        assert data == (clip_folder() / file["path"]).read_bytes()
    assert audobon("models", "verify", "tiny").status == 0
    assert audobon("models", "pull", "hf:acme/tiny", "--json").data["fetch_bytes"] == 0
    made = audobon("generate", "cat", "--model", "tiny", "--steps", "1", "--offline", "--json")
    assert made.status == 0, made.out
    missing = audobon("models", "pull", "hf:acme/none", "--json")
    assert missing.json["error"]["code"] == "source.not_found"
