"""The work tree and branches of an exported repository: what others did there is never overwritten."""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from audobon_cli.domain.errors import ExportDiverged
from audobon_cli.domain.units import plural
from audobon_cli.history.git_program import Git, GitFailed

LEFT_FILE = "audobon-left"
"""In `.git` while branches are moved: the commit that the work tree is brought away from."""
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


def check_out(git: Git, branch: str | None, refs: Iterable[str]) -> str:
    """Bring the work tree to where its branch is now, without git-lfs's help: pictures stay pointers until `git lfs
    checkout`. A repository that has stood on no branch comes to ``branch``; any other stays on its own.

    A work tree on none of ``refs`` is somebody's own and stays as it is. Returns the branch that it stands on, "" for
    none. Raises GitFailed.
    """
    try:
        stands = git.run("symbolic-ref", "--quiet", "HEAD").decode("utf-8", "surrogateescape").strip()
    except GitFailed:
        return ""  # at a commit of no branch
    if _left(git) == "" or not _exists(git, stands):
        if branch is None:
            return ""
        stands = f"refs/heads/{branch}"
        git.run("symbolic-ref", "HEAD", stands)
    if stands in refs:
        git.run("reset", "--quiet", "--hard")
    return stands.removeprefix("refs/heads/")


def refuse_lock(git: Git) -> None:
    """Raise ExportDiverged while another git holds the index: branches would move, and the work tree stay behind."""
    lock = Path(git.folder, ".git", "index.lock")
    if lock.exists():
        raise _diverged(
            git.folder,
            f"Another git is at work in {git.folder}, or left a lock when it was killed.",
            f"wait for it, or remove {lock}",
        )


@contextlib.contextmanager
def leaving(git: Git) -> Iterator[None]:
    """Notes the commit that the work tree stands at until all within is done: whoever comes after a kill tells by it
    what is half checked out from what somebody edited. Raises GitFailed, OSError."""
    note = Path(git.folder, ".git", LEFT_FILE)
    if not note.exists():
        note.write_bytes(_name(git, "HEAD"))
    yield
    note.unlink(missing_ok=True)


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
    left = _left(git)
    found = _edited_assumed(git)
    for entry in git.run("status", *options).decode("utf-8", "surrogateescape").split("\0"):
        state, path = entry[:2], entry[3:]
        if not path or (state in ("??", "!!") and path.split("/")[0] not in PATHS):
            continue
        if (state != " M" or not _is_content(git, path)) and not (
            left is not None and _is_written(git, path, left)
        ):
            found.append(path)
    return found


def _left(git: Git) -> str | None:
    """The commit that a checkout which did not end began at ("" for none); None where all ended."""
    try:
        return Path(git.folder, ".git", LEFT_FILE).read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None


def _is_written(git: Git, path: str, left: str) -> bool:
    """Whether a file, and what is staged of it, is that of the commit ``left`` or of the one that was checked out."""
    file = Path(git.folder, path)
    held = git.run("hash-object", "--no-filters", "--", path).strip() if file.is_file() else b""
    ours = {_name(git, f"{commit}:{path}") if commit else b"" for commit in (left, "HEAD")}
    return held in ours and _name(git, f":{path}") in ours


def _name(git: Git, name: str) -> bytes:
    """git's name of an object; b"" where there is none."""
    try:
        return git.run("rev-parse", "--verify", "--quiet", name).strip()
    except GitFailed:
        return b""


def _edited_assumed(git: Git) -> list[str]:
    """Edited files that git was told to take for unchanged (`update-index --assume-unchanged`)."""
    listed = git.run("ls-files", "-v", "-z").decode("utf-8", "surrogateescape").split("\0")
    assumed = [entry[2:] for entry in listed if entry[:1].islower()]
    return [
        path
        for path in assumed
        if Path(git.folder, path).is_file()
        and git.run("hash-object", "--", path).strip() != _name(git, f":{path}")
        and not _is_content(git, path)
    ]


def _is_content(git: Git, path: str) -> bool:
    """Whether the file is what its LFS pointer names: `git lfs checkout` put it there."""
    file = Path(git.folder, path)
    if not path.startswith("pictures/") or not file.is_file():
        return False
    pointer = git.run("cat-file", "blob", f":{path}")
    return f"oid sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode() in pointer


def _diverged(folder: Path, fact: str, hint: str) -> ExportDiverged:
    return ExportDiverged(fact, hint=f"{hint}; or export into a new folder", path=str(folder))
