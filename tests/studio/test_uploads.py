"""Files that are sent: imported as `audobon assets import` does, or refused with a code, and then nothing is there."""

import io
import struct
import wave
import zlib
from pathlib import Path
from urllib.parse import quote

import pytest

from audobon_cli.library.store.library import Library
from audobon_cli.studio.upload_route import MOST_BYTES
from tests.conftest import Audobon
from tests.studio.serving import Inside, Studio, png, serving

pytestmark = pytest.mark.loopback

FILE = ("content-type", "application/octet-stream")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><script>alert(1)</script></svg>'


def wav() -> bytes:
    """A tenth of a second."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(b"".join(struct.pack("<h", (n * 400) % 20000) for n in range(4410)))
    return stream.getvalue()


def bomb(side: int = 60_000) -> bytes:
    """A PNG that says that it has more pixels than any memory."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def held(library: Library) -> list[Path]:
    """Every stored file, finished or not."""
    folders = (library.root / "objects", library.root / "tmp")
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


def test_a_picture_and_a_sound_become_what_the_command_makes_of_them(
    library: Library, inside: Inside, audobon: Audobon, tmp_path: Path
) -> None:
    answer = inside.ask(
        "POST", "/assets?name=red%20dragon.png&tag=boss&tag=final&category=enemies", png(8, "a"), [FILE]
    )
    assert answer.status == 201
    shown, existing = answer.json["asset"], answer.json["existing"]
    assert (shown["name"], shown["tags"], shown["category"], existing) == (
        "red dragon",
        ["boss", "final"],
        "enemies",
        False,
    )
    assert answer.headers["location"] == f"/api/v1/assets/{shown['id']}"
    assert inside.ask("GET", f"/images/{shown['id']}").body == png(8, "a")
    again = inside.ask("POST", "/assets?name=other.png", png(8, "a"), [FILE]).json
    assert (again["asset"]["id"], again["existing"]) == (shown["id"], True)
    sound = inside.ask("POST", "/assets?name=hit.wav", wav(), [FILE]).json["asset"]
    assert (sound["kind"], sound["format"], sound["name"]) == ("sound", "wav", "hit")
    vector = inside.ask("POST", "/assets?name=logo.svg", SVG, [FILE]).json["asset"]
    assert "sandbox" in inside.ask("GET", f"/images/{vector['id']}").headers["content-security-policy"]
    (tmp_path / "red dragon.png").write_bytes(png(8, "a"))
    other = tmp_path / "other" / ".audobon"
    Library.create(other).close()
    where = ("--library", str(other))
    audobon(
        "assets",
        "import",
        str(tmp_path / "red dragon.png"),
        "-t",
        "boss",
        "-t",
        "final",
        "-c",
        "enemies",
        *where,
    )
    listed = audobon("assets", "list", "--json", *where).data["assets"][0]
    assert {**listed, "id": 0, "created": 0} == {**shown, "id": 0, "created": 0}


NAMES = (
    "../../etc/passwd",
    "..\\..\\evil.png",
    "/etc/cron.d/x.png",
    "a\0b.png",
    "\u202egnp.exe",
    "",
    "." * 300,
)


def test_a_name_is_a_name_and_no_path(library: Library, inside: Inside) -> None:
    before = {path for path in library.root.parent.rglob("*") if path.is_file()}
    for place, name in enumerate(NAMES):
        answer = inside.ask("POST", f"/assets?name={quote(name)}", png(8, str(place)), [FILE])
        assert answer.status == 201
        shown = answer.json["asset"]["name"]
        assert shown.isprintable()
        assert not {"/", "\\"} & {*shown}
    assert library.assets.count() == len(NAMES)
    fresh = {path for path in library.root.parent.rglob("*") if path.is_file()} - before
    assert all(library.root in path.parents for path in fresh)


