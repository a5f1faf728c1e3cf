"""Many processes on one library: none waits for nothing, none loses anything."""

from pathlib import Path

import pytest

from audobon_cli.library.add import add_asset
from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library
from tests.library.samples import draft, found, picture
from tests.processes import process_context


def _file_many(root: Path, worker: int, count: int) -> list[str]:
    library = Library.open(root)
    filed = []
    for number in range(count):
        data = picture(number if number % 10 == 0 else worker * 1000 + number)  # some are everybody's
        filed.append(add_asset(library, draft(f"worker {worker}", tags=(f"t{number % 7}",)), data).asset.id)
        if number % 10 == 5:
            assert found(library, f"worker {worker}").total >= 1
    library.close()
    return filed


def check_processes(library: Library, processes: int, count: int) -> None:
    library.close()
    with process_context().Pool(processes) as pool:
        results = pool.starmap(_file_many, [(library.root, worker, count) for worker in range(processes)], 1)
    held = {asset.id for asset in library.assets.matching("")}
    assert {one for filed in results for one in filed} == held
    own, shared = count - len(range(0, count, 10)), len(range(0, count, 10))
    assert library.assets.count() == len(held) == processes * own + shared
    report = verify_library(library)
    assert report.clean
    assert report.unreferenced == 0


def test_four_processes_filing_fifty_pictures_each_lose_none_and_repeat_none(library: Library) -> None:
    check_processes(library, processes=4, count=50)


@pytest.mark.slow
def test_eight_processes_filing_two_hundred_each_lose_none(library: Library) -> None:
    check_processes(library, processes=8, count=200)
