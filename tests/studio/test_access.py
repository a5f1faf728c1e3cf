"""Attacks on a server of this machine: by pages of other sites, by programs without the token, by paths."""

import re

import pytest

from audobon_cli.library.store.library import Library
from audobon_cli.studio.access import API, OPEN_PATHS, StudioSecrets
from audobon_cli.studio.endpoint import Endpoint
from audobon_cli.studio.interface import endpoints
from audobon_cli.studio.login.site import local_site
from tests.studio.serving import Answer, Studio

pytestmark = pytest.mark.loopback

PATHS = (
    "/assets", "/assets/positions", "/assets/0123456789abcdef", "/images/0123456789abcdef",
    "/images/0123456789abcdef/thumbnail",
    "/jobs", "/jobs/1", "/events", "/metrics",
)  # fmt: skip


def refused(answer: Answer, status: int, code: str) -> None:
    """The answer is an error and nothing else."""
    assert (answer.status, answer.code) == (status, code)
    assert set(answer.json) == {"error"}
    assert "set-cookie" not in answer.headers
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/studio.js", "/api/v1/assets", "/api/v1/healthz", "/api/v1/session"])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:{port}", "127.0.0.1", "localhost", "127.0.0.1:1", "127.0.0.1:{port}.evil.example",
        "127.0.0.1.evil.example:{port}", "localhost.evil.example:{port}", "localhost.:{port}", "LOCALHOST:{port}",
        "127.1:{port}", "2130706433:{port}", "127.0.0.2:{port}", "[::1]:{port}", "0.0.0.0:{port}",
        "evil@127.0.0.1:{port}", "127.0.0.1:{port}, evil.example", "127.0.0.1:0{port}", "",
    ],
)  # fmt: skip
def test_another_host_is_refused_whatever_else_is_right(studio: Studio, host: str, path: str) -> None:
    named = ("Host", host.format(port=studio.port))
    refused(studio.ask(path, named, studio.bearer), 403, "usage.http_refused")


def test_no_host_and_two_hosts_are_refused(studio: Studio) -> None:
    authorized = ": ".join(studio.bearer)
    assert studio.send(f"GET /api/v1/assets HTTP/1.0\r\n{authorized}\r\n\r\n".encode()).status == 403
    hosts = (("Host", studio.host), ("Host", "evil.example"))
    assert studio.ask("/api/v1/assets", *hosts, studio.bearer).status in (400, 403)
    assert studio.ask("http://evil.example/api/v1/assets", studio.bearer).status in (400, 403, 404)


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:{other}", "http://localhost:{other}",
        "https://127.0.0.1:{port}", "http://127.0.0.1:{port}.evil.example", "http://localhost:{port}", "file://", "",
        "http://127.0.0.1:{port}/", "HTTP://127.0.0.1:{port}",
    ],
)  # fmt: skip
def test_another_origin_is_refused(studio: Studio, origin: str) -> None:
    given = ("Origin", origin.format(port=studio.port, other=studio.port + 1))
    refused(studio.get("/assets", given), 403, "usage.http_refused")
    body = b'{"token": "' + studio.token.encode() + b'"}'
    json_type = ("Content-Type", "application/json")
    refused(
        studio.ask("/api/v1/session", given, json_type, method="POST", body=body), 403, "usage.http_refused"
    )


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "SAME-ORIGIN", "anything"])
def test_what_a_browser_says_comes_from_another_page_is_refused(studio: Studio, site: str) -> None:
    for path in ("/", "/api/v1/assets", "/api/v1/healthz"):
        answer = studio.ask(path, ("Sec-Fetch-Site", site), studio.bearer)
        refused(answer, 403, "usage.http_refused")


