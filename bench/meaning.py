"""What searching by meaning finds of what people hope for: recall among the first 24 hits, with and without it.

    python bench/meaning.py FOLDER [--verbose]

FOLDER holds Iconify's JSON sets (``icons.json``; the npm packages @iconify-json/noto, twemoji, emojione,
fluent-emoji-flat ...). The names of the first 12,000 icons become a library, set by set, as their import would
name them; no picture is drawn. The queries and what they should find are in meaning_queries.toml. Expected words
that no icon has are left out. Each recall is the mean over the queries.
"""

import argparse
import itertools
import json
import statistics
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.semantic_search import WordTable
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.search.index import Near, Paging
from audobon_cli.library.store.search.query import Order, parse_query

QUERIES = Path(__file__).with_name("meaning_queries.toml")
SHOWN = 24
COUNT = 12_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the icon sets")
    parser.add_argument("--count", type=int, default=COUNT, help="icons in the library")
    parser.add_argument("--verbose", action="store_true", help="show what each query found")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = Library.create(Path(folder))
        names = list(itertools.islice(_names(options.folder), options.count))
        _fill(library, names)
        there = {word for name in names for word in name.split("-")}
        print(f"{len(names)} icons; recall among the first {SHOWN}:")
        print(f"  {'queries':20}{'words alone':>12}{'and meaning':>12}{'expected':>10}{'ms each':>9}")
        for part, queries in tomllib.loads(QUERIES.read_text()).items():
            _scorer(library, part, queries, there, options.verbose)
        library.close()


def _scorer(
    library: Library, part: str, queries: dict[str, list[str]], there: set[str], verbose: bool
) -> None:
    table = WordTable()
    table(["ghost"])  # read beforehand, so that times are those of a search
    kept = {text: [term for term in terms if _holds(there, term)] for text, terms in queries.items()}
    kept = {text: terms for text, terms in kept.items() if terms}
    plain = statistics.mean(_recall(_find(library, text, None), terms) for text, terms in kept.items())
    began = time.perf_counter()
    found = {text: _find(library, text, table) for text in kept}
    milliseconds = (time.perf_counter() - began) * 1000 / len(kept)
    recall = statistics.mean(_recall(found[text], terms) for text, terms in kept.items())
    expected = sum(map(len, kept.values()))
    print(f"  {f'{part} ({len(kept)})':20}{plain:12.3f}{recall:12.3f}{expected:10}{milliseconds:9.1f}")
    if verbose:
        for text, terms in kept.items():
            missed = [term for term in terms if not any(_holds(set(n.split("-")), term) for n in found[text])]
            print(f"    {text}: missed {', '.join(missed) or 'nothing'}\n      {' '.join(found[text])}")


def _recall(names: Sequence[str], terms: list[str]) -> float:
    held = {word for name in names for word in name.split("-")}
    return sum(_holds(held, term) for term in terms) / len(terms)


def _holds(words: set[str], term: str) -> bool:
    return any(one in words or f"{one}s" in words for one in term.split("|"))


def _find(library: Library, text: str, near: Near | None) -> list[str]:
    page = library.assets.find(parse_query(text), Paging(Order.RELEVANCE, SHOWN), near)
    return [asset.name for asset in page.assets]


def _names(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("icons.json")):
        for name in json.loads(path.read_text(encoding="utf-8"))["icons"]:
            yield f"{path.parent.name}-{name}"


def _fill(library: Library, names: Sequence[str]) -> None:
    with library.change() as changes:
        for number, name in enumerate(names):
            changes.add(
                Asset(
                    id=AssetId(f"{number:016x}"), name=name, kind=AssetKind.SPRITE, blob=BlobId(f"{number:064x}"),
                    size_bytes=700, media=ImageInfo(64, 64, "RGBA"), created=datetime(2026, 1, 1, tzinfo=UTC),
                )
            )  # fmt: skip


if __name__ == "__main__":
    main()
