"""How fast history is, beside git on the same records in the same run.

    python bench/history.py [--assets 100000] [--folder FOLDER]

git works on one JSON file an asset, in 256 folders, as a user would keep them: `git add` of what changed and
`git commit`, `git merge`, `git switch`; its own defaults, so nothing is synced to the disk. Ours is durable when it
returns. Seconds differ from machine to machine; look at the ratios.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.media import ImageInfo
from audobon_cli.history import branches, commits, merge
from audobon_cli.history.store.asset_records import read_records
from audobon_cli.library.add import AssetDraft, add_assets
from audobon_cli.library.store.library import Library

ROUNDS = 5
AUTHOR = "bench"


@dataclass
class Timings:
    """Seconds of each step, by step and tool."""

    seconds: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def take(self, step: str, tool: str, work: Callable[[], object]) -> None:
        start = time.perf_counter()
        work()
        self.seconds.setdefault(step, {}).setdefault(tool, []).append(time.perf_counter() - start)

    def show(self) -> None:
        print(f"{'step':<28}{'audobon ms':>14}{'git ms':>14}{'git / audobon':>16}")
        for step, tools in self.seconds.items():
            ours, git = (statistics.median(tools.get(tool, [0.0])) * 1000 for tool in ("audobon", "git"))
            ratio = f"{git / ours:.1f}" if git else "-"
            print(f"{step:<28}{ours:>14.1f}{git:>14.1f}{ratio:>16}")


class GitPeer:
    """The same records as files in a git work tree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.run("init", "--quiet", "--initial-branch=main")
        self.run("config", "user.name", AUTHOR)
        self.run("config", "user.email", "bench@localhost")
        self.run("config", "gc.auto", "0")

    def run(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def path(self, asset: AssetId) -> Path:
        return self.folder / asset[:2] / f"{asset}.json"

    def write(self, asset: AssetId, record: object) -> None:
        path = self.path(asset)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(record, indent=1, sort_keys=True))

    def commit(self, assets: list[AssetId]) -> None:
        paths = [str(self.path(asset).relative_to(self.folder)) for asset in assets]
        self.run("add", *(paths or ["."]))
        self.run("commit", "--quiet", "-m", "change")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where to work (default: the temporary folder)")
    parser.add_argument("--without-git", action="store_true", help="measure ours alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        compare(Path(folder), options.assets, not options.without_git)


def compare(folder: Path, count: int, with_git: bool) -> None:
    """Build the same library twice and time the same steps on both."""
    library = Library.create(folder / ".audobon")
    assets = [filed.asset.id for filed in add_assets(library, map(_picture, range(count)))]
    git = GitPeer(folder / "git") if with_git else None
    if git is not None:
        with library.database.read() as statements:
            for asset, record in read_records(statements, assets).items():
                git.write(asset, record)
    timings = Timings()
    timings.take("first commit", "audobon", lambda: commits.commit(library, "first", AUTHOR))
    if git is not None:
        timings.take("first commit", "git", lambda: git.commit([]))
    for number in range(ROUNDS):
        _round(timings, library, git, assets, number)
    timings.show()
    print(f"database {os.path.getsize(library.database.path) / 1e6:.0f} MB for {count} assets")
    library.close()


def _round(
    timings: Timings, library: Library, git: GitPeer | None, assets: list[AssetId], number: int
) -> None:
    """A change on a branch, one on main, and what brings them together."""
    branch = f"round-{number}"
    one, other = assets[number * 2], assets[number * 2 + 1]
    branches.switch(library, branch, AUTHOR, create=True)
    _edit(library, one, f"on the branch {number}")
    timings.take("commit of one change", "audobon", lambda: commits.commit(library, "one", AUTHOR))
    timings.take("switch", "audobon", lambda: branches.switch(library, "main", AUTHOR))
    _edit(library, other, f"on main {number}")
    commits.commit(library, "other", AUTHOR)
    timings.take("merge", "audobon", lambda: merge.merge(library, branch, AUTHOR))
    timings.take("diff of two commits", "audobon", lambda: commits.diff(library, "HEAD~1", "HEAD"))
    timings.take("log of 10", "audobon", lambda: commits.log(library, limit=10))
    timings.take("status", "audobon", lambda: commits.status(library))
    if git is None:
        return
    git.run("switch", "--quiet", "-c", branch)
    git.write(one, {"note": f"on the branch {number}"})
    timings.take("commit of one change", "git", lambda: git.commit([one]))
    timings.take("switch", "git", lambda: git.run("switch", "--quiet", "main"))
    git.write(other, {"note": f"on main {number}"})
    git.commit([other])
    timings.take("merge", "git", lambda: git.run("merge", "--quiet", "--no-edit", branch))
    timings.take("diff of two commits", "git", lambda: git.run("diff", "--name-status", "HEAD~1", "HEAD"))
    timings.take("log of 10", "git", lambda: git.run("log", "-10", "--format=%H"))
    timings.take("status", "git", lambda: git.run("status", "--short"))


def _edit(library: Library, asset: AssetId, note: str) -> None:
    with library.database.transaction() as statements:
        statements.run("UPDATE assets SET note = ? WHERE id = ?", note, asset)


def _picture(number: int) -> tuple[AssetDraft, bytes]:
    draft = AssetDraft(
        f"asset {number}", AssetKind.SPRITE, ImageInfo(64, 64, "RGBA"), prompt=f"dragon number {number}"
    )
    return draft, number.to_bytes(8, "big")


if __name__ == "__main__":
    main()
