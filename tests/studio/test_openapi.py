"""The OpenAPI document says what is there: every path, with the schemas of `--json`."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from audobon_cli.library.organize import rate
from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobDraft, JobKind
from audobon_cli.queue.open import open_queue
from tests.studio.serving import Inside, fill

LOOKED_AT = (
    "list_assets", "list_operations", "list_positions", "show_asset", "show_lineage", "list_trash", "show_undo",
    "list_jobs", "show_job", "show_progress", "show_history", "show_commit", "healthz", "readyz", "complete_query",
    "show_machine", "doctor", "list_backups", "list_models", "list_training", "show_usage",
)  # fmt: skip


def test_answers_are_as_the_document_says(library: Library, inside: Inside) -> None:
    ids = fill(library, 3)
    inside.ask("POST", "/history", {"message": "three"})
    rate(library, [library.assets.get(ids[0])], 3)
    inside.ask("DELETE", f"/images/{ids[2]}")
    open_queue(library).add([JobDraft(JobKind.COMMAND, "one", {"argv": ["status"]})])
    document = inside.ask("GET", "/openapi.json").json
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}
    registry: Any = Registry().with_resource("urn:studio", Resource.from_contents(whole))
    seen = set()
    for path, methods in document["paths"].items():
        for method, endpoint in methods.items():
            if endpoint["operationId"] not in LOOKED_AT:
                continue
            seen.add(endpoint["operationId"])
            target = path.removeprefix("/api/v1").replace("{asset}", ids[0]).replace("{job}", "1")
            answer = inside.ask(method.upper(), target.replace("{revision}", "HEAD"))
            place = f"{path.replace('/', '~1')}/{method}/responses/200/content/application~1json/schema"
            schema = {"$ref": f"urn:studio#/paths/{place}"}
            Draft202012Validator(schema, registry=registry).validate(answer.json)
    assert seen == set(LOOKED_AT)


def test_every_reference_leads_somewhere_and_every_name_is_one(inside: Inside) -> None:
    document = inside.ask("GET", "/openapi.json").json
    text = json.dumps(document)
    names = [endpoint["operationId"] for path in document["paths"].values() for endpoint in path.values()]
    assert len(names) == len(set(names)) == len(inside.app.app.state.endpoints)  # type: ignore[attr-defined]
    for part in text.split('"$ref": "')[1:]:
        where: Any = document
        for step in part.partition('"')[0].removeprefix("#/").split("/"):
            where = where[step]
    body = document["paths"]["/api/v1/generate"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert body["properties"]["count"]["type"] == "integer"
    assert body["properties"]["kind"]["enum"] == ["image", "sound"]
    assert "out" not in body["properties"]


@pytest.mark.parametrize(
    ("percent", "state", "status"), [(65.7, "running", "generating"), (0.0, "done", "completed")]
)
def test_progress_has_the_fields_that_other_clients_read(
    library: Library, inside: Inside, percent: float, state: str, status: str
) -> None:
    open_queue(library).add([JobDraft(JobKind.COMMAND, "one", {"argv": ["status"]})])
    with library.database.transaction() as transaction:
        progress = json.dumps({"percent": percent, "step": 23, "steps": 35, "remaining_seconds": 138})
        transaction.run("UPDATE jobs SET state = ?, progress = ?", state, progress)
    shown = inside.ask("GET", "/progress/1").json
    assert shown["promptId"] == "1"
    assert (shown["status"], shown["currentStep"], shown["totalSteps"]) == (status, 23, 35)
    assert shown["progress"] == (0.657 if state == "running" else 1.0)
    assert shown["estimatedRemaining"] == ("2m 18s" if state == "running" else None)
    assert inside.ask("GET", "/progress/2").code == "queue.job_not_found"


def test_a_comfyui_server_that_is_not_there_is_told(inside: Inside) -> None:
    answer = inside.ask("GET", "/comfyui/health")
    assert answer.status == 503
    assert set(answer.json) == {"status", "server", "vramUsage", "queueLength", "activeGeneration", "problem"}
    assert answer.json["status"] == "unreachable"
