"""A library of a million assets: how long every kind of query takes, and import beside `git add`.

    python bench/library.py [--rows 1000000] [--folder FOLDER] [--keep] [--pictures 3000]

The library is synthetic and the same every time: words by Zipf's law, two of them in 95 % and 90 % of the
rows, tags, categories, models, ratings, sizes, days, colours and likeness hashes in uneven shares. Files are
not stored: queries never touch them. Each query runs 21 times in this process; p95 is the second worst.
Processor time tells what a busy machine adds. Import and `git add` take the same PNG files, made here, in turn.
"""

import argparse
import itertools
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.import_files import ImportRequest, import_files
from audobon_cli.library.semantic_search import WordTable
from audobon_cli.library.similar import similar_assets
from audobon_cli.library.stats import library_statistics
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import Relation, RelationKind
from audobon_cli.library.store.search.index import Paging
from audobon_cli.library.store.search.query import Order, parse_query
from audobon_cli.media.types import Appearance

if TYPE_CHECKING:
    import numpy

BATCH = 5000
RUNS = 21
START = datetime(2024, 1, 1, tzinfo=UTC)
COMMON_WORDS = (("character", 0.95), ("sprite", 0.90))
REAL_WORDS = (
    "ghost",
    "spider",
    "wolf",
    "dragon",
    "knight",
    "castle",
    "potion",
    "sword",
    "tree",
    "cat",
    "dog",
)
MODELS = ("builtin", "sdxl", "sd15", "flux", "pixart")
CATEGORIES = ("characters/enemies", "characters/heroes", "items/weapons", "items/food", "tiles/grass", "ui")
TAGS = ("boss", "wip", "walk", "idle", "final", "night", "day", "icon", "hud", "rare")
SIDES = (16, 32, 64, 128, 256, 512, 768, 1024, 2048)
PALETTE = tuple((r, g, b) for r in range(8, 256, 51) for g in range(8, 256, 51) for b in range(8, 256, 51))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="assets in the library")
    parser.add_argument("--pictures", type=int, default=3000, help="files for import beside git add; 0: none")
    parser.add_argument("--folder", type=Path, help="where to work; a library that is there is used again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if options.pictures:
            compare_import(folder, options.pictures)
        if options.rows:
            library = build(folder / "large", options.rows)
            query_times(library)
            library.close()


def build(folder: Path, rows: int) -> Library:
    """The library of ``rows`` assets in ``folder``, made if it is not there."""
    if (folder / "audobon.db").exists():
        return Library.open(folder)
    library = Library.create(folder)
    began = time.perf_counter()
    numbered = iter(assets(rows))
    parent: Asset | None = None
    while batch := list(itertools.islice(numbered, BATCH)):
        with library.change() as changes:
            for asset, look in batch:
                related = parent is not None and asset.tags[:1] == ("walk",)
                relations = [Relation(asset.id, RelationKind.DERIVED_FROM, parent.id)] if related else []
                changes.add(asset, relations, look)
                parent = parent or asset
    seconds = time.perf_counter() - began
    size = library.database.path.stat().st_size
    print(f"{rows} assets: {seconds:.0f} s, {rows / seconds:.0f} rows/s, database {size / 1e6:.0f} MB")
    return library


def assets(count: int) -> Iterator[tuple[Asset, Appearance]]:
    """The synthetic assets, the same every time."""
    rng = random.Random(2)
    vocabulary = _vocabulary(rng)
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(vocabulary))))
    for number in range(count):
        words = rng.choices(vocabulary, cum_weights=weights, k=12)
        words += [word for word, share in COMMON_WORDS if rng.random() < share]
        side = rng.choice(SIDES)
        # Mostly strangers: with few relations as a library has them.
        tags = tuple(dict.fromkeys(tag for tag in TAGS if rng.random() < 0.1)) if number % 1000 else ("walk",)
        tags = tags if tags[:1] != ("walk",) or number % 1000 == 0 else tags[1:]
        asset = Asset(
            id=AssetId(f"{number:016x}"), name=f"{words[0]}_{number}", kind=rng.choice(list(AssetKind)),
            blob=BlobId(f"{number:064x}"), size_bytes=rng.randrange(500, 50_000), media=ImageInfo(side, side, "RGBA"),
            created=START + timedelta(minutes=number * 1.5), prompt=" ".join(words),
            model=rng.choice(MODELS), quality="draft", seed=number, category=rng.choice(CATEGORIES), tags=tags,
            rating=rng.choice([None, None, None, 1, 2, 3, 4, 5]),
        )  # fmt: skip
        yield asset, Appearance(rng.getrandbits(64), tuple(rng.sample(PALETTE, 4)))


