"""The words that people use for assets and fields on the command line of `version`."""

from collections.abc import Iterable
from typing import Any

from audobon_cli.domain.errors import AssetNotFound, InvalidInput, VersionNotFound
from audobon_cli.domain.ids import AssetId
from audobon_cli.history.model.merge import Conflict
from audobon_cli.history.model.tree import entries
from audobon_cli.history.revisions import find_commit
from audobon_cli.history.worktree import reading
from audobon_cli.library.store.library import Library

SETTABLE = ("name", "category", "note", "rating", "tags")
LEAST_PREFIX = 4


def find_asset(library: Library, reference: str, revision: str = "HEAD") -> AssetId:
    """An asset of the library, or of a commit, by id, beginning of id, or name.

    Looking through a commit takes seconds at a million assets. Raises AssetNotFound, AssetAmbiguous.
    """
    try:
        return library.assets.resolve(reference).id
    except AssetNotFound as error:
        with reading(library) as history:
            if history.head is None:
                raise
            tree = history.rows.commit(find_commit(history, revision)).tree
            for asset, record in entries(history.rows.content, tree):
                begins = len(reference) >= LEAST_PREFIX and asset.startswith(reference.lower())
                if begins or (history.rows.record(record) or {}).get("name") == reference:
                    return asset
        raise error


def find_conflict(conflicts: Iterable[Conflict], reference: str) -> AssetId:
    """The asset in conflict that an id, its beginning, or a name means. Raises VersionNotFound."""
    for conflict in conflicts:
        versions = conflict.versions
        names = {record.get("name") for record in (versions.ours, versions.theirs, versions.base) if record}
        if conflict.asset.startswith(reference.lower()) or reference in names:
            return conflict.asset
    raise VersionNotFound(
        f"No asset in conflict is called {reference!r}.",
        hint="`audobon version conflicts` lists those that are",
    )


def parse_fields(texts: Iterable[str]) -> dict[str, Any]:
    """Fields given as NAME=VALUE. Raises InvalidInput."""
    fields: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in SETTABLE:
            raise InvalidInput(
                f"{text!r} does not set a field.", hint=f"write NAME=VALUE with one of {', '.join(SETTABLE)}"
            )
        fields[name] = _value(name, value)
    return fields


def _value(name: str, text: str) -> Any:
    if name == "tags":
        return sorted({tag.strip() for tag in text.split(",") if tag.strip()})
    if name == "rating":
        if text not in ("", "1", "2", "3", "4", "5"):
            raise InvalidInput(
                f"A rating is 1 to 5, not {text!r}.", hint="write rating=4, or rating= for none"
            )
        return int(text) if text else None
    return text
