"""The manifests: validated by kubernetes-validate, their script run, their images those that are built."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infrastructure.programs import ROOT, judged

FOLDER = ROOT / "examples" / "kubernetes"
FILES = sorted(FOLDER.glob("*.yaml"))


def documents() -> Iterator[dict[str, Any]]:
    for file in FILES:
        yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def pods(found: Any) -> Iterator[dict[str, Any]]:
    """The specifications of pods anywhere in a document."""
    if isinstance(found, dict):
        if "containers" in found:
            yield found
        for value in found.values():
            yield from pods(value)
    elif isinstance(found, list):
        for value in found:
            yield from pods(value)


def test_pods_run_as_nobody_in_particular_and_end() -> None:
    found = [pod for document in documents() for pod in pods(document)]
    assert len(found) == 4
    for pod in found:
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] == 10001
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            assert not container["securityContext"]["allowPrivilegeEscalation"]
            assert container["image"].partition("@")[2].startswith("sha256:")
    kinds = {document["kind"]: document["spec"] for document in documents() if "spec" in document}
    for spec in (kinds["Job"], kinds["CronJob"]["jobTemplate"]["spec"], kinds["RayJob"]):
        assert spec["activeDeadlineSeconds"] > 0


def test_ray_is_the_one_that_the_image_has() -> None:
    (ray,) = (document for document in documents() if document["kind"] == "RayJob")
    version = ray["spec"]["rayClusterSpec"]["rayVersion"]
    assert f"\nray[default]=={version} " in (ROOT / "containers" / "requirements-cuda.txt").read_text() or (
        f"\nray=={version} " in (ROOT / "containers" / "requirements-cuda.txt").read_text()
    )


@pytest.mark.slow
@pytest.mark.posix
def test_the_jobs_script_draws_and_shares_and_again_changes_nothing(isolation: Path, tmp_path: Path) -> None:
    """The script of the Job with a folder as the place that the library is shared by."""
    (config,) = (document for document in documents() if document["kind"] == "ConfigMap")
    for name, text in config["data"].items():
        (tmp_path / name).write_text(text.replace("/etc/audobon/", f"{tmp_path}/"))
    command = tmp_path / "bin" / "audobon"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.fakes.program 0 "$@"\n')
    command.chmod(0o755)
    variables = {
        **os.environ,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "AUDOBON_PASSPHRASE": "correct horse",
        "PLACE": str(tmp_path / "place"),
    }

    def run(folder: Path, *words: str) -> str:
        folder.mkdir(exist_ok=True)
        ran = subprocess.run(words, cwd=folder, env=variables, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    own = tmp_path / "own"
    start = 'audobon init && audobon generate apple --quality draft --seed 1 && audobon library push "$PLACE" -m first'
    run(own, "sh", "-c", start)
    run(tmp_path / "first", "sh", str(tmp_path / "draw.sh"))
    again = run(tmp_path / "second", "sh", str(tmp_path / "draw.sh"))
    assert again.count("cached") == 2
    run(own, "audobon", "library", "pull", variables["PLACE"])
    assert len(run(own, "audobon", "assets", "list").splitlines()) == 3


@pytest.mark.peer
def test_kubernetes_validate_finds_nothing(tmp_path: Path) -> None:
    """KubeRay's kinds are not Kubernetes' own: the pods in them are validated as such."""
    found, names = list(documents()), []
    extra = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "ray"}, "spec": pod}
        for document in found
        if document["kind"] == "RayJob"
        for pod in pods(document)
    ]
    for number, document in enumerate([*(one for one in found if one["kind"] != "RayJob"), *extra]):
        file = tmp_path / f"{number}.yaml"
        file.write_text(yaml.safe_dump(document))
        names.append(str(file))
    said = judged("kubernetes-validate", "--strict", *names, home=tmp_path)
    assert "WARN" not in said