def _vocabulary(rng: random.Random) -> list[str]:
    """The words of the synthetic prompts, the most frequent first."""
    syllables = [consonant + vowel for consonant in "bcdfghklmnprst" for vowel in "aeiou"]
    made = ["".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(20_000 - len(REAL_WORDS))]
    return [*made[:200], *REAL_WORDS, *made[200:]]


QUERIES = (
    "", "dragon", "dra", "charact", "character", "ch sp", "sprite character", '"sprite character"',
    '"dragon character"', "scary animal", "kind:sprite", "tag:boss", "tag:boss tag:wip tag:final tag:rare",
    "kind:sprite model:sdxl size:>=512", "size:>=512", "created:2026-10..", "created:2024-03-05..2024-11-17",
    "rating:>3", "palette:#3a9d23", "-tag:wip", "in:characters/**", "in:characters/enemies",
    "dragon kind:sprite -tag:wip rating:>3", "(ghost OR spider) model:flux",
    "tag:boss kind:sprite model:sdxl size:>=512 created:2025-06.. rating:>3 -tag:wip in:characters/**",
    "scary animal kind:sprite rating:5 in:items/**", "nosuchword", "tag:nosuchtag",
    "used:never", "used:any", "used:sprite tag:boss", "protected:no",
)  # fmt: skip


def query_times(library: Library) -> None:
    """Print how long each query takes."""
    near = WordTable()
    first = library.assets.list(1).assets[0]
    questions: dict[str, Callable[[], object]] = {
        text or "(list)": lambda text=text: library.assets.find(
            parse_query(text), Paging(Order.RELEVANCE if text else Order.NEWEST, 50), near
        )
        for text in QUERIES
    }
    for order in Order:
        questions[f"(list) --sort {order}"] = lambda order=order: library.assets.find(
            parse_query(""), Paging(order, 50)
        )
        questions[f"kind:sprite --sort {order}"] = lambda order=order: library.assets.find(
            parse_query("kind:sprite"), Paging(order, 50)
        )
    page = library.assets.find(parse_query("kind:sprite"), Paging(Order.NEWEST, 50))
    questions["kind:sprite, second page"] = lambda: library.assets.find(
        parse_query("kind:sprite"), Paging(Order.NEWEST, 50, page.after)
    )
    questions["show by id"] = lambda: library.assets.resolve(first.id)
    questions["show by name"] = lambda: library.assets.resolve(first.name)
    questions["derived-from:ID"] = lambda: library.assets.search(f"derived-from:{0:016x}")
    questions["derived-from:ID kind:sprite"] = lambda: library.assets.search(
        f"derived-from:{0:016x} kind:sprite"
    )
    questions["scary animal derived-from:ID"] = lambda: library.assets.find(
        parse_query(f"scary animal derived-from:{0:016x}"), Paging(Order.RELEVANCE, 50), near
    )
    common = [(word, 0.5) for word in _vocabulary(random.Random(2))[:32]]
    for text in ("unheard", "unheard kind:sprite", "unheard kind:sprite rating:5 in:items/**"):
        questions[f"{text}, by meaning near to 32 common words"] = lambda text=text: library.assets.find(
            parse_query(text), Paging(Order.RELEVANCE, 50), lambda asked: common
        )
    questions["similar"] = lambda: similar_assets(library, first, 20)
    questions["stats"] = lambda: library_statistics(library)
    print(f"  {'query':98}{'hits':>8}{'median ms':>11}{'p95 ms':>9}{'processor p95':>15}")
    for name, question in questions.items():
        found = question()
        times, work = [], []
        for _ in range(RUNS):
            began = time.process_time()
            times.append(_seconds(question) * 1000)
            work.append((time.process_time() - began) * 1000)
        median, p95, processor = statistics.median(times), sorted(times)[-2], sorted(work)[-2]
        hits = getattr(found, "total", "")
        print(f"  {name:98}{hits:>8}{median:>11.1f}{p95:>9.1f}{processor:>15.1f}", flush=True)