def test_a_preflight_grants_nothing(studio: Studio) -> None:
    wishes = ("Access-Control-Request-Method", "DELETE"), ("Access-Control-Request-Headers", "authorization")
    for headers in ((("Origin", "http://evil.example"), *wishes), wishes):
        answer = studio.ask("/api/v1/assets", studio.bearer, *headers, method="OPTIONS")
        assert answer.status in (403, 405)
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", PATHS)
def test_without_the_token_nothing_is_told(studio: Studio, path: str) -> None:
    wrong = "A" * len(studio.token)
    for headers in (
        (),
        (("Authorization", ""),),
        (("Authorization", "Bearer"),),
        (("Authorization", f"Bearer {wrong}"),),
        (("Authorization", f"Bearer {studio.token[:-1]}"),),
        (("Authorization", f"Basic {studio.token}"),),
        (("Cookie", f"audobon_studio_{studio.port}={studio.token}"),),
        (("Cookie", f"audobon_studio_{studio.port}="),),
        (("Cookie", "\x01=;;;=\xff"),),
    ):
        answer = studio.ask(f"/api/v1{path}", *headers)
        refused(answer, 401, "usage.http_token")
    assert studio.ask(f"/api/v1{path}?token={studio.token}").status == 401


@pytest.mark.parametrize("endpoint", endpoints({}), ids=lambda one: f"{one.method} {one.path}")
def test_every_operation_is_behind_host_origin_and_token(studio: Studio, endpoint: Endpoint) -> None:
    path = API + re.sub(r"\{\w+\}", "1", endpoint.path)
    json_type = ("Content-Type", "application/json")

    def ask(*headers: tuple[str, str]) -> Answer:
        return studio.ask(path, *headers, json_type, method=endpoint.method, body=b"{}")

    if path not in OPEN_PATHS:
        refused(ask(), 401, "usage.http_token")
        refused(ask(("Authorization", f"Bearer {'A' * len(studio.token)}")), 401, "usage.http_token")
    for attack in (
        ("Host", "evil.example"),
        ("Host", f"127.0.0.1.evil.example:{studio.port}"),
        ("Origin", "http://evil.example"),
        ("Origin", f"http://localhost:{studio.port + 1}"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ):
        refused(ask(attack, studio.bearer), 403, "usage.http_refused")


def test_the_token_opens_one_session_and_its_cookie_is_the_pages_alone(studio: Studio) -> None:
    body = b'{"token": "' + studio.token.encode() + b'"}'
    answer = studio.ask(
        "/api/v1/session", ("Content-Type", "application/json; charset=utf-8"), method="POST", body=body
    )
    assert answer.status == 204
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert {one.lower() for one in attributes} == {"httponly", "samesite=strict", "path=/api/v1"}
    assert studio.token not in cookie
    assert studio.ask("/api/v1/assets", ("Cookie", f"other=1; {cookie}")).status == 200
    assert studio.ask("/api/v1/assets", ("Cookie", cookie), ("Sec-Fetch-Site", "same-site")).status == 403
    assert studio.ask("/api/v1/assets", ("Cookie", cookie), ("Origin", "http://evil.example")).status == 403


def test_a_code_of_an_opened_browser_works_once() -> None:
    held = StudioSecrets(local_site(1))
    code = held.address_for_once().partition("token=")[2]
    assert not held.admits_token(code)
    assert held.opens_session(code)
    assert not held.opens_session(code)
    assert held.opens_session(held.token)


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "",
    ],
)
def test_a_body_that_a_form_can_send_is_refused(studio: Studio, kind: str | None) -> None:
    body = b'{"token": "' + studio.token.encode() + b'"}'
    headers = () if kind is None else (("Content-Type", kind),)
    refused(studio.ask("/api/v1/session", *headers, method="POST", body=body), 415, "usage.http_type")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "usage.invalid"),
        (b"{", 400, "usage.invalid"),
        (b"\xff\xfe", 400, "usage.invalid"),
        (b"[]", 400, "usage.invalid"),
        (b'"token"', 400, "usage.invalid"),
        (b'{"token": null}', 400, "usage.invalid"),
        (b'{"token": ["a"]}', 400, "usage.invalid"),
        (b'{"token": "\xc3\xa9"}', 400, "usage.invalid"),
        (b"[" * 1000, 400, "usage.invalid"),
        (b'{"token": "wrong"}', 401, "usage.http_token"),
        (b'{"token": "' + b"x" * 5000 + b'"}', 413, "usage.http_size"),
        (b" " * 3_000_000, 413, "usage.http_size"),
    ],
)
def test_malformed_and_oversized_bodies_are_refused(
    studio: Studio, body: bytes, status: int, code: str
) -> None:
    if (
        len(body) > 1_000_000
    ):  # the server answers before all is sent, and may end the connection: announce it only
        lines = f"Host: {studio.host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        head = f"POST /api/v1/session HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode()
        refused(studio.send(head + body[:2000]), status, code)
        return
    answer = studio.ask("/api/v1/session", ("Content-Type", "application/json"), method="POST", body=body)
    refused(answer, status, code)


