"""The variables of huggingface_hub mean here what they mean there."""

import subprocess
import sys
from pathlib import Path

import pytest

from audobon_cli.settings.hub import hub_access

CASES: list[dict[str, str]] = [
    {},
    {"HF_HOME": "/a/home"},
    {"HF_HOME": "~/b"},
    {"HF_HUB_CACHE": "/c/hub", "HF_HOME": "/a/home"},
    {"HUGGINGFACE_HUB_CACHE": "/d/hub"},
    {"XDG_CACHE_HOME": "/e/cache"},
    {"HF_ENDPOINT": "http://127.0.0.1:8/", "HF_HUB_OFFLINE": "1"},
]

ASK = "from huggingface_hub import constants as c; print(c.HF_HUB_CACHE, c.ENDPOINT, c.HF_HUB_OFFLINE)"


@pytest.mark.parametrize("variables", CASES, ids=lambda case: " ".join(case) or "none")
def test_places_are_those_of_huggingface_hub(variables: dict[str, str], tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), **variables}
    ran = subprocess.run(
        [sys.executable, "-c", ASK], capture_output=True, text=True, env=environment, check=True
    )
    access = hub_access(environment)
    assert ran.stdout.split() == [str(access.cache), access.endpoint, str(access.offline)]


def test_the_token_of_a_variable_goes_before_that_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hf_file\n")
    home = {"HF_HOME": str(tmp_path)}
    assert hub_access(home).token == "hf_file"
    assert hub_access({**home, "HF_TOKEN": "hf_variable"}).token == "hf_variable"
    assert hub_access({"HF_HOME": str(tmp_path / "nothing")}).token is None
    assert "hf_file" not in repr(hub_access(home))