def compare_import(folder: Path, count: int) -> None:
    """Print what importing ``count`` PNG files costs beside `git add`, five rounds, each first in turn.

    Nothing is deleted before the end: ext4 looks for free inodes longer among those just deleted.
    """
    for name, make in (("6 KB", _sprite), ("tiny", _icon)):
        pictures = folder / f"pictures-{name.replace(' ', '')}"
        _make_pictures(pictures, count, make)
        rounds = [
            _import_round(folder / f"{pictures.name}-{number}", pictures, number) for number in range(5)
        ]
        size = sum(path.stat().st_size for path in pictures.iterdir())
        print(
            f"{count} {name} PNG of {size / count:.0f} bytes     seconds (five rounds), median beside git add"
        )
        durable = statistics.median(one[1] / one[3] for one in rounds)
        labels = ("git add (not durable)", "import, durable", "import again", "git add, commit, durable")
        for column, label in enumerate(labels):
            ratio = statistics.median(one[column] / one[0] for one in rounds)
            print(f"  {label:26}{'  '.join(f'{one[column]:.2f}' for one in rounds):36}{ratio:6.2f}")
        print(f"  import / git add and commit with core.fsync=all, median: {durable:.2f} (target 0.35)")


def _import_round(folder: Path, pictures: Path, number: int) -> tuple[float, float, float, float]:
    """Seconds of git add, of import, of importing again, and of adding and committing with core.fsync=all."""
    git, committed = folder / "git", folder / "committed"
    for place in (git, committed):
        shutil.copytree(pictures, place)
        subprocess.run(["git", "init", "-q"], cwd=place, check=True)
    library = Library.create(folder / "library")
    request = ImportRequest((str(pictures),))
    work: list[Callable[[], object]] = [
        lambda: subprocess.run(["git", "add", "."], cwd=git, check=True),
        lambda: import_files(library, request),
        lambda: _commit_durably(committed),
    ]
    seconds = [0.0, 0.0, 0.0]
    for turn in (0, 1, 2) if number % 2 else (2, 1, 0):
        subprocess.run(["sync"], check=True)
        seconds[turn] = _seconds(work[turn])
    again = _seconds(work[1])
    library.close()
    return seconds[0], seconds[1], again, seconds[2]


def _commit_durably(git: Path) -> None:
    settings = ("-c", "core.fsync=all", "-c", "user.name=bench", "-c", "user.email=bench@localhost")
    for command in (("add", "."), ("commit", "-q", "-m", "pictures")):
        subprocess.run(["git", *settings, *command], cwd=git, check=True)


def _make_pictures(
    folder: Path, count: int, make: "Callable[[numpy.random.Generator], numpy.ndarray]"
) -> None:
    import numpy as np
    from PIL import Image

    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    for number in range(count):
        Image.fromarray(make(rng), "RGBA").save(folder / f"sprite_{number:05}.png")


def _sprite(rng: "numpy.random.Generator") -> "numpy.ndarray":
    """64 pixels a side, with the unevenness of a generated picture."""
    coarse = rng.integers(0, 256, (16, 16, 4), dtype="uint8")
    pixels = coarse.repeat(4, axis=0).repeat(4, axis=1)
    pixels[..., :3] += rng.integers(0, 3, (64, 64, 3), dtype="uint8")
    return pixels


def _icon(rng: "numpy.random.Generator") -> "numpy.ndarray":
    """32 pixels a side in a few flat fields, as icons are: about 700 bytes."""
    return rng.integers(0, 256, (11, 11, 4), dtype="uint8").repeat(3, axis=0).repeat(3, axis=1)[:32, :32]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
