"""Exports have safe names, touch nothing that was there, and can be run again."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import (
    AssetNotFound,
    BlobCorrupt,
    BlobMissing,
    DiskFull,
    InvalidInput,
    OutputExists,
    OutputUnwritable,
)
from audobon_cli.library.add import add_asset, add_assets
from audobon_cli.library.export import ExportRequest, ExportStatus, export_assets
from audobon_cli.library.store.library import Library
from audobon_cli.storage.file_names import MAX_NAME_BYTES, safe_file_name, same_file_key
from tests.fault_injection import needs_mounts, run_mounted
from tests.library.samples import draft, picture

AWKWARD = [
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "CON",
    "nul.txt",
    "a\0b",
    "a\nb",
    "-rf",
    ".hidden",
    "x" * 400,
]
AWKWARD += [
    "é" * 200,
    "👩‍👩‍👧‍👦" * 30,
    "e\u0301" * 150,
    "\u202egnp.exe",
    "COM¹",
    'a/b\\c:d*e?f"g<h>i|j',
    "trailing. . ",
    "",
    " ",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


def _file(library: Library, *names: str) -> list[Asset]:
    start = library.assets.count()
    pairs = [(draft(name, seed=n), picture(start + n)) for n, name in enumerate(names)]
    return [filed.asset for filed in add_assets(library, pairs)]


def _written(library: Library, request: ExportRequest) -> list[str]:
    return [file.path.name for file in export_assets(library, request).files]


def test_an_asset_is_written_under_its_name(library: Library, folder: Path) -> None:
    (asset,) = _file(library, "дракон 龙")
    report = export_assets(library, ExportRequest(folder, references=(asset.id,)))
    assert (folder / "дракон 龙.png").read_bytes() == picture(0)
    assert report.files[0].status is ExportStatus.WRITTEN
    assert report.files[0].asset == asset


def test_a_query_exports_all_it_finds_and_an_empty_one_everything(library: Library, folder: Path) -> None:
    _file(library, "red dragon", "blue dragon", "knight")
    assert _written(library, ExportRequest(folder, query="drag")) == ["red dragon.png", "blue dragon.png"]
    assert len(_written(library, ExportRequest(folder, query=""))) == 3


def test_an_asset_named_twice_is_exported_once(library: Library, folder: Path) -> None:
    (asset,) = _file(library, "dragon")
    assert _written(library, ExportRequest(folder, (asset.id, "dragon"), query="drag")) == ["dragon.png"]


def test_assets_with_one_name_are_numbered_from_the_oldest(library: Library, folder: Path) -> None:
    _file(library, "dragon", "Dragon", "dragon", "dragon-2", "dragon.png")
    names = _written(library, ExportRequest(folder, query=""))
    assert names == ["dragon.png", "Dragon-2.png", "dragon-3.png", "dragon-2-2.png", "dragon-4.png"]
    assert sorted(os.listdir(folder)) == sorted(names)


def test_a_template_names_the_files(library: Library, folder: Path) -> None:
    (asset,) = _file(library, "a {id} b")
    template = "{kind}-{name}-{id}-{seed}-{width}x{height}{prompt}"
    (name,) = _written(library, ExportRequest(folder, (asset.id,), template=template))
    assert name == f"sprite-a {{id}} b-{asset.id}-0-8x8.png"


@pytest.mark.parametrize(
    "template",
    ["{nothing}", "{", "}", "{}", "{0}", "{name!r}", "{name:>9}", "{name.__class__}", "a/{name}", "..\\{id}"],
)
def test_a_template_that_is_none_is_refused(library: Library, folder: Path, template: str) -> None:
    _file(library, "dragon")
    with pytest.raises(InvalidInput):
        export_assets(library, ExportRequest(folder, query="", template=template))
    assert not folder.exists()


def test_naming_nothing_is_refused(library: Library, folder: Path) -> None:
    with pytest.raises(InvalidInput):
        export_assets(library, ExportRequest(folder))
    with pytest.raises(AssetNotFound):
        export_assets(library, ExportRequest(folder, ("nothing",)))


def test_a_file_in_the_way_stops_everything_before_it_begins(library: Library, folder: Path) -> None:
    _file(library, "a", "b")
    folder.mkdir()
    (folder / "b.png").write_bytes(b"mine")
    with pytest.raises(OutputExists) as caught:
        export_assets(library, ExportRequest(folder, query=""))
    assert caught.value.details["paths"] == [str(folder / "b.png")]
    assert os.listdir(folder) == ["b.png"]
    export_assets(library, ExportRequest(folder, query="", overwrite=True))
    assert (folder / "b.png").read_bytes() == picture(1)


def test_running_it_again_writes_only_what_is_missing(library: Library, folder: Path) -> None:
    _file(library, "a", "b", "c")
    request = ExportRequest(folder, query="")
    export_assets(library, request)
    (folder / "b.png").unlink()
    before = (folder / "a.png").stat().st_mtime_ns
    report = export_assets(library, request)
    assert (report.count(ExportStatus.UNCHANGED), report.count(ExportStatus.WRITTEN)) == (2, 1)
    assert (folder / "a.png").stat().st_mtime_ns == before


def test_a_dry_run_checks_all_and_writes_nothing(library: Library, folder: Path) -> None:
    _file(library, "a")
    report = export_assets(library, ExportRequest(folder, query="", dry_run=True))
    assert [file.status for file in report.files] == [ExportStatus.PLANNED]
    assert not folder.exists()
    folder.mkdir()
    (folder / "a.png").touch()
    with pytest.raises(OutputExists):
        export_assets(library, ExportRequest(folder, query="", dry_run=True))


def test_a_damaged_picture_is_never_exported(library: Library, folder: Path) -> None:
    (asset,) = _file(library, "a")
    path = library.blobs.path(asset.blob)
    path.chmod(0o644)
    path.write_bytes(picture(77))
    with pytest.raises(BlobCorrupt):
        export_assets(library, ExportRequest(folder, query=""))
    path.unlink()
    with pytest.raises(BlobMissing):
        export_assets(library, ExportRequest(folder, query=""))
    assert os.listdir(folder) == []


def test_a_file_in_the_place_of_the_folder_is_explained(library: Library, folder: Path) -> None:
    _file(library, "a")
    folder.write_bytes(b"")
    with pytest.raises(OutputUnwritable):
        export_assets(library, ExportRequest(folder, query=""))


def test_the_ending_follows_the_format(library: Library, folder: Path) -> None:
    for name, form in (("p", "png"), ("j", "jpeg"), ("s", "svg"), ("u", "xcf")):
        add_asset(library, draft(name, format=form), name.encode())
    assert _written(library, ExportRequest(folder, query="")) == ["p.png", "j.jpg", "s.svg", "u.bin"]


@needs_mounts
def test_too_little_space_is_said_before_the_first_file(library: Library, folder: Path) -> None:
    add_assets(library, [(draft(str(number)), picture(number, 50_000)) for number in range(4)])
    library.close()
    folder.mkdir()
    code = """
