"""The infrastructure example: parsed by python-hcl2, its names followed, its settings read; checkov judges it."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest

from audobon_cli.backup.destinations import load_destinations
from audobon_cli.settings.settings import load_settings
from tests.conftest import Audobon
from tests.infrastructure.programs import ROOT, judged

FOLDER = ROOT / "examples" / "google-cloud"
FILES = sorted(FOLDER.glob("*.tf"))
Parsed = dict[str, dict[str, Any]]


def named(files: list[dict[str, Any]], kind: str, depth: int) -> Iterator[tuple[str, Any]]:
    """All blocks of a kind by their labels, as ``type.name``."""
    for file in files:
        for block in file.get(kind, []):
            name = []
            for _ in range(depth):
                ((label, block),) = ((key, value) for key, value in block.items() if not key.startswith("__"))
                name.append(label.strip('"'))
            yield ".".join(name), block


@pytest.fixture(scope="module")
def parsed() -> Parsed:
    """Variables, resources, data and outputs by their names."""
    files = [hcl2.loads(file.read_text(encoding="utf-8")) for file in FILES]
    depths = {"variable": 1, "resource": 2, "data": 2, "output": 1}
    return {kind: dict(named(files, kind, depth)) for kind, depth in depths.items()}


@pytest.fixture(scope="module")
def text() -> str:
    """All files, without comments."""
    whole = "\n".join(file.read_text(encoding="utf-8") for file in FILES)
    return re.sub(r"^\s*#.*$", "", whole, flags=re.MULTILINE)


def test_everything_that_is_named_is_there_and_nothing_is_left_over(parsed: Parsed, text: str) -> None:
    used = set(re.findall(r"\bvar\.(\w+)", text))
    assert used == set(parsed["variable"])
    without_data = re.sub(r"\bdata\.google_\w+\.\w+", "", text)
    resources = {f"{kind}.{name}" for kind, name in re.findall(r"\b(google_\w+)\.(\w+)", without_data)}
    assert resources <= set(parsed["resource"])
    data = {f"{kind}.{name}" for kind, name in re.findall(r"\bdata\.(google_\w+)\.(\w+)", text)}
    assert data == set(parsed["data"])
    example = tomllib.loads((FOLDER / "terraform.tfvars.example").read_text())
    needed = {name for name, block in parsed["variable"].items() if "default" not in block}
    assert needed <= set(example) <= set(parsed["variable"])


def test_variables_say_what_they_are_and_refuse_what_cannot_be(parsed: Parsed) -> None:
    for name, block in parsed["variable"].items():
        assert block["description"].strip('"').endswith("."), name
        assert "type" in block, name
        if name != "labels":  # any value of its type will do
            assert block["validation"][0]["error_message"], name


def test_what_the_page_promises_is_made(parsed: Parsed) -> None:
    kinds = {name.partition(".")[0] for name in parsed["resource"]}
    assert kinds >= {
        "google_storage_bucket",
        "google_kms_key_ring",
        "google_kms_crypto_key",
        "google_service_account",
        "google_artifact_registry_repository",
        "google_cloud_run_v2_job",
        "google_cloud_scheduler_job",
        "google_billing_budget",
        "google_logging_project_sink",
        "google_monitoring_dashboard",
        "google_monitoring_alert_policy",
    }


def test_no_account_gets_a_role_on_the_project_or_one_that_owns(text: str) -> None:
    assert "google_project_iam" not in text
    roles = set(re.findall(r'role\s*=\s*"([^"]+)"', text))
    assert not {role for role in roles if role.split(".")[-1] in ("admin", "owner", "editor")}
    assert not roles & {"roles/owner", "roles/editor", "roles/viewer"}


def test_its_output_is_read_as_settings(parsed: Parsed, tmp_path: Path) -> None:
    written = parsed["output"]["settings"]["value"]
    (body,) = re.findall(r"<<-EOT\n(.*)\n\s*EOT", written, re.DOTALL)
    file = tmp_path / "settings.toml"
    file.write_text(re.sub(r"\$\{[^}]*\}", "my-art-backup", re.sub(r"^ {4}", "", body, flags=re.MULTILINE)))
    load_settings(file, None, {})
    found = load_destinations(file)
    assert found.find(None).address == "gs://my-art-backup/library"
    assert found.find(None).impersonate


def test_scheduled_jobs_are_commands_of_the_program(parsed: Parsed, text: str, audobon: Audobon) -> None:
    """What Cloud Scheduler begins is what `backup schedule` writes, and the command line takes each."""
    jobs = parsed["variable"]["jobs"]["default"]
    words = {name: [word.strip('"') for word in job["arguments"]] for name, job in jobs.items()}
    (copied,) = re.findall(r'arguments\s*=\s*(\["backup", "sync".*\])', text)
    words["sync"] = json.loads(copied.replace("var.copy", '"gs://other/library"'))
    assert set(words) == {"verify", "prune", "sync"}
    assert jobs["prune"]["account"].strip('"') == "backup"
    for arguments in words.values():
        ran = audobon(*(word.replace("BACKUP", "my-backup") for word in arguments), "--offline", "--json")
        assert ran.json["error"]["code"] == "source.offline", ran.out


@pytest.mark.peer
def test_checkov_finds_nothing(tmp_path: Path) -> None:
    """Every check that is skipped says why, beside the resource."""
    words = ("--framework", "terraform", "--output", "json", "--skip-download")
    found = json.loads(judged("checkov", "-d", str(FOLDER), *words, home=tmp_path))
    assert found["summary"]["failed"] == found["summary"]["parsing_errors"] == 0
    assert found["summary"]["passed"] > 20
    for skipped in found["results"]["skipped_checks"]:
        assert len(skipped["check_result"]["suppress_comment"]) > 20
