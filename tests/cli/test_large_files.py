"""Files that a user names and nobody could mean: larger than any, or without an end."""

from pathlib import Path

import pytest

from tests.conftest import Audobon

ENDLESS = "/dev/zero"


@pytest.mark.parametrize("name", ["sparse", "endless"])
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("recipe show {}", 2),
        ("generate fox --quality draft --plan --init-image {}", 2),
        ("generate fox --quality draft --plan --init-image good.png --mask {}", 2),
        ("generate --batch {} --quality draft --plan", 2),
        ("backup init place --passphrase-file {}", 45),
        ("backup init place --key-file {}", 45),
        ("assets import {}", 3),
    ],
)
def test_what_is_too_large_is_refused(
    audobon: Audobon, isolation: Path, name: str, line: str, status: int
) -> None:
    from PIL import Image

    assert audobon("init").status == 0
    Image.new("RGB", (8, 8)).save(isolation / "good.png")
    path = isolation / "big.png"
    if name == "endless":
        if not Path(ENDLESS).exists():
            pytest.skip(f"there is no {ENDLESS} here")
        path.symlink_to(ENDLESS)
    else:
        with path.open("wb") as file:
            file.truncate(2**40)
    if name == "endless" and line.startswith("recipe"):
        status = 11  # only files are looked into
    ran = audobon(*(word.replace("{}", str(path)) for word in line.split()))
    assert ran.status == status, ran.err
    why = ("larger than", "not a file", "it is no PNG")  # the last is told by the first bytes
    assert status == 11 or any(words in ran.err for words in why)


def test_more_on_stdin_than_anybody_pipes(audobon: Audobon) -> None:
    assert audobon("init").status == 0
    for words in (("--batch", "-"), ("-",)):
        ran = audobon("generate", *words, "--quality", "draft", "--plan", stdin="a" * (32 * 2**20 + 1))
        assert ran.status == 2
        assert "larger than" in ran.err