def test_what_cannot_be_taken_leaves_nothing(library: Library, inside: Inside) -> None:
    files: dict[str, tuple[bytes, int, str]] = {
        "empty": (b"", 422, "picture.unreadable"),
        "program": (b"MZ\x90\x00 no picture", 422, "picture.unreadable"),
        "page": (b"<html><script>alert(1)</script></html>", 422, "picture.unreadable"),
        "document": (b"%PDF-1.7", 422, "picture.unreadable"),
        "cut off": (png(8, "a")[:40], 422, "picture.unreadable"),
        "bomb": (bomb(), 422, "picture.unreadable"),
        "sound cut off": (wav()[:20], 422, "picture.unreadable"),
        "too large": (b"\x89PNG\r\n\x1a\n" + bytes(MOST_BYTES), 413, "usage.http_size"),
    }
    for words, (data, status, code) in files.items():
        answer = inside.ask("POST", "/assets?name=x.png", data, [FILE])
        assert (answer.status, answer.code) == (status, code), words
        assert answer.json["error"]["hint"]
    for kind in ("image/png", "application/json", "text/plain", "multipart/form-data; boundary=x", ""):
        answer = inside.ask("POST", "/assets?name=x.png", png(8, "a"), [("content-type", kind)])
        assert (answer.status, answer.code) == (415, "usage.http_type"), kind
    long = (f"name={'n' * 1001}", f"category={'c' * 1001}", "&".join(["tag=a"] * 101))
    for asked in (*long, "tag=", "tag=%00", "category=.."):
        answer = inside.ask("POST", f"/assets?{asked}", png(8, "a"), [FILE])
        assert (answer.status, answer.code) == (400, "usage.invalid"), asked[:20]
    assert library.assets.count() == 0
    assert held(library) == []


def test_a_length_that_is_too_large_is_refused_before_it_is_sent(studio: Studio) -> None:
    head = (
        f"POST /api/v1/assets HTTP/1.1\r\nHost: {studio.host}\r\n{': '.join(studio.bearer)}\r\n"
        "Content-Type: application/octet-stream\r\nConnection: close\r\n"
    )
    for length in (str(MOST_BYTES + 1), "9" * 18):
        answer = studio.send(f"{head}Content-Length: {length}\r\n\r\n".encode())
        assert (answer.status, answer.code) == (413, "usage.http_size")


def test_what_is_broken_off_is_not_there_and_the_next_is_taken(studio: Studio, shown: Library) -> None:
    before, files = shown.assets.count(), held(shown)
    head = (
        f"POST /api/v1/assets?name=half.png HTTP/1.1\r\nHost: {studio.host}\r\n{': '.join(studio.bearer)}\r\n"
        "Content-Type: application/octet-stream\r\nContent-Length: 5000\r\n\r\n"
    )
    for _ in range(5):  # more than are received side by side
        with studio.connect() as connection:
            connection.sendall(head.encode() + png(8, "half")[:30])
    file = ("Content-Type", "application/octet-stream")
    refused = studio.ask("/api/v1/assets", studio.bearer, file, method="POST", body=b"nothing that is known")
    assert (refused.status, refused.code) == (422, "picture.unreadable")
    assert shown.assets.count() == before
    assert held(shown) == files


def test_a_studio_that_only_reads_takes_none(library: Library) -> None:
    with serving(library.root, "--port", "0", "--read-only") as studio:
        file = ("Content-Type", "application/octet-stream")
        answer = studio.ask("/api/v1/assets?name=x.png", studio.bearer, file, method="POST", body=png(8, "a"))
        assert (answer.status, answer.code) == (403, "usage.http_read_only")
    assert library.assets.count() == 0


def test_the_document_tells_of_the_file(inside: Inside) -> None:
    told = inside.ask("GET", "/openapi.json").json["paths"]["/api/v1/assets"]["post"]
    assert told["requestBody"]["content"] == {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
    }
    assert [one["name"] for one in told["parameters"]] == ["name", "tag", "category"]
    assert "201" in told["responses"]
