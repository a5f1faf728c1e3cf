"""Content Credentials: signed at export, read and verified, never broken; judged by verifiers of others, too."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from audobon_cli.credentials.examine import CredentialsState, examine
from audobon_cli.credentials.keys import make_key, read_key
from audobon_cli.credentials.library import TYPES
from audobon_cli.credentials.sign import signed
from audobon_cli.domain.errors import CredentialsKeyMissing, InvalidInput, OutputExists
from audobon_cli.domain.media import ImageInfo
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.exemplars.vector_file import read_vector_recipe
from audobon_cli.media.credentials import MANIFEST_TEXT, carries_credentials
from audobon_cli.media.image.convert import convert as convert_picture
from audobon_cli.media.image.formats import ExportFormat
from audobon_cli.media.image.png import encode_png
from audobon_cli.media.provenance import SourceType
from audobon_cli.media.sound.convert import convert as convert_sound
from audobon_cli.media.sound.formats import SoundFormat
from audobon_cli.media.sound.wav import encode_wav
from tests.conftest import Audobon
from tests.media.test_png import make_recipe
from tests.media.test_provenance import asset, picture, sound

pytest.importorskip("c2pa")

FORMS = ("png", "webp", "avif", "wav", "flac", "mp3")


def file(form: str) -> bytes:
    """A small file of that format, as it is exported."""
    if form in ("png", "webp", "avif"):
        data = encode_png(picture(), make_recipe())
        return convert_picture(
            asset(make_recipe(), ImageInfo(16, 16, "RGBA"), "png"), data, ExportFormat(form), False
        )
    recipe = make_recipe(engine="synth")
    data = encode_wav(sound(), recipe, "door")
    return convert_sound(asset(recipe, SoundInfo(44_100, 1, 4411), "wav"), data, SoundFormat(form))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a key lies."""
    place = tmp_path_factory.mktemp("key")
    make_key(place, "Tiny Games")
    return place


def test_a_key_is_private_and_never_replaced_unasked(folder: Path) -> None:
    key = read_key(folder)
    assert key.holder == "Tiny Games"
    assert (folder / "key.pem").stat().st_mode & 0o077 == 0
    with pytest.raises(OutputExists):
        make_key(folder, "Others")
    assert read_key(folder).fingerprint == key.fingerprint
    (folder / "broken").mkdir()
    (folder / "broken" / "key.pem").write_text("x")
    (folder / "broken" / "certificates.pem").write_text("x")
    for place in (folder / "nowhere", folder / "broken"):
        with pytest.raises(CredentialsKeyMissing):
            read_key(place)


@pytest.mark.parametrize("form", FORMS)
def test_a_signed_file_holds_and_one_flipped_byte_is_told(form: str, folder: Path) -> None:
    before = file(form)
    assert examine(before, form).state is CredentialsState.NONE
    data = signed(before, form, "knight", SourceType.TRAINED.uri, read_key(folder))
    found = examine(data, form)
    assert (found.state, found.trusted, found.problems) == (CredentialsState.VALID, False, ())
    assert (found.signer, found.title) == ("Tiny Games", "knight")
    assert found.source_types == (SourceType.TRAINED.uri,)
    assert found.made_with.startswith("Audobon")
    assert carries_credentials(data)
    # Of the content, of the claim (what follows it is room that was kept free), and of the signature.
    content = data.rindex(before[-64:-32]) + 5
    for place in (content, data.index(b"micMedia") + 1, data.index(b"instanceID") + 20):
        broken = bytearray(data)
        broken[place] ^= 1
        told = examine(bytes(broken), form)
        assert told.state is CredentialsState.INVALID, place
        assert told.problems


@pytest.mark.parametrize("form", FORMS)
def test_a_verifier_of_others_agrees(form: str, folder: Path, tmp_path: Path) -> None:
    verifier = pytest.importorskip("encypher_c2pa")
    data = signed(file(form), form, "knight", SourceType.TRAINED.uri, read_key(folder))
    report = verifier.verify(data, TYPES[form], telemetry=False, online=False)
    assert (report["integrity"], report["signature"], report["hard_binding"]) == ("valid", "valid", "match")
    assert report["trust"]["status"] == "not_valid_for_supplied_material"
    broken = bytearray(data)
    broken[data.rindex(file(form)[-64:-32]) + 5] ^= 1
    assert verifier.verify(bytes(broken), TYPES[form], telemetry=False, online=False)["integrity"] != "valid"


