"""What the HTTP interface changes, and how it is taken back; bad requests get the errors of the command line."""

from typing import Any

import pytest

from audobon_cli.cli.session import CommonOptions, Session
from audobon_cli.cli.system.studio_generation import StudioGeneration
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.organize import add_tags, set_protected
from audobon_cli.library.store.library import Library
from audobon_cli.queue.open import open_queue
from audobon_cli.studio.endpoint import Endpoint
from tests.studio.serving import Inside, fill

NO_ASSET = "0123456789abcdef"


def endpoints(inside: Inside) -> list[Endpoint]:
    """The table that routes are made of."""
    return list(inside.app.app.state.endpoints)  # type: ignore[attr-defined]


def sample(endpoint: Endpoint) -> str:
    """A path of an endpoint."""
    path = endpoint.path.replace("{asset}", NO_ASSET).replace("{job}", "1")
    return path.replace("{revision}", "HEAD")


def test_many_are_changed_at_once_and_taken_back_by_one_undo(library: Library, inside: Inside) -> None:
    ids = fill(library, 5)
    body = {"ids": ids[:3], "add_tags": ["boss"], "category": "enemies", "rating": 4, "note": "keep"}
    answer = inside.ask("PATCH", "/assets", body).json
    assert (answer["count"], answer["changed"]) == (3, 3)
    assert answer["assets"][0]["tags"] == ["boss"]
    assert inside.ask("GET", "/assets?query=tag%3Aboss+rating%3A4+in%3Aenemies").json["total"] == 3
    shown = inside.ask("GET", "/undo").json["undo"]
    assert shown["count"] == 3
    assert inside.ask("POST", "/undo", {"time": "2001-01-01"}).code == "version.not_found"
    assert inside.ask("POST", "/undo", {"time": shown["time"]}).json["count"] == 3
    assert inside.ask("GET", "/assets?query=tag%3Aboss").json["total"] == 0
    assert inside.ask("GET", "/undo").json == {"undo": None}


def test_a_query_names_all_that_it_finds(library: Library, inside: Inside) -> None:
    fill(library, 12)
    assert inside.ask("PATCH", "/assets", {"query": "knight", "add_tags": ["all"]}).json["changed"] == 12
    assert inside.ask("POST", "/trash", {"query": "tag:all"}).json == {"count": 12}
    assert inside.ask("GET", "/trash").json["total"] == 12


def test_the_trash_gives_back(library: Library, inside: Inside) -> None:
    ids = fill(library, 3)
    assert inside.ask("DELETE", f"/images/{ids[0]}").json == {"count": 1}
    assert inside.ask("GET", f"/assets/{ids[0]}").status == 404
    assert inside.ask("POST", "/trash/restore", {"ids": [ids[1]]}).status == 400
    assert [one["id"] for one in inside.ask("GET", "/trash").json["assets"]] == [ids[0]]
    assert inside.ask("POST", "/trash/restore", {"ids": [ids[0]]}).json["count"] == 1
    assert inside.ask("GET", f"/assets/{ids[0]}").status == 200


def test_queries_are_completed_by_what_the_library_has(library: Library, inside: Inside) -> None:
    ids = fill(library, 3)
    add_tags(library, [library.assets.get(one) for one in ids[:2]], ["final boss"])
    add_tags(library, [library.assets.get(ids[0])], ["bat"])

    def texts(typed: str) -> list[str]:
        found = inside.ask("GET", f"/assets/completions?text={typed}").json["completions"]
        return [one["text"] for one in found]

    assert texts("cute%20tag:b") == ["cute tag:bat ", 'cute tag:"final boss" ']
    assert texts("kni") == ["knight "]
    assert texts("-ki") == ["-kind:"]
    assert texts("rating:") == [f"rating:>{stars} " for stars in range(5)]
    assert texts("") == []


