"""The work tree and branches of an exported repository: what others did there is never overwritten."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from audobon_cli.domain.errors import ExportDiverged
from audobon_cli.domain.units import plural
from audobon_cli.history.git_program import Git, GitFailed

PATHS = ("assets", "pictures", ".gitattributes")
"""What the export writes."""


def check_untouched(git: Git, refs: Iterable[str], exported: frozenset[str]) -> None:
    """Raise ExportDiverged where one of ``refs`` (full names) is at what the export did not write, is checked out
    in another work tree, or files of this one have edits. Raises GitFailed."""
    wanted = frozenset(refs)
    listed = git.run("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags")
    for line in listed.decode("utf-8", "surrogateescape").splitlines():
        target, name = line.split(" ", 1)
        if name in wanted and target not in exported:
            short = name.split("/", 2)[2]
            raise _diverged(
                git.folder,
                f"{short} in {git.folder} has commits that the export does not know.",
                f"keep them on a branch of their own: `git -C {git.folder} branch NAME {short}`, then set {short} back",
            )
    elsewhere = _checked_out_elsewhere(git)
    if wanted & elsewhere:
        name = min(wanted & elsewhere).split("/", 2)[2]
        raise _diverged(
            git.folder,
            f"{name} is checked out in another work tree of {git.folder}.",
            "switch that to another branch",
        )
    edited = _edited(git)
    if edited:
        raise _diverged(
            git.folder,
            f"{git.folder} has uncommitted edits in {plural(len(edited), 'file')}: {', '.join(edited[:3])}.",
            f"`git -C {git.folder} stash --include-untracked` keeps them",
        )


def check_out(git: Git, branch: str | None, refs: Iterable[str]) -> None:
    """Bring the work tree to ``branch``, without git-lfs's help: pictures stay pointers until `git lfs checkout`.

    A work tree that stands on none of ``refs`` is somebody's own and stays as it is. Raises GitFailed.
    """
    if branch is None:
        return
    try:
        stands = git.run("symbolic-ref", "--quiet", "HEAD").decode("utf-8", "surrogateescape").strip()
    except GitFailed:
        return  # at a commit of no branch
    if stands not in refs and _exists(git, stands):
        return
    git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    git.run("reset", "--quiet", "--hard")


def _exists(git: Git, ref: str) -> bool:
    try:
        git.run("rev-parse", "--verify", "--quiet", ref)
    except GitFailed:
        return False
    return True


def _checked_out_elsewhere(git: Git) -> frozenset[str]:
    listed = git.run("worktree", "list", "--porcelain").decode("utf-8", "surrogateescape")
    places = listed.strip().split("\n\n")[1:]  # the first is the repository's own
    marked = (line for place in places for line in place.splitlines() if line.startswith("branch "))
    return frozenset(line.removeprefix("branch ") for line in marked)


def _edited(git: Git) -> list[str]:
    """Files that differ from the commit, and files of nobody's in the place of what is written."""
    options = (
        "--porcelain",
        "-z",
        "--no-renames",
        "--untracked-files=all",
        "--ignored=matching",
        "--ignore-submodules=all",
    )
    found = []
    for entry in git.run("status", *options).decode("utf-8", "surrogateescape").split("\0"):
        state, path = entry[:2], entry[3:]
        if not path or (state in ("??", "!!") and path.split("/")[0] not in PATHS):
            continue
        if state != " M" or not _is_content(git, path):
            found.append(path)
    return found


def _is_content(git: Git, path: str) -> bool:
    """Whether the file is what its LFS pointer names: `git lfs checkout` put it there."""
    file = Path(git.folder, path)
    if not path.startswith("pictures/") or not file.is_file():
        return False
    pointer = git.run("cat-file", "blob", f":{path}")
    return f"oid sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode() in pointer


def _diverged(folder: Path, fact: str, hint: str) -> ExportDiverged:
    return ExportDiverged(fact, hint=f"{hint}; or export into a new folder", path=str(folder))
