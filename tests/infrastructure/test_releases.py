"""How releases are made: notes from the changelog, bills of materials, pipelines that are what their services take."""

import json
import runpy
from pathlib import Path

import pytest
import yaml

from audobon_cli.__about__ import __version__
from tests.infrastructure.programs import ROOT, judged

NOTES = runpy.run_path(str(ROOT / "releases" / "notes.py"))


def test_the_notes_are_the_versions_section_alone() -> None:
    changelog = "# Changelog\n\n## [Unreleased]\n\n- next\n\n"
    changelog += "## [0.2.0] - 2026-12-01\n\n### Added\n\n- this\n\n## [0.1.0]\n\n- old\n"
    assert NOTES["section"](changelog, "0.2.0") == "### Added\n\n- this"
    assert NOTES["section"](changelog, "0.1.0") == "- old"
    assert NOTES["section"](changelog, "0.2") == ""


def test_a_release_that_is_not_ready_stops_the_pipeline(capsys: pytest.CaptureFixture[str]) -> None:
    assert NOTES["main"]("99.0") == 1
    assert f"The program is {__version__}, and not 99.0" in capsys.readouterr().err
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    status = 0 if f"## [{__version__}]" in changelog else 1
    assert NOTES["main"](__version__) == status


def test_pipelines_publish_last_and_name_digests() -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    assert release["jobs"]["publish"]["needs"] == ["build", "images"]
    assert release["permissions"] == {"contents": "read"}
    build = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text(encoding="utf-8"))
    assert [step["id"] for step in build["steps"]] == ["wheel", "base", "cpu", "cuda"]
    for step in build["steps"]:  # Cloud Build takes a single $ for its own
        for words in step["args"]:
            assert not [part for part in words.replace("$$", "").split("$")[1:] if part[0] not in "_("]


@pytest.mark.peer
def test_services_take_their_pipelines(tmp_path: Path) -> None:
    for schema, file in (
        ("github-workflows", ".github/workflows/release.yml"),
        ("cloudbuild", "cloudbuild.yaml"),
    ):
        judged("check-jsonschema", "--builtin-schema", f"vendor.{schema}", file, home=tmp_path)


@pytest.mark.peer
@pytest.mark.posix
def test_the_bill_of_materials_is_valid_and_the_same_again(tmp_path: Path) -> None:
    """cyclonedx-py validates what it writes; the same lock file is the same bill."""
    judged("cyclonedx-py", "--version", home=tmp_path)
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        judged(str(ROOT / "releases" / "sbom.sh"), str(tmp_path / name), home=tmp_path)
        written.append((tmp_path / name / "audobon-cpu.cdx.json").read_bytes())
    assert written[0] == written[1]
    bill = json.loads(written[0])
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "audobon-cli")
    names = {component["name"] for component in bill["components"]}
    assert "onnxruntime" in names
    assert "torch" not in names
