"""A byte order mark before a text of the user's own changes nothing."""

from pathlib import Path

import pytest

from tests.conftest import Audobon

pytestmark = pytest.mark.usefixtures("fake_engine")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_settings_of_a_project(audobon: Audobon, encoding: str) -> None:
    Path("audobon.toml").write_bytes('output_folder = "drawn"\n'.encode(encoding))
    assert audobon("generate", "cat").status == 0
    assert list(Path("drawn").glob("*.png"))


def test_a_prompt_on_the_command_line(audobon: Audobon) -> None:
    found = audobon("generate", "\ufeffcat", "--json").data["assets"][0]
    assert (found["prompt"], found["name"]) == ("cat", "cat")
