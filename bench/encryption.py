"""What encryption costs: the same library of 100,000 assets, encrypted and not, asked the same questions in turn.

    PYTHONPATH=src:. python bench/encryption.py [--rows 100000] [--pictures 1500]

Processor time, the two in alternation in one process, so that a busy machine weighs on both. Both databases are written
by one VACUUM. Each question runs 15 times on each; what counts is the ratio of the medians, and of the sums of all
medians. Opening the database anew, and filing, reading and verifying pictures of 6 KB, are timed beside.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
from bench.library import QUERIES, build

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.add import AssetDraft, add_assets
from audobon_cli.library.stats import library_statistics
from audobon_cli.library.store.encryption.keys import LibraryKeys
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.search.index import Paging
from audobon_cli.library.store.search.query import Order, parse_query
from audobon_cli.library.verify import verify_library
from audobon_cli.storage.copies import write_image

RUNS = 15
KEYS = LibraryKeys(bytes(range(32)))
MOST = 1.15


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--pictures", type=int, default=1500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = build(folder / "plain", options.rows)
        plain.close()
        apsw.Connection(str(plain.database.path)).execute("VACUUM")
        (folder / "sealed").mkdir()
        began = time.process_time()
        write_image(plain.database.image(), folder / "sealed" / "audobon.db", KEYS.database)
        print(f"the database written again, encrypted: {time.process_time() - began:.1f} s of processor time")
        sealed = Library.open(folder / "sealed", keys=KEYS)
        ask(plain, sealed)
        ask_cold(plain, sealed)
        keep(folder, options.pictures)


def _questions(library: Library) -> Iterator[tuple[str, Callable[[], object]]]:
    for text in QUERIES:
        yield text, lambda text=text: library.assets.search(text)
    for order in Order:
        paging = Paging(order, 50)
        yield f"list by {order}", lambda paging=paging: library.assets.find(parse_query(""), paging)
    yield "statistics", lambda: library_statistics(library)


def ask(plain: Library, sealed: Library) -> None:
    """Print processor times of all questions."""
    totals = [0.0, 0.0]
    print(f"{'question':62}{'plain ms':>10}{'encrypted':>11}{'ratio':>7}")
    for (name, one), (_, other) in zip(_questions(plain), _questions(sealed), strict=True):
        times = _in_turn(one, other)
        totals = [total + median for total, median in zip(totals, times, strict=True)]
        print(f"{name[:60]:62}{times[0]:10.2f}{times[1]:11.2f}{times[1] / times[0]:7.2f}", flush=True)
    print(f"all questions: {totals[1] / totals[0]:.3f} (target {MOST})")


def ask_cold(plain: Library, sealed: Library) -> None:
    """Print what the first question after opening costs."""

    def first(library: Library) -> Callable[[], object]:
        def question() -> object:
            library.database.close()
            return library.assets.search("dragon castle")

        return question

    times = _in_turn(first(plain), first(sealed))
    print(f"open, then search: {times[0]:.2f} ms plain, {times[1]:.2f} ms encrypted")


def _in_turn(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    spent: tuple[list[float], list[float]] = ([], [])
    one(), other()
    for _ in range(RUNS):
        for question, times in ((one, spent[0]), (other, spent[1])):
            began = time.process_time()
            question()
            times.append((time.process_time() - began) * 1000)
    return statistics.median(spent[0]), statistics.median(spent[1])


def keep(folder: Path, count: int) -> None:
    """Print what filing, reading and verifying ``count`` pictures costs."""
    draw = random.Random(4)
    pictures = [draw.randbytes(6000) for _ in range(count)]
    drafts = [AssetDraft(str(n), AssetKind.SPRITE, ImageInfo(8, 8, "RGBA")) for n in range(count)]
    for name, work in (
        ("file", lambda library: add_assets(library, zip(drafts, pictures, strict=True))),
        ("read", lambda library: [library.blobs.read(blob) for blob in library.blobs]),
        ("verify", verify_library),
    ):
        spent = []
        for number in range(3):
            for keys in (None, KEYS):
                place = folder / f"kept {number} {keys is not None}"
                library = Library.create(place, keys=keys)
                began = time.process_time()
                work(library)
                spent.append((keys is not None, time.process_time() - began))
                library.close()
        plain, sealed = (
            statistics.median(t for kind, t in spent if kind is is_sealed) for is_sealed in (False, True)
        )
        each = 1e6 / count
        print(
            f"{name:7} {plain * each:7.0f} µs a picture plain, {sealed * each:7.0f} encrypted: {sealed / plain:.2f}"
        )


if __name__ == "__main__":
    main()
