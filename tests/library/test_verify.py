"""Verification finds every damage there is, and names the assets that suffer."""

import random

import apsw
import pytest

from audobon_cli.domain.errors import BlobCorrupt, BlobMissing, LibraryCorrupt
from audobon_cli.domain.events import Event, Progress
from audobon_cli.library.add import add_asset, add_assets
from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library
from tests.library.samples import draft, picture


def test_a_sound_library_is_clean_and_read_whole(library: Library) -> None:
    add_assets(library, [(draft(), picture(number)) for number in range(30)])
    events: list[Event] = []
    report = verify_library(library, events.append)
    assert report.clean
    assert report.error() is None
    assert (report.blobs_read, report.bytes_read, report.unreferenced) == (30, 30 * len(picture(0)), 0)
    assert events[-1] == Progress("verify", 30, 30, "files")


def test_an_empty_library_is_clean(library: Library) -> None:
    assert verify_library(library).clean


def test_every_flipped_bit_is_found(library: Library) -> None:
    filed = add_assets(library, [(draft(), picture(number)) for number in range(20)])
    rng = random.Random(4)
    damaged = rng.sample(filed, 8)
    for asset, _ in damaged:
        path = library.blobs.path(asset.blob)
        data = bytearray(path.read_bytes())
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.chmod(0o644)
        path.write_bytes(data)
    report = verify_library(library)
    assert {one.assets for one in report.corrupted} == {(asset.id,) for asset, _ in damaged}
    assert isinstance(report.error(), BlobCorrupt)
    assert not report.missing


def test_missing_truncated_emptied_and_swapped_files_are_found(library: Library) -> None:
    assets = [one.asset for one in add_assets(library, [(draft(), picture(n)) for n in range(6)])]
    paths = [library.blobs.path(asset.blob) for asset in assets]
    for path in paths:
        path.chmod(0o644)
    paths[0].unlink()
    paths[1].write_bytes(paths[1].read_bytes()[:-1])
    paths[2].write_bytes(b"")
    a, b = paths[3].read_bytes(), paths[4].read_bytes()
    paths[3].write_bytes(b)
    paths[4].write_bytes(a)
    report = verify_library(library)
    assert [one.assets for one in report.missing] == [(assets[0].id,)]
    assert {one.assets[0] for one in report.corrupted} == {asset.id for asset in assets[1:5]}
    error = report.error()
    assert isinstance(error, BlobMissing)
    assert error.details["blobs"] == [
        {"blob": assets[0].blob, "assets": [assets[0].id], "names": [assets[0].name]}
    ]


def test_files_that_no_asset_uses_are_counted_and_harmless(library: Library) -> None:
    add_asset(library, draft(), picture(1))
    library.blobs.put(b"left by a killed run")
    report = verify_library(library)
    assert report.clean
    assert report.unreferenced == 1


def test_a_damaged_database_is_reported_and_the_files_are_still_read(library: Library) -> None:
    add_assets(library, [(draft(f"n {number}"), picture(number)) for number in range(300)])
    library.close()
    size = library.database.path.stat().st_size
    with library.database.path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 20_000)
    report = verify_library(library)
    assert report.database_problems
    assert isinstance(report.error(), LibraryCorrupt)
    assert report.blobs_read == 300


@pytest.mark.plain
def test_a_reference_to_nothing_is_reported(library: Library) -> None:
    add_asset(library, draft(), picture(1))
    library.close()
    connection = apsw.Connection(str(library.database.path))
    connection.execute("DELETE FROM blobs")
    connection.close()
    report = verify_library(library)
    assert any("assets" in problem for problem in report.database_problems)


def test_verification_may_run_while_pictures_are_filed(library: Library) -> None:
    numbers = iter(range(10_000))

    def file_more(event: Event) -> None:
        add_asset(Library.open(library.root), draft(), picture(next(numbers)))

    add_assets(library, [(draft(), picture(20_000 + number)) for number in range(600)])
    report = verify_library(library, file_more)
    assert report.clean
    assert library.assets.count() > 600