def test_a_selection_is_shared_as_one_page(library: Library, inside: Inside) -> None:
    ids = fill(library, 3, "<b>knight")
    answer = inside.ask("GET", f"/assets/page?id={ids[0]}&id={ids[2]}")
    assert answer.headers["content-disposition"].startswith("attachment")
    text = answer.body.decode()
    assert text.count("data:image/png;base64,") == 2
    assert "&lt;b&gt;knight_0" in text
    assert not [word for word in ("<script", "http:", "https:", "<b>") if word in text]
    assert inside.ask("GET", "/assets/page?query=knight").body.count(b"data:image/png") == 3
    for wrong in ("", "?id=nosuch", "?query=nosuchword", f"?id={ids[0]}&query=knight"):
        assert inside.ask("GET", f"/assets/page{wrong}").status in (400, 404)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "/assets", {}, 400),
        ("PATCH", "/assets", {"ids": []}, 400),
        ("PATCH", "/assets", {"ids": [NO_ASSET], "query": "x"}, 400),
        ("PATCH", "/assets", {"ids": [NO_ASSET], "add_tags": ["x"]}, 404),
        ("PATCH", "/assets", {"ids": ["../../etc/passwd"]}, 404),
        ("PATCH", "/assets", {"ids": NO_ASSET}, 400),
        ("PATCH", "/assets", {"query": "", "rating": True}, 400),
        ("PATCH", "/assets", {"query": "", "rating": 6}, 400),
        ("PATCH", "/assets", {"query": "", "rating": 1e300}, 400),
        ("PATCH", "/assets", {"query": "", "add_tags": [""]}, 400),
        ("PATCH", "/assets", {"query": "", "add_tags": ["x" * 100]}, 400),
        ("PATCH", "/assets", {"query": "", "category": "../up"}, 400),
        ("PATCH", "/assets", {"query": "", "name": "\n"}, 400),
        ("PATCH", "/assets", {"query": "nosuch:1", "note": ""}, 400),
        ("PATCH", "/assets", b'{"query": "", "note": "\\ud800"}', 400),
        ("POST", "/trash", {"query": 1}, 400),
        ("POST", "/undo", {}, 404),
        ("PATCH", "/jobs/1", {"action": "explode"}, 400),
        ("PATCH", "/jobs/x", {"action": "cancel"}, 400),
        ("POST", "/queue", {"action": "explode"}, 400),
        ("POST", "/generate", {}, 400),
        ("POST", "/generate", {"prompt": "   "}, 400),
        ("POST", "/generate", {"prompt": "x", "count": "2"}, 400),
        ("POST", "/generate", {"prompt": "x", "count": 0}, 400),
        ("POST", "/generate", {"prompt": "x", "size": "huge"}, 404),
        ("POST", "/generate", {"prompt": "x", "model": "/etc/passwd"}, 400),
        ("POST", "/generate", {"prompt": "x", "model": "net.safetensors"}, 400),
        ("POST", "/generate", {"prompt": "x", "init_image": "/etc/passwd"}, 400),
        ("POST", "/generate", {"prompt": "x", "style_of": "."}, 400),
        ("POST", "/generate", {"prompt": "x <lora:/etc/passwd:1>"}, 400),
        ("POST", "/generate", {"prompt": "x", "out": "/tmp/x.png"}, 400),
        ("POST", "/generate", {"prompt": "x", "workflow": "/etc/passwd"}, 400),
        ("POST", "/generate", {"prompt": "x", "model": "nosuch"}, 404),
        ("POST", "/generate", {"prompts": []}, 400),
        ("POST", "/generate", {"prompt": "x", "prompts": ["y"]}, 400),
        ("POST", "/plan", {"prompt": ["x"]}, 400),
        ("POST", "/batches", {"name": "a.txt", "text": "x --out /tmp/y.png"}, 400),
        ("POST", "/batches", {"name": "a.txt", "text": "x --init-image /etc/passwd"}, 400),
        ("POST", "/batches", {"name": "a.toml", "text": "["}, 400),
        ("POST", "/batches", {"name": "a.txt", "text": ""}, 400),
        ("POST", "/history", {"message": ""}, 400),
        ("POST", "/history/switch", {"target": "nosuch"}, 404),
        ("POST", "/history/restore", {"revision": "nosuch"}, 404),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_changed(
    library: Library, inside: Inside, method: str, path: str, body: Any, status: int
) -> None:
    answer = inside.ask(method, path, body)
    assert answer.status == status, answer.body
    assert set(answer.json) == {"error"}
    assert answer.json["error"]["message"]
    assert b"Traceback" not in answer.body
    assert library.assets.count() == 0
    assert open_queue(library).oldest_waiting() is None


def test_every_body_must_be_json_and_small(inside: Inside) -> None:
    for endpoint in endpoints(inside):
        if endpoint.body is None:
            continue
        path = sample(endpoint)
        form = inside.ask(
            endpoint.method, path, b"a=1", [("content-type", "application/x-www-form-urlencoded")]
        )
        assert (form.status, form.code) == (415, "usage.http_type"), path
        large = inside.ask(endpoint.method, path, b" " * (endpoint.most_bytes + 1))
        assert (large.status, large.code) == (413, "usage.http_size"), path
        for body in (b"", b"{", b"[]", b"\xff", b'{"no such field": 1}', b"[" * 900):
            assert inside.ask(endpoint.method, path, body).status == 400, (path, body)


def test_a_studio_that_only_reads_refuses_every_change(library: Library, inside: Inside) -> None:
    ids = fill(library, 2)
    reading = Inside(inside.place, inside.generation, read_only=True)
    changing = [one for one in endpoints(inside) if one.changes]
    assert len(changing) >= 12
    for endpoint in changing:
        answer = reading.ask(endpoint.method, sample(endpoint), {} if endpoint.body is not None else None)
        assert (answer.status, answer.code) == (403, "usage.http_read_only"), endpoint.path
    for endpoint in endpoints(inside):
        if endpoint.method != "GET" and endpoint.name not in (
            "plan",
            "preview",
            "open_session",
            "close_session",
        ):
            assert endpoint.changes, endpoint.path
    assert reading.ask("GET", f"/assets/{ids[0]}").status == 200


