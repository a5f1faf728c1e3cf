"""What the HTTP interface answers: the same as the commands, page by page, and errors with their codes."""

import contextlib
import itertools
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.add import AssetDraft, add_assets
from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobDraft, JobKind
from audobon_cli.queue.open import open_queue
from tests.conftest import Audobon
from tests.ports import free_port
from tests.studio.serving import SECONDS, Inside, Studio, fill, serving
from tests.waiting import until

pytestmark = pytest.mark.loopback

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><script>document.title = "ran"</script></svg>'


def job(title: str) -> JobDraft:
    """A job that nobody runs."""
    return JobDraft(JobKind.COMMAND, title, {"argv": ["status"]})


class Events:
    """A listener at /events."""

    def __init__(self, studio: Studio, last: str = "") -> None:
        self.connection = studio.connect()
        lines = [
            f"Host: {studio.host}",
            ": ".join(studio.bearer),
            *([f"Last-Event-ID: {last}"] if last else []),
        ]
        self.connection.sendall(
            ("GET /api/v1/events HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode()
        )
        self.file = self.connection.makefile("rb")

    def __enter__(self) -> Iterator[tuple[str, str, dict[str, object]]]:
        return self._events()

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.connection.close()

    def _events(self) -> Iterator[tuple[str, str, dict[str, object]]]:
        """Each as its id, its kind, its data."""
        block: dict[str, str] = {}
        for line in self.file:
            name, _, value = line.decode().strip().partition(": ")
            if name in ("id", "event", "data"):
                block[name] = value
            if len(block) == 3:
                yield block["id"], block["event"], json.loads(block["data"])
                block = {}


def test_pages_hold_every_asset_once(studio: Studio, shown: Library) -> None:
    found, after = [], ""
    while True:
        page = studio.get(f"/assets?limit=3&sort=name&after={after}").json
        assert page["total"] == 7
        found += [asset["name"] for asset in page["assets"]]
        after = page["after"]
        if not after:
            break
    assert found == [f"knight_{n}" for n in range(7)]


def test_answers_are_those_of_the_commands(studio: Studio, shown: Library, audobon: Audobon) -> None:
    where = ("--library", str(shown.root), "--json")
    assert studio.get("/assets?limit=20").json == audobon("assets", "list", *where).data
    assert studio.get("/assets?query=knight_3+kind%3Asprite").json["assets"] == [
        asset for asset in audobon("assets", "list", *where).data["assets"] if asset["name"] == "knight_3"
    ]
    asset = audobon("assets", "show", "knight_3", *where).data["asset"]
    del asset["path"]  # where things lie here is nobody's business who asks over HTTP
    assert studio.get(f"/assets/{asset['id']}").json == {"asset": asset}


def test_files_are_sent_whole_in_parts_and_small(studio: Studio, shown: Library) -> None:
    asset = shown.assets.resolve("knight_2")
    data = shown.blobs.read(asset.blob)
    whole = studio.get(f"/images/{asset.id}")
    assert (whole.headers["content-type"], whole.body) == ("image/png", data)
    assert "no-cache" in whole.headers["cache-control"]
    kept = studio.get(f"/images/{asset.id}?v={asset.blob[:16]}")
    assert "immutable" in kept.headers["cache-control"]
    assert "immutable" not in studio.get(f"/images/{asset.id}?v=0000000000000000").headers["cache-control"]
    part = studio.get(f"/images/{asset.id}", ("Range", "bytes=1-3"))
    assert (part.status, part.body) == (206, b"PNG")
    assert studio.get(f"/images/{asset.id}", ("Range", "bytes=999999-")).status == 416
    small = studio.get(f"/images/{asset.id}/thumbnail")
    assert small.headers["content-type"] == "image/webp"
    assert small.body[8:12] == b"WEBP"
    assert studio.ask(f"/api/v1/images/{asset.id}", studio.bearer, method="HEAD").body == b""


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/assets?limit=0", 400, "usage.invalid"),
        ("/assets?limit=-1", 400, "usage.invalid"),
        ("/assets?limit=501", 400, "usage.invalid"),
        ("/assets?limit=1e3", 400, "usage.invalid"),
        ("/assets?limit=%D9%A3", 400, "usage.invalid"),
        ("/assets?limit=" + "9" * 400, 400, "usage.invalid"),
        ("/assets?sort=cutest", 400, "usage.invalid"),
        ("/assets?after=rubbish", 400, "usage.invalid"),
        ("/assets?query=nosuch%3A1", 400, "usage.query"),
        ("/assets?query=%28", 400, "usage.query"),
        ("/assets?query=" + "x" * 1001, 400, "usage.invalid"),
        ("/assets/0123456789abcdef", 404, "asset.not_found"),
        ("/assets/knight_1", 400, "usage.invalid"),
        ("/images/0123456789abcdef", 404, "asset.not_found"),
        ("/images/0123456789abcdef/thumbnail", 404, "asset.not_found"),
        ("/jobs?limit=x", 400, "usage.invalid"),
        ("/jobs?state=lost", 400, "usage.invalid"),
        ("/jobs/99", 404, "queue.job_not_found"),
        ("/jobs/0", 400, "usage.invalid"),
        ("/jobs/1-3", 400, "usage.invalid"),
        ("/jobs/99999999999999999999", 400, "usage.invalid"),
        ("/nothing", 404, "usage.http_route"),
    ],
)
def test_bad_requests_get_the_codes_of_the_command_line(
    studio: Studio, target: str, status: int, code: str
) -> None:
    answer = studio.get(target)
    assert (answer.status, answer.code) == (status, code)
    assert answer.json["error"]["message"]
    assert answer.json["error"]["hint"]
    assert b"Traceback" not in answer.body


