"""How fast the library takes pictures in and finds them again.

    python bench/store.py [--pictures 2000] [--rows 100000] [--folder FOLDER]

Ingest is measured against `git add` of the same files on the same disk in the same run, as a ratio,
because seconds differ from machine to machine. Latencies are medians over a library of synthetic rows
whose words follow Zipf's law; two words stand in 95 % and 90 % of the rows.
"""

import argparse
import contextlib
import itertools
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import AssetNotFound
from audobon_cli.domain.ids import blob_id
from audobon_cli.domain.media import ImageInfo
from audobon_cli.domain.recipe import Recipe
from audobon_cli.library.add import AssetDraft, add_asset, add_assets
from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library

SMALL_BYTES = 2048
BATCH = 1000
COMMON_WORDS = (("character", 0.95), ("sprite", 0.90))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=2000, help="pictures for the ingest rate")
    parser.add_argument("--rows", type=int, default=100_000, help="assets for the latencies")
    parser.add_argument("--folder", type=Path, help="where to work (default: the temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        ingest(Path(folder), options.pictures)
        latencies(Path(folder), options.rows)


def ingest(folder: Path, count: int) -> None:
    """Print what filing ``count`` small pictures costs, in one go and one by one."""
    rng = random.Random(1)
    pictures = [(_draft(number, "dragon"), rng.randbytes(SMALL_BYTES)) for number in range(count)]
    git_seconds = _git_add(folder / "git", [data for _, data in pictures])
    library = Library.create(folder / "ingest")
    together = _seconds(lambda: add_assets(library, pictures))
    again = _seconds(lambda: add_assets(library, pictures))
    verified = _seconds(lambda: verify_library(library))
    alone = _seconds(
        lambda: [add_asset(library, _draft(n, "x"), rng.randbytes(SMALL_BYTES)) for n in range(200)]
    )
    library.close()
    print(f"{count} pictures of {SMALL_BYTES} bytes      seconds  pictures/s   git add = 1")
    for name, seconds, number in (
        ("git add (not durable)", git_seconds, count),
        ("filed in one go, durable", together, count),
        ("filed again (all there)", again, count),
        ("verified", verified, count),
        ("filed one by one, durable", alone, 200),
    ):
        ratio = seconds / number / (git_seconds / count)
        print(f"  {name:30}{seconds:10.2f}{number / seconds:12.0f}{ratio:13.2f}")


def latencies(folder: Path, rows: int) -> None:
    """Print how long listing and searching ``rows`` assets take."""
    library = Library.create(folder / "large")
    drafts = _drafts(rows)
    began = time.perf_counter()
    while batch := list(itertools.islice(drafts, BATCH)):
        _file_rows(library, batch)
    seconds = time.perf_counter() - began
    size_bytes = library.database.path.stat().st_size
    print(f"\n{rows} assets: {rows / seconds:.0f} rows/s, database {size_bytes / 1e6:.0f} MB")
    assets = library.assets
    middle = assets.list(1)
    rare = middle.assets[0].prompt.split()[0]
    questions: dict[str, Callable[[], object]] = {
        "list 50 newest": lambda: assets.list(50),
        "show by id": lambda: assets.resolve(middle.assets[0].id),
        "show by name": lambda: assets.resolve(middle.assets[0].name),
        "name that is not there": lambda: _ignore_missing(library, "charactr"),
        f"search {rare}": lambda: assets.search(rare),
        "search character (95 %)": lambda: assets.search("character"),
        "search charact": lambda: assets.search("charact"),
        "search cha": lambda: assets.search("cha"),
        "search ch sp": lambda: assets.search("ch sp"),
        "search sprite character": lambda: assets.search("sprite character"),
        f"search {rare} character": lambda: assets.search(f"{rare} character"),
        "search nothing there": lambda: assets.search("zzzzz"),
    }
    print(f"  {'':34}median ms  worst ms")
    for name, question in questions.items():
        times = [_seconds(question) * 1000 for _ in range(11)]
        print(f"  {name:34}{statistics.median(times):9.1f}{max(times):10.1f}")
    library.close()


def _draft(number: int, prompt: str) -> AssetDraft:
    return AssetDraft(
        name=f"picture {number}", kind=AssetKind.SPRITE, media=ImageInfo(64, 64, "RGBA"), prompt=prompt,
        model="builtin", quality="draft", seed=number, recipe=_recipe(number, prompt),
    )  # fmt: skip


def _recipe(seed: int, prompt: str) -> Recipe:
    return Recipe(
        prompt=prompt, negative="", resolved_prompt=prompt, resolved_negative="", engine="local",
        model="builtin", model_family="sprite", model_digest="0" * 64, quality="draft", style="",
        width=64, height=64, render_width=64, render_height=64, steps=8, guidance=3.0, seed=seed,
        scheduler="DDIMScheduler", device="cpu", dtype="float32", operations=("alpha",),
        libraries={"torch": "2.9", "diffusers": "0.36", "transformers": "5.0"},
    )  # fmt: skip


def _drafts(count: int) -> Iterator[AssetDraft]:
    rng = random.Random(2)
    syllables = [consonant + vowel for consonant in "bcdfghklmnprst" for vowel in "aeiou"]
    vocabulary = ["".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(20_000)]
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(vocabulary))))
    for number in range(count):
        words = rng.choices(vocabulary, cum_weights=weights, k=12)
        words += [word for word, share in COMMON_WORDS if rng.random() < share]
        yield _draft(number, " ".join(words))


def _file_rows(library: Library, drafts: list[AssetDraft]) -> None:
    """Add rows alone: the latencies do not depend on the files."""
    with library.change() as changes:
        for draft in drafts:
            # Any digest serves as the name of a blob that is not stored.
            blob = blob_id(str(draft.seed).encode())
            changes.add(draft.asset(blob, SMALL_BYTES))


def _ignore_missing(library: Library, reference: str) -> None:
    with contextlib.suppress(AssetNotFound):
        library.assets.resolve(reference)


def _git_add(folder: Path, contents: list[bytes]) -> float:
    """Seconds that `git add` takes for files with these contents; not a number without git."""
    if shutil.which("git") is None:
        return float("nan")
    folder.mkdir()
    for number, data in enumerate(contents):
        (folder / f"{number}.png").write_bytes(data)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    os.sync()
    return _seconds(lambda: subprocess.run(["git", "add", "."], cwd=folder, check=True))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
