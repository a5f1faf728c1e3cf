"""The names that people give commits: HEAD, branches, tags, beginnings of ids, and steps back from them."""

import re
from itertools import repeat

from audobon_cli.domain.errors import InvalidInput, VersionAmbiguous, VersionNotFound
from audobon_cli.domain.units import count_of
from audobon_cli.history.model.commits import CommitId, short
from audobon_cli.history.store.objects import BRANCH, TAG
from audobon_cli.history.worktree import History

MIN_PREFIX_LENGTH = 4

_STEPS = re.compile(r"(?P<name>.+?)(?P<steps>(~\d*|\^\d?)*)", re.DOTALL)
_STEP = re.compile(r"(~|\^)(\d*)")
_ID = re.compile(r"[0-9a-f]{4,64}")
_NAME = re.compile(r"[^\W_][\w.\-]*(/[^\W_][\w.\-]*)*")


def find_commit(history: History, revision: str) -> CommitId:
    """The commit of HEAD, a branch, a tag, a stash (`stash/1`) or the beginning of an id, and `~N`, `^N` after it.

    Raises VersionNotFound or VersionAmbiguous.
    """
    match = _STEPS.fullmatch(revision.strip())
    if match is None:
        raise _not_found(revision)
    commit = _named(history, match["name"], revision)
    for kind, number in _STEP.findall(match["steps"]):
        for index in [count_of(number or "1") - 1] if kind == "^" else repeat(0, count_of(number or "1")):
            parents = history.rows.commit(commit).parents
            if not 0 <= index < len(parents):
                raise VersionNotFound(
                    f"{revision!r} goes back behind {short(commit)}, which has {len(parents)} parents.",
                    hint="`audobon version log` lists the commits",
                )
            commit = parents[index]
    return commit


def check_name(name: str, what: str) -> str:
    """The name of a branch or tag, unless it could not be told from something else. Raises InvalidInput."""
    taken = name == "HEAD" or name.endswith((".", ".lock")) or ".." in name or _ID.fullmatch(name)
    if taken or not _NAME.fullmatch(name) or len(name) > 100:
        raise InvalidInput(
            f"{name!r} cannot be the name of a {what}.",
            hint="use letters, digits, `-`, `_`, `.` and `/`; not HEAD, and nothing that reads like an id",
        )
    return name


def _named(history: History, name: str, revision: str) -> CommitId:
    if name == "HEAD":
        if history.head is None:
            raise VersionNotFound(
                "Nothing has been committed yet.", hint="`audobon version commit -m TEXT` does it"
            )
        return history.head
    refs = history.rows.refs()
    for beginning in ("", BRANCH, TAG):
        if beginning + name in refs:
            return refs[beginning + name]
    if not _ID.fullmatch(name.lower()):
        raise _not_found(revision)
    found = history.rows.commits_beginning(name.lower())
    if not found:
        raise _not_found(revision)
    if len(found) > 1:
        raise VersionAmbiguous(
            f"Several commits begin with {name}.",
            hint=f"give more of the id, such as {found[0][: len(name) + 6]}",
            candidates=list(found),
        )
    return found[0]


def _not_found(revision: str) -> VersionNotFound:
    return VersionNotFound(
        f"No branch, tag or commit is called {revision!r}.",
        hint="`audobon version log` lists commits, `audobon version branch` branches",
        revision=revision,
    )
