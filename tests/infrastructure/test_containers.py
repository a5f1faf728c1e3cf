"""The container files and what they are pinned to; hadolint judges them. bench/container.py carries them out."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.infrastructure.programs import ROOT, judged

CONTAINERS = ROOT / "containers"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {"cpu": (), "cuda": ("gguf", "stable-audio", "ray")}


def pinned(image: str) -> dict[str, str]:
    """Versions by name, of a lock file whose every entry has hashes."""
    text = (CONTAINERS / f"requirements-{image}.txt").read_text(encoding="utf-8")
    entries = re.findall(
        r"^([\w.\[\],-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE
    )
    assert len(entries) == len(re.findall(r"^\w", text, re.MULTILINE))
    return {canonicalize_name(name.partition("[")[0]): version for name, version, _ in entries}


def left_out() -> set[str]:
    """What the image without PyTorch leaves out."""
    lines = (CONTAINERS / "without-torch.txt").read_text(encoding="utf-8").splitlines()
    return {canonicalize_name(line.partition(";")[0].strip()) for line in lines}


@pytest.mark.parametrize("image", ["cpu", "cuda"])
def test_the_lock_has_what_the_program_needs(image: str) -> None:
    """Fails when pyproject.toml has changed: containers/lock.sh writes the locks anew."""
    found, absent = pinned(image), left_out() if image == "cpu" else set()
    wanted = list(PROJECT["dependencies"])
    wanted += [line for extra in EXTRAS[image] for line in PROJECT["optional-dependencies"][extra]]
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        if name in absent:
            assert name not in found
        else:
            assert name in found, f"{name} is in no lock of {image}: run containers/lock.sh"
            assert requirement.specifier.contains(found[name]), f"{name}: run containers/lock.sh"


def test_images_are_alike_but_for_what_they_hold() -> None:
    """Both run as nobody in particular, log as Google reads it, and ask nobody for newer versions."""
    cpu, cuda = (
        (CONTAINERS / f"Containerfile.{image}").read_text(encoding="utf-8").partition("ARG BASE")[2]
        for image in ("cpu", "cuda")
    )
    assert cpu.replace("requirements-cpu", "requirements-cuda") == cuda
    for words in (
        "USER 10001",
        "HEALTHCHECK",
        "AUDOBON_LOG_FORMAT=gcp",
        "--require-hashes",
        "AUDOBON_UPDATE_CHECK=false",
    ):
        assert words in cpu


@pytest.mark.peer
@pytest.mark.parametrize("image", ["cpu", "cuda"])
def test_hadolint_finds_nothing(image: str, tmp_path: Path) -> None:
    assert judged("hadolint", str(CONTAINERS / f"Containerfile.{image}"), home=tmp_path) == ""