@pytest.mark.parametrize(
    "target",
    [
        "/../../../../etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
        "/..\\..\\etc\\passwd", "/studio.js/../../server.py", "/__init__.py", "/page/__init__.py", "/index.html%00.js",
        "/api/v1/images/..%2f..%2flibrary.db", "/api/v1/images/../../library.db", "/api/v1/images/%2e%2e",
        "/api/v1/images/%00", "/api/v1/images/knight_1", "/api/v1/images/0123", "/api/v1/images/*", "/api/v1/images/",
        "/api/v1/images/..%5c..%5clibrary.db/thumbnail", "/api/v1/assets/..", "/api/v1/assets/%c0%ae%c0%ae",
        "/api/v1/../v1/assets/", "/api/v1//assets", "/api/v2/assets", "/api/v1/jobs/..%2f1", "/api/v1",
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file(studio: Studio, target: str) -> None:
    answer = studio.ask(target, studio.bearer)
    assert answer.status in (400, 404)
    assert answer.code in ("usage.http_route", "usage.invalid")
    assert b"root:" not in answer.body
    assert b"SQLite" not in answer.body


def test_other_methods_than_the_tables_are_refused(studio: Studio, shown: Library) -> None:
    known: dict[str, set[str]] = {}
    for one in endpoints({}):
        known.setdefault(API + re.sub(r"\{\w+\}", "1", one.path), set()).add(one.method)
    for path, methods in known.items():
        for method in {"POST", "PUT", "PATCH", "DELETE"} - methods:
            answer = studio.ask(path, studio.bearer, method=method)
            assert (answer.status, answer.code) == (405, "usage.http_method"), (method, path)
    assert shown.assets.count() == 7


def test_every_answer_keeps_other_pages_out(studio: Studio, shown: Library) -> None:
    asset = shown.assets.list(1).assets[0].id
    answers = [studio.ask("/"), studio.ask("/nothing"), studio.ask("/api/v1/assets"), studio.get("/assets")]
    answers += [studio.get(f"/images/{asset}"), studio.ask("/", ("Host", "evil.example"))]
    for answer in answers:
        assert (
            "default-src 'self'" in (policy := answer.headers["content-security-policy"])
            or "sandbox" in policy
        )
        assert "unsafe-inline" not in policy.replace("style-src 'unsafe-inline'; sandbox", "")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers


def test_a_websocket_is_not_opened(studio: Studio) -> None:
    headers = [
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
    ]
    answer = studio.ask("/api/v1/events", *headers)
    assert answer.status != 101


def test_rubbish_is_answered_and_the_server_goes_on(studio: Studio) -> None:
    for raw in (
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nA" * 20_000,
    ):
        with studio.connect() as connection:
            try:
                connection.sendall(raw)
                received = connection.recv(100)
            except ConnectionError:
                received = b""
        assert not received or b" 4" in received
    assert studio.ask("/api/v1/healthz").status == 200