def test_history_is_told_and_gone_through(library: Library, inside: Inside) -> None:
    ids = fill(library, 2)
    assert inside.ask("GET", "/history").json["commits"] == []
    first = inside.ask("POST", "/history", {"message": "two knights"}).json
    assert (first["branch"], first["changes"]) == ("main", 2)
    assert inside.ask("POST", "/history", {"message": "again"}).json["commit"] is None
    inside.ask("POST", "/history/switch", {"target": "bold", "create": True})
    inside.ask("PATCH", "/assets", {"ids": ids, "rating": 5})
    shown = inside.ask("GET", "/history").json
    assert (shown["branch"], shown["uncommitted"]) == ("bold", 2)
    assert inside.ask("POST", "/history/switch", {"target": "main"}).status == 409
    inside.ask("POST", "/history", {"message": "rated"})
    shown = inside.ask("GET", "/history/HEAD").json
    assert sorted((one["name"], one["change"], *one["fields"]) for one in shown["changes"]) == [
        ("knight_0", "changed", "rating"), ("knight_1", "changed", "rating"),
    ]  # fmt: skip
    assert inside.ask("POST", "/history/switch", {"target": "main"}).json["changed"] == 2
    assert inside.ask("GET", f"/assets/{ids[0]}").json["asset"]["rating"] is None
    back = inside.ask("POST", "/history/restore", {"revision": "bold", "ids": [ids[0]]})
    assert back.json == {"changed": 1}
    assert inside.ask("GET", f"/assets/{ids[0]}").json["asset"]["rating"] == 5
    roots = inside.ask("GET", f"/assets/{ids[0]}/lineage").json["roots"]
    assert [root["asset"]["id"] for root in roots] == [ids[0]]


def test_a_merge_is_decided_asset_by_asset(library: Library, inside: Inside) -> None:
    ids = fill(library, 2)
    inside.ask("POST", "/history", {"message": "two"})
    inside.ask("POST", "/history/switch", {"target": "bold", "create": True})
    inside.ask("PATCH", "/assets", {"ids": ids, "note": "bold"})
    inside.ask("POST", "/history", {"message": "bold notes"})
    inside.ask("POST", "/history/switch", {"target": "main"})
    inside.ask("PATCH", "/assets", {"ids": ids, "note": "calm"})
    inside.ask("POST", "/history", {"message": "calm notes"})
    assert inside.ask("GET", "/history/conflicts").status == 409
    report = inside.ask("POST", "/history/merge", {"revision": "bold"}).json
    assert (report["commit"], [one["fields"] for one in report["conflicts"]]) == (None, [["note"], ["note"]])
    assert inside.ask("GET", "/history").json["conflicts"] == 2
    assert inside.ask("GET", f"/history/conflicts/{ids[0]}/theirs").body.startswith(b"\x89PNG")
    assert inside.ask("GET", f"/history/conflicts/{ids[0]}/nobody").status == 400
    assert inside.ask("POST", "/history/resolve", {"take": "theirs", "ids": [ids[0]]}).json["commit"] is None
    assert inside.ask("POST", "/history/resolve", {"take": "ours"}).json["commit"]
    notes = [inside.ask("GET", f"/assets/{one}").json["asset"]["note"] for one in ids]
    assert notes == ["bold", "calm"]
    assert inside.ask("POST", "/history/abort", {}).status == 409


def test_nothing_that_costs_is_begun_without_an_agreement(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_nobody")
    session = Session()
    session.options = CommonOptions(library=str(library.root))
    generation = StudioGeneration(session)
    monkeypatch.setattr(generation, "ensure_worker", lambda: None)
    inside = Inside(session.workspace, generation)
    asked = {"prompt": "castle", "provider": "replicate", "model": "flux-dev"}
    cost = inside.ask("POST", "/plan", asked).json["plan"]["cost"]
    assert cost["at_most_usd"] > 0
    refused = inside.ask("POST", "/generate", asked)
    assert (refused.status, refused.code) == (400, "usage.invalid")
    assert "may cost" in refused.json["error"]["message"]
    less = {**asked, "agreed_usd": cost["at_most_usd"] / 2}
    assert inside.ask("POST", "/generate", less).status == 400
    assert open_queue(library).oldest_waiting() is None
    agreed = inside.ask("POST", "/generate", {**asked, "agreed_usd": cost["at_most_usd"]})
    assert (agreed.status, agreed.json["jobs"][0]["retries"]) == (202, 0)
    session.close()


def test_what_is_protected_holds_a_change_of_many(library: Library, inside: Inside) -> None:
    ids = fill(library, 3)
    set_protected(library, [library.assets.get(AssetId(ids[1]))], True)
    for answer in (
        inside.ask("POST", "/trash", {"ids": ids}),
        inside.ask("PATCH", "/assets", {"ids": ids, "add_tags": ["boss"], "category": "enemies"}),
        inside.ask("DELETE", f"/images/{ids[1]}"),
    ):
        assert (answer.status, answer.code) == (409, "asset.protected")
    assert inside.ask("GET", "/assets?query=tag%3Aboss").json["total"] == 0
    assert inside.ask("GET", "/trash").json["total"] == 0