def test_what_supervisors_ask(studio: Studio) -> None:
    for path in ("/healthz", "/readyz"):
        answer = studio.ask(f"/api/v1{path}")
        assert (answer.status, answer.json["status"]) == (200, "ok")
    metrics = studio.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b"\naudobon_library_assets 7\n" in metrics.body
    assert b'\naudobon_service_processes{service="warm"} 0\n' in metrics.body


def test_a_vector_is_sent_so_that_it_can_run_nothing(library: Library) -> None:
    draft = AssetDraft("drawing", AssetKind.VECTOR, ImageInfo(8, 8, ""), format="svg")
    odd = AssetDraft("odd", AssetKind.IMAGE, ImageInfo(8, 8, "RGB"), format="html")
    vector, other = (
        added.asset for added in add_assets(library, [(draft, SVG), (odd, b"<script>1</script>")])
    )
    with serving(library.root) as studio:
        answer = studio.get(f"/images/{vector.id}")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "sandbox" in answer.headers["content-security-policy"]
        assert studio.get(f"/images/{vector.id}/thumbnail").status == 404
        answer = studio.get(f"/images/{other.id}")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")


def test_a_file_that_is_gone_is_an_error_of_its_own(library: Library) -> None:
    (asset,) = fill(library, 1)
    path = library.blobs.path(library.assets.get(asset).blob)
    path.chmod(0o644)
    path.unlink()
    with serving(library.root) as studio:
        answer = studio.get(f"/images/{asset}")
        assert (answer.status, answer.code) == (404, "blob.missing")


def test_events_tell_what_other_processes_change_and_what_was_missed(library: Library) -> None:
    queue = open_queue(library)
    with serving(library.root) as studio:
        with Events(studio) as events:
            assert next(events)[1] == "hello"
            queue.add([job("first")])
            heard = [next(events), next(events)]
        assert {kind for _, kind, _ in heard} == {"job", "queue"}
        assert [data["title"] for _, kind, data in heard if kind == "job"] == ["first"]
        queue.add([job("second")])
        fill(library, 2)
        with Events(studio, heard[0][0]) as events:
            missed = [next(events) for _ in range(4)]
        assert [missed[0]] == heard[1:]
        assert {kind for _, kind, _ in missed[1:]} == {"job", "queue", "library"}
        assert {"assets": 2} in [data for _, _, data in missed]
        numbers = [int(name.rpartition("-")[2]) for name, _, _ in (*heard, *missed[1:])]
        assert numbers == sorted(set(numbers))
    found = studio_jobs(library.root)
    assert found == ["first", "second"]