def test_drawings_in_vectors_are_signed_too(audobon: Audobon) -> None:
    """What a verifier of others says of an SVG, and that nothing of the drawing is another."""
    verifier = pytest.importorskip("encypher_c2pa")
    audobon("generate", "knight", "--seed", "1", "--out", "plain.svg")
    audobon("provenance", "key", "--holder", "Tiny Games")
    ran = audobon("assets", "export", "knight", "--format", "svg", "--credentials", "--out", "art")
    assert ran.status == 0, ran.err
    (path,) = Path("art").glob("*.svg")
    data = path.read_bytes()
    assert carries_credentials(data)
    assert not carries_credentials(Path("plain.svg").read_bytes())
    (found,) = audobon("provenance", "show", str(path), "--json").data["files"]
    assert (found["credentials"]["state"], found["source_type"]) == ("valid", SourceType.COMPOSITE.uri)
    report = verifier.verify(data, TYPES["svg"], telemetry=False, online=False)
    assert (report["integrity"], report["signature"], report["hard_binding"]) == ("valid", "valid", "match")
    assert read_vector_recipe(path) == read_vector_recipe(Path("plain.svg"))
    assert read_vector_recipe(path) is not None
    shapes = re.findall(rb"<(?:path|rect)[^>]*>", data)
    assert shapes
    assert shapes == re.findall(rb"<(?:path|rect)[^>]*>", Path("plain.svg").read_bytes())
    for place in (data.rindex(b"<path") + 12, data.index(MANIFEST_TEXT) + 900):
        broken = bytearray(data)
        broken[place] = ord("B") if broken[place] == ord("A") else ord("A")
        assert examine(bytes(broken), "svg").state is CredentialsState.INVALID
        assert (
            verifier.verify(bytes(broken), TYPES["svg"], telemetry=False, online=False)["integrity"]
            != "valid"
        )
    audobon("assets", "import", str(path), "--name", "theirs")
    audobon("assets", "export", "theirs", "--out", "back")
    assert next(Path("back").glob("*.svg")).read_bytes() == data


def test_exiftool_lists_the_manifest(folder: Path, tmp_path: Path) -> None:
    """In PNG files: version 12 looks for manifests nowhere else that is written here."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    path = tmp_path / "one.png"
    path.write_bytes(signed(file("png"), "png", "knight", SourceType.TRAINED.uri, read_key(folder)))
    ran = subprocess.run(
        ["exiftool", "-j", "-G1", "-a", str(path)], capture_output=True, text=True, check=True
    )
    told = json.loads(ran.stdout)[0]
    assert told["JUMBF:JUMDLabel"] == "c2pa"
    assert told["XMP-iptcExt:DigitalSourceType"] == SourceType.TRAINED.uri


def test_formats_without_a_place_are_refused(folder: Path) -> None:
    with pytest.raises(InvalidInput, match="ogg files hold no credentials"):
        signed(b"OggS", "ogg", "x", SourceType.TRAINED.uri, read_key(folder))
    rest = ("x", SourceType.TRAINED.uri, read_key(folder))
    with pytest.raises(InvalidInput, match="cannot be signed"):
        signed(b"<svg><metadata/><g><metadata></metadata></g><metadata></metadata></svg>", "svg", *rest)
    with pytest.raises(InvalidInput, match="cannot be signed"):
        signed(b"no picture", "png", "x", SourceType.TRAINED.uri, read_key(folder))


def test_exports_are_signed_and_what_others_signed_is_never_changed(audobon: Audobon) -> None:
    audobon("generate", "knight", "--seed", "1")
    assert (
        audobon("assets", "export", "knight", "--credentials", "--json").json["error"]["code"]
        == "provenance.key"
    )
    made = audobon("provenance", "key", "--holder", "Tiny Games", "--json").data
    assert made["made"]
    assert made["fingerprint"] == audobon("provenance", "key", "--json").data["fingerprint"]
    assert audobon("assets", "export", "knight", "--credentials", "--out", "art").status == 0
    (found,) = audobon("provenance", "show", "art/knight.png", "--json").data["files"]
    assert found["source_type"] == SourceType.COMPOSITE.uri
    assert found["credentials"]["state"] == "valid"
    assert found["recipe"]
    # Into a library and out of it, optimised and to be signed again: not one byte is another.
    theirs = Path("art/knight.png").read_bytes()
    Path("theirs.png").write_bytes(theirs)
    audobon("assets", "import", "theirs.png")
    ran = audobon("assets", "export", "theirs", "--optimize", "--credentials", "--out", "back")
    assert "carries credentials already" in ran.err
    assert Path("back/theirs.png").read_bytes() == theirs
    broken = bytearray(theirs)
    broken[len(broken) // 2] ^= 1
    Path("broken.png").write_bytes(broken)
    ran = audobon("provenance", "show", "broken.png", "theirs.png", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (3, "provenance.invalid")
