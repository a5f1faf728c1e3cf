"""History from a git repository that `export-git` wrote, or that somebody went on with."""

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from audobon_cli.domain.errors import ImportUnreadable, VersionState
from audobon_cli.domain.foreign.text import visible
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.history.git_export import ORIGIN, RECORDS
from audobon_cli.history.git_links import LinkedPictures
from audobon_cli.history.git_reader import GitReader
from audobon_cli.history.imported_records import asset_id, imported_record
from audobon_cli.history.model.commits import Commit, CommitId
from audobon_cli.history.model.graph import is_ancestor
from audobon_cli.history.model.records import ObjectHash, Record, blob_of
from audobon_cli.history.model.tree import NOTHING
from audobon_cli.history.store.objects import BRANCH
from audobon_cli.history.worktree import History, operation
from audobon_cli.library.store.library import Library


@dataclass(frozen=True, slots=True)
class GitImport:
    """What came in. ``renamed`` are branches that went elsewhere here, and the names they got instead; ``left_out``
    tags of what is no commit; ``skipped`` places of records where no file was, each once, with the reason."""

    commits: int
    branches: tuple[str, ...]
    tags: tuple[str, ...]
    renamed: dict[str, str]
    left_out: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()


def import_git(library: Library, folder: Path) -> GitImport:
    """Take in every branch and tag of a repository, with their pictures; all or nothing.

    A branch that is here too is moved forward if it only lags behind, else comes in as NAME-imported. An empty
    library is brought to the repository's own branch; any other stays where it is. Raises ImportUnreadable for a
    repository without records of ours or with missing pictures, GitMissing.
    """
    reader = GitReader(folder)
    names = reader.commits()
    with library.pinned():
        stored = set(library.blobs.put_many(reader.pictures(names)))
        with operation(library, f"import-git {folder.name}") as history:
            skipped: dict[str, str] = {}
            known = _add_commits(history, reader, names, stored | set(library.blobs), skipped)
            return replace(_set_refs(history, reader, known), skipped=tuple(sorted(skipped.items())))


def _add_commits(
    history: History, reader: GitReader, names: list[str], blobs: set[BlobId], skipped: dict[str, str]
) -> dict[str, tuple[CommitId, ObjectHash]]:
    known: dict[str, tuple[CommitId, ObjectHash]] = {}
    for name in names:
        read = reader.commit(name)
        parents = read.parents
        if not known.keys() >= set(parents):
            raise ImportUnreadable(
                f"{reader.folder} is a shallow clone: the commits before {name[:10]} are elsewhere.",
                hint=f"run `git -C {reader.folder} fetch --unshallow`, and import again",
            )
        changes: dict[AssetId, ObjectHash | None] = {}
        objects: dict[ObjectHash, bytes] = {}
        for path, target, other in reader.changes(name, parents[0] if parents else None):
            if other and PurePosixPath(path).parts[0] == RECORDS:
                skipped[path] = other
            if path.startswith(f"{RECORDS}/") and path.endswith(".json"):
                asset, record = _record(
                    path, None if target is None else reader.content(target), blobs, reader.links
                )
                if record is not None or asset not in changes:  # moved: gone from one path, there at another
                    changes[asset] = history.add_record(objects, record)
        tree = history.store_tree(known[parents[0]][1] if parents else NOTHING, changes, objects)
        text = "\n".join(line for line in read.message.splitlines() if not line.startswith(ORIGIN)).strip()
        ours = tuple(known[parent][0] for parent in parents)
        known[name] = history.rows.add_commit(Commit(tree, ours, read.author, read.time, text)), tree
    if not any(tree != NOTHING for _, tree in known.values()):
        raise ImportUnreadable(
            f"{reader.folder} holds no records of assets.",
            hint="`audobon assets import` takes in plain pictures",
        )
    return known


def _record(
    path: str, content: bytes | None, blobs: set[BlobId], links: LinkedPictures
) -> tuple[AssetId, Record | None]:
    try:
        asset = asset_id(PurePosixPath(path).stem)
        record = None if content is None else imported_record(asset, content)
    except ValueError as error:
        raise ImportUnreadable(
            f"The record {path} cannot be read: {error}", hint="mend it and import again"
        ) from error
    if record is not None and blob_of(record) not in blobs:
        why = links.why_missing(asset)
        raise ImportUnreadable(
            f"The picture that {path} names is missing{f': {visible(why)}' if why else ''}.",
            hint="put the file itself in the link's place and commit that, or export the repository again"
            if why
            else "export the repository again",
        )
    return asset, record


def _set_refs(
    history: History, reader: GitReader, known: dict[str, tuple[CommitId, ObjectHash]]
) -> GitImport:
    own = history.rows.refs()
    renamed: dict[str, str] = {}
    empty = history.head is None and not history.changes()
    branches: list[str] = []
    tags: list[str] = []
    refs, left_out = reader.refs()
    for ref, target in refs.items():
        commit = known[target][0]
        name = ref
        if ref in own and own[ref] != commit:
            current = history.branch is not None and ref == BRANCH + history.branch
            if current or not is_ancestor(history.rows.commit, own[ref], commit):
                name = f"{ref}-imported"
                renamed[ref] = name
        history.rows.set_ref(name, commit)
        (branches if ref.startswith(BRANCH) else tags).append(name.split("/", 1)[1])
    head = reader.head()
    if empty and head is not None and BRANCH + head in history.rows.refs():
        history.rows.set_state("branch", head)
        history.forget_changes()
        history.move_library(NOTHING, history.tree)
    elif not empty and history.head is None:
        raise VersionState(
            "The library holds assets that were never committed.",
            hint="`audobon version commit -m TEXT` first",
        )
    return GitImport(len(known), tuple(branches), tuple(tags), renamed, left_out)
