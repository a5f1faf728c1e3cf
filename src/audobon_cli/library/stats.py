"""What a library holds, in numbers: read from counts that are kept, whatever its size."""

from dataclasses import dataclass

from audobon_cli.library.store.library import Library

BREAKDOWNS = ("kind", "format", "model", "style", "category", "tag", "rating")
MOST = 20


@dataclass(frozen=True, slots=True)
class Share:
    """The living assets with one value of a field: how many, and how large their files are together."""

    value: str
    assets: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class LibraryStatistics:
    """``size_bytes`` counts a file once for each asset; ``by`` maps a field (and ``month``) to its values,
    the most frequent first, months in order; ``most_used`` are those that most others derive from."""

    assets: int
    size_bytes: int
    trashed: int
    stored_files: int
    stored_bytes: int
    by: dict[str, tuple[Share, ...]]
    most_used: tuple[tuple[str, str, int], ...]


def library_statistics(library: Library) -> LibraryStatistics:
    """The numbers of living assets and their bytes, by field; at most 20 values of a field."""
    survey = library.survey
    by = {field: _shares(library, field) for field in BREAKDOWNS}
    months = [Share(*one) for one in survey.facets("created") if len(one[0]) == len("2026-10")]
    by["month"] = tuple(months)
    kinds = [Share(*one) for one in survey.facets("kind")]
    stored_files, stored_bytes = survey.stored()
    return LibraryStatistics(
        assets=library.assets.count(),
        size_bytes=sum(share.size_bytes for share in kinds),
        trashed=survey.count_trashed(),
        stored_files=stored_files,
        stored_bytes=stored_bytes,
        by=by,
        most_used=survey.most_used(MOST),
    )


def _shares(library: Library, field: str) -> tuple[Share, ...]:
    found = [Share(*one) for one in library.survey.facets(field)]
    return tuple(sorted(found, key=lambda share: (-share.assets, share.value))[:MOST])