def studio_jobs(library: Path) -> list[str]:
    """The titles of the jobs that a new server tells; a listener of the old one is told to read anew."""
    with serving(library) as studio:
        with Events(studio, "0badf00d-7") as events:
            assert next(events)[1] == "reset"
        answer = studio.get("/jobs").json
        assert answer["queue"]["counts"]["queued"] == len(answer["jobs"])
        assert studio.get(f"/jobs/{answer['jobs'][0]['job']}").json["job"]["request"] == {"argv": ["status"]}
        assert studio.get("/jobs?state=dead&state=done").json["jobs"] == []
        return [found["title"] for found in answer["jobs"]]


@pytest.mark.posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_though_somebody_listens(library: Library, number: signal.Signals) -> None:
    with serving(library.root) as studio, Events(studio) as events:
        next(events)
        studio.process.send_signal(number)
        assert studio.process.wait(SECONDS) == 0


def test_killed_and_begun_again_at_the_same_port_it_tells_the_same(library: Library) -> None:
    open_queue(library).add([job("kept")])
    fill(library, 3)
    with serving(library.root, "--port", str(free_port())) as studio:
        before = studio.get("/jobs").json, studio.get("/assets").json
        studio.process.kill()
        studio.process.wait()
        with serving(library.root, "--port", str(studio.port)) as again:
            assert again.token != studio.token
            assert again.ask("/api/v1/jobs", studio.bearer).status == 401
            assert (again.get("/jobs").json, again.get("/assets").json) == before


def test_what_lies_behind_many_listeners_is_still_answered(library: Library) -> None:
    with serving(library.root) as studio, contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(Events(studio)) for _ in range(64)]
        assert [next(one)[1] for one in listeners] == ["hello"] * 64
        assert studio.get("/events").code == "usage.invalid"
        assert studio.get("/assets").status == 200
        stack.close()

        def listens() -> bool:
            with Events(studio) as events:
                return any(kind == "hello" for _, kind, _ in itertools.islice(events, 1))

        until(listens)  # places of listeners that left are given back


def test_a_port_that_is_taken_is_said(library: Library, audobon: Audobon) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ran = audobon(
            "studio", "--port", str(other.getsockname()[1]), "--library", str(library.root), "--json"
        )
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.port")
    assert audobon("studio", "--port", "0", "--library", "nowhere", "--json").status == 10


def test_it_listens_to_this_machine_alone() -> None:
    from audobon_cli.studio.server import listen_on

    with listen_on(0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


def test_a_step_is_shown_while_its_job_runs_and_not_kept(library: Library, inside: Inside) -> None:
    from audobon_cli.queue.looking import note_looking, somebody_looks
    from audobon_cli.queue.model import JobFilter, JobState
    from audobon_cli.queue.progress import Tracker
    from audobon_cli.queue.store.workers import JobWorkers

    assert not somebody_looks(library.root)
    note_looking(library.root)
    assert somebody_looks(library.root)
    jobs = open_queue(library)
    jobs.add([job("draws")])
    with JobWorkers(jobs).register("", "") as me:
        (taken,) = jobs.claim(me.id, 1)
        tracker = Tracker(lambda _: None, 1)
        assert inside.ask("GET", f"/progress/{taken.number}/picture").code == "usage.http_route"
        tracker.show(3, b"a picture")
        jobs.beat(me.id, taken.number, tracker.progress)
        told = inside.ask("GET", f"/jobs/{taken.number}").json["job"]["progress"]
        assert told["picture_step"] == 3
        assert "picture" not in told
        shown = inside.ask("GET", f"/progress/{taken.number}/picture")
        assert (shown.body, shown.headers["content-type"]) == (b"a picture", "image/png")
        jobs.finish([(taken.number, me.id, {}, ())])
    (over,) = jobs.matching(JobFilter(states=(JobState.DONE,)))
    assert "picture" not in (over.progress or {})
    assert inside.ask("GET", f"/progress/{taken.number}/picture").status == 404
    assert inside.ask("GET", "/progress/99/picture").code == "queue.job_not_found"