import os, sys
from pathlib import Path
from audobon_cli.domain.errors import DiskFull
from audobon_cli.library.export import ExportRequest, export_assets
from audobon_cli.library.store.library import Library
try:
    export_assets(Library.open(Path(sys.argv[2])), ExportRequest(Path(sys.argv[1]), query=""))
except DiskFull as error:
    print(error.code, os.listdir(sys.argv[1]), error.details["needed_bytes"] > error.details["free_bytes"])
"""
    setup = 'mount -t tmpfs -o size=128k none "$1"'
    assert run_mounted(setup, code, str(folder), str(library.root)) == "disk.full [] True\n"
    assert DiskFull.code == "disk.full"


@settings(max_examples=300, deadline=None)
@given(stem=st.one_of(st.text(), st.sampled_from(AWKWARD)), suffix=st.sampled_from(["", ".png", "-12.png"]))
def test_any_text_makes_a_name_that_is_one_harmless_file(stem: str, suffix: str) -> None:
    name = safe_file_name(stem, suffix)
    assert 0 < len(name.encode()) <= MAX_NAME_BYTES
    assert name.endswith(suffix)
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t\u202e\x7f')
    assert name[0] not in " .-"
    assert name not in ("", ".", "..")
    assert name.split(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "COM¹"}
    assert safe_file_name(name) == name


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(names=st.lists(st.one_of(st.text(max_size=8), st.sampled_from(AWKWARD)), min_size=1, max_size=6))
def test_any_names_give_as_many_files_as_assets(
    library: Library, tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("export")
    assets = _file(library, *(name.encode("utf-8", "replace").decode() for name in names))
    report = export_assets(library, ExportRequest(folder, tuple(asset.id for asset in assets)))
    assert len({same_file_key(file.path.name) for file in report.files}) == len(names)
    assert sorted(os.listdir(folder)) == sorted(file.path.name for file in report.files)
    for file in report.files:
        assert file.path.read_bytes() == library.blobs.read(file.asset.blob)
