"""A studio for other machines: its password, its addresses, sessions; and what is tried to come in without."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audobon_cli.cli.session import CommonOptions, Session
from audobon_cli.cli.system.studio_generation import StudioGeneration
from audobon_cli.cli.system.studio_reach import tell_reach
from audobon_cli.domain.errors import InvalidInput, PasswordTriesSpent
from audobon_cli.domain.events import Event, Warned
from audobon_cli.library.store.library import Library
from audobon_cli.studio.login.password import ALL_TRIES, COST, FREE_TRIES, MOST_WAITING, Password
from audobon_cli.studio.login.site import make_site
from tests.conftest import Audobon
from tests.studio.serving import Answer, Inside, Studio, serving
from tests.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.loopback

SECRET = "correct horse battery"
JSON = ("Content-Type", "application/json")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A password file for this user alone."""
    path = tmp_path / "studio-password"
    path.write_text(SECRET + "\nnot this line\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def locked(library: Library) -> Iterator[Inside]:
    """The application with a password, whose clock stands still, without a server."""
    session = Session()
    session.options = CommonOptions(library=str(library.root), offline=True)
    yield Inside(session.workspace, StudioGeneration(session), password=Password(SECRET, lambda: 1000.0))
    session.close()


def log_in(studio: Studio, password: str, *headers: tuple[str, str]) -> Answer:
    """The answer to a password."""
    body = json.dumps({"password": password}).encode()
    return studio.ask("/api/v1/session", JSON, *headers, method="POST", body=body)


def cookie_of(answer: Answer) -> tuple[str, str]:
    """The header with the cookie that an answer sets."""
    return "cookie", answer.headers["set-cookie"].partition(";")[0]


@pytest.mark.parametrize(
    ("host", "names", "tls", "origins", "local"),
    [
        ("127.0.0.1", [], False, ["http://127.0.0.1:4747", "http://localhost:4747"], True),
        ("::1", [], False, ["http://[::1]:4747", "http://localhost:4747"], True),
        ("192.168.1.5", [], False, ["http://192.168.1.5:4747"], False),
        ("fd00::5", [], True, ["https://[fd00::5]:4747"], False),
        ("0.0.0.0", ["nas.local"], False,
         ["http://nas.local:4747", "http://127.0.0.1:4747", "http://localhost:4747"], False),
        ("127.0.0.1", ["https://Studio.Example/"], False,
         ["https://studio.example", "http://127.0.0.1:4747", "http://localhost:4747"], False),
        ("127.0.0.1", ["studio.example:8443"], True,
         ["https://studio.example:8443", "https://127.0.0.1:4747", "https://localhost:4747"], False),
    ],
)  # fmt: skip
def test_addresses_are_those_that_were_bound_or_named(
    host: str, names: list[str], tls: bool, origins: list[str], local: bool
) -> None:
    site = make_site(host, 4747, names, tls)
    assert [*site.origins] == origins
    assert site.is_local is local


@pytest.mark.parametrize(
    "name", ["", "*", "*.example", "a b", "http://", "x/y", "ftp://x", "x:0", "x:70000", "a..b", "u@x"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        make_site("127.0.0.1", 4747, [name])


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--host", "0.0.0.0"], "usage.invalid"),
        (["--host", "0.0.0.0", "--name", "nas.local"], "usage.studio_password"),
        (["--host", "192.0.2.1"], "usage.studio_password"),
        (["--name", "https://studio.example"], "usage.studio_password"),
        (["--host", "nas.local"], "usage.invalid"),
        (["--host", "192.0.2.1", "--password-file", "none"], "usage.studio_password"),
        (["--host", "192.0.2.1", "--password-file", "empty"], "usage.studio_password"),
        (["--host", "192.0.2.1", "--password-file", "short"], "usage.studio_password"),
        (["--host", "192.0.2.1", "--password-file", "dull"], "usage.studio_password"),
        (["--host", "192.0.2.1", "--password-file", "binary"], "usage.studio_password"),
        (["--host", "192.0.2.1", "--password-file", "."], "usage.studio_password"),
        (["--certificate-key", "empty"], "usage.invalid"),
        (["--certificate", "empty"], "usage.invalid"),
        (["--certificate", "none"], "usage.invalid"),
        (["--host", "192.0.2.1", "--password-file", "good", "--port", "0"], "usage.port"),
    ],
)
def test_bad_starts_are_told_with_what_to_do(
    audobon: Audobon,
    library: Library,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    argv: list[str],
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    files = {
        "empty": b"",
        "short": b"hunter2",
        "dull": b"aaaaaaaaaaaaaaaa",
        "binary": b"\xff\xfe\xff",
        "good": SECRET.encode(),
    }
    for name, content in files.items():
        Path(name).write_bytes(content)
        Path(name).chmod(0o600)
    ended = audobon("studio", *argv, "--library", str(library.root), "--json")
    assert ended.status != 0
    assert ended.json["error"]["code"] == code
    assert ended.json["error"]["hint"]
    assert SECRET not in ended.out + ended.err


@pytest.mark.posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_password_that_others_may_read_is_refused(
    audobon: Audobon, library: Library, secret: Path, mode: int
) -> None:
    secret.chmod(mode)
    ended = audobon("studio", "--password-file", str(secret), "--library", str(library.root), "--json")
    assert ended.json["error"]["code"] == "usage.studio_password"
    assert ended.json["error"]["hint"] == f"chmod 600 {secret}"


def test_tries_are_few_for_each_address_and_for_all_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COST, "n", 2)  # what is counted here is tries
    now = 1000.0
    password = Password(SECRET, lambda: now)
    for _ in range(FREE_TRIES):
        assert not password.admits("wrong", "a")
    with pytest.raises(PasswordTriesSpent) as raised:
        password.admits(SECRET, "a")  # not even looked at
    assert raised.value.details["retry_after_seconds"] == 2
    assert password.admits(SECRET, "b")
    now += 1.5
    assert not password.admits("wrong", "a")
    now += 1.5
    with pytest.raises(PasswordTriesSpent):
        password.admits(SECRET, "a")
    now += 1.0
    assert password.admits(SECRET, "a")
    assert not password.admits("wrong", "a")  # counted anew
    for number in range(ALL_TRIES - FREE_TRIES - 2):
        assert not password.admits("wrong", f"address {number}")
    with pytest.raises(PasswordTriesSpent):
        password.admits(SECRET, "another")
    now += 61
    assert password.admits(SECRET, "another")


def test_letters_of_other_keyboards_are_the_same() -> None:
    password = Password("caf\u00e9 au lait noir")
    assert password.admits("cafe\u0301 au lait noir", "a")
    assert not password.admits("\ud800", "a")


def test_a_password_opens_a_session_that_ends(locked: Inside) -> None:
    assert locked.ask("GET", "/healthz").json["login"] == "password"
    outside = [("authorization", "")]
    wrong = locked.ask("POST", "/session", {"password": "wrong"}, outside)
    assert (wrong.status, wrong.code) == (401, "usage.http_password")
    assert "set-cookie" not in wrong.headers
    opened = locked.ask("POST", "/session", {"password": SECRET}, outside)
    assert opened.status == 204
    assert {one.lower() for one in opened.headers["set-cookie"].split("; ")[1:]} == {
        "httponly", "samesite=strict", "path=/api/v1"
    }  # fmt: skip
    other = locked.ask("POST", "/session", {"password": SECRET}, outside)
    one, two = cookie_of(opened), cookie_of(other)
    assert one != two
    assert locked.ask("GET", "/assets", None, [*outside, one]).status == 200
    ended = locked.ask("DELETE", "/session", {}, [*outside, one])
    assert (ended.status, "max-age=0" in ended.headers["set-cookie"].lower()) == (204, True)
    assert locked.ask("GET", "/assets", None, [*outside, one]).code == "usage.http_token"
    assert locked.ask("GET", "/assets", None, [*outside, two]).status == 200
    assert locked.ask("DELETE", "/session", {}, outside).status == 204


def test_bad_passwords_are_errors_of_the_registry(locked: Inside, inside: Inside) -> None:
    for body, status, code in (
        ({}, 400, "usage.invalid"),
        ({"password": SECRET, "token": "x"}, 400, "usage.invalid"),
        ({"password": 7}, 400, "usage.invalid"),
        ({"password": None}, 400, "usage.invalid"),
        ({"password": "x" * 1001}, 400, "usage.invalid"),
        ({"password": ""}, 401, "usage.http_password"),
        ({"password": "x" * 20_000}, 413, "usage.http_size"),
    ):
        answer = locked.ask("POST", "/session", body)
        assert (answer.status, answer.code) == (status, code), body
    assert inside.ask("POST", "/session", {"password": SECRET}).code == "usage.invalid"
    for _ in range(FREE_TRIES):
        last = locked.ask("POST", "/session", {"password": "wrong"})
    assert (last.status, last.code) == (429, "usage.http_tries")
    assert int(last.headers["retry-after"]) > 0
    assert locked.ask("POST", "/session", {"token": locked.held.token}).status == 204  # its owner comes in


def test_under_its_names_alone_and_nothing_of_the_password_is_written_down(
    library: Library, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    argv = ("--port", "0", "--host", "0.0.0.0", "--name", "studio.test", "--name", "https://studio.example")
    with serving(library.root, *argv, "--password-file", str(secret)) as studio:
        port = studio.port
        assert log_in(studio, "wrong password").code == "usage.http_password"
        for host in (f"studio.test:{port}", "studio.example", f"127.0.0.1:{port}", f"localhost:{port}"):
            opened = log_in(studio, SECRET, ("Host", host))
            assert opened.status == 204, host
            assert ("secure" in opened.headers["set-cookie"].lower()) is (host == "studio.example")
            cookie = cookie_of(opened)
            scheme = "https" if host == "studio.example" else "http"
            for origin, status in (
                (f"{scheme}://{host}", 200),
                (f"ws://{host}", 403),
                (f"{scheme}://{host}.evil", 403),
            ):
                answer = studio.ask("/api/v1/assets", ("Host", host), ("Origin", origin), cookie)
                assert answer.status == status, (host, origin)
            other = "http" if scheme == "https" else "https"
            assert studio.ask("/", ("Host", host), ("Origin", f"{other}://{host}")).status == 403
            assert (
                studio.ask("/api/v1/assets", ("Host", host), cookie, ("Sec-Fetch-Site", "same-site")).status
                == 403
            )
        for host in (
            "studio.test", "studio.test:80", f"studio.test.:{port}", f"STUDIO.test:{port}", f"studio.test.evil:{port}",
            f"evil.studio.test:{port}", f"xstudio.test:{port}", f"studio.example:{port}", "studio.example:443",
            "studio.example.evil", f"0.0.0.0:{port}", f"127.0.0.2:{port}", f"[::1]:{port}", "",
        ):  # fmt: skip
            for path in ("/", "/api/v1/session", "/api/v1/healthz", "/api/v1/assets"):
                answer = studio.ask(path, ("Host", host), studio.bearer)
                assert (answer.status, answer.code) == (403, "usage.http_refused"), host
        assert studio.ask("/api/v1/assets", ("Authorization", f"Basic {SECRET}")).code == "usage.http_token"
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != secret]
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for studio.test that signs itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "studio.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("studio.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return folder / "cert.pem", folder / "key.pem"


def test_with_a_certificate_it_speaks_tls_alone(library: Library, secret: Path, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    argv = ("--port", "0", "--name", "studio.test", "--certificate", str(cert), "--certificate-key", str(key))
    with serving(library.root, *argv, "--password-file", str(secret)) as studio:
        trust = ssl.create_default_context(cafile=str(cert))
        body = json.dumps({"password": SECRET}).encode()
        head = (
            f"POST /api/v1/session HTTP/1.1\r\nHost: studio.test:{studio.port}\r\nContent-Type: application/json\r\n"
            f"Origin: https://studio.test:{studio.port}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        with studio.connect() as plain, trust.wrap_socket(plain, server_hostname="studio.test") as line:
            line.sendall(head.encode() + body)
            received = line.recv(4096)
        assert received.startswith(b"HTTP/1.1 204")
        assert b"; Secure" in received
        with studio.connect() as plain:
            plain.sendall(head.encode() + body)
            try:
                received = plain.recv(4096)
            except ConnectionError:
                received = b""
        assert b"204" not in received


def test_it_says_who_can_come_in() -> None:
    said: list[str] = []

    class Screen:
        def event(self, event: Event) -> None:
            said.append(event.message if isinstance(event, Warned) else "")

    tell_reach(Screen(), make_site("127.0.0.1", 4747))  # type: ignore[arg-type]
    assert said == []
    tell_reach(Screen(), make_site("127.0.0.1", 4747, ["https://studio.example"]))  # type: ignore[arg-type]
    assert len(said) == 1
    tell_reach(Screen(), make_site("192.168.1.5", 4747))  # type: ignore[arg-type]
    assert "http://192.168.1.5:4747" in said[1]
    assert "can be read on the way" in said[2]


def test_many_tries_at_once_leave_the_threads_to_others() -> None:
    """While one is looked at, however long that takes, some wait for their turn and all others are refused."""
    over = threading.Event()

    def clock() -> float:
        assert over.wait(PATIENCE_SECONDS)
        return time.monotonic()

    password = Password(SECRET, clock)
    looked_at, refused = [], []

    def attempt(number: int) -> None:
        try:
            looked_at.append(password.admits("wrong", f"address {number}"))
        except PasswordTriesSpent:
            refused.append(number)

    with ThreadPoolExecutor(24) as pool:
        tries = [pool.submit(attempt, number) for number in range(24)]
        until(lambda: len(refused) == 24 - MOST_WAITING)
        over.set()
    assert [one.result() for one in tries] == [None] * 24
    assert looked_at == [False] * MOST_WAITING
    assert password.admits(SECRET, "owner")
