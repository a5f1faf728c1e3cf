"""How fast backups are, beside restic and borg on the same pictures in the same run.

    python bench/backup.py [--files 6900] [--mean 22000] [--rounds 3] [--folder FOLDER]

The peers back up the library's folder as files; all three encrypt with a passphrase that a file holds, as schedules
have it, all programs are started afresh for each step, and the page cache is warm. Seconds are the median; look at the
ratios. Peak memory is that of the process alone (restic's and borg's include everything, too). Audobon's modules are
compiled before, as an installer does it. The repository is measured without the reserve that `audobon backup init` sets
aside (16 MiB), which is printed apart.
"""

import argparse
import compileall
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import audobon_cli
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.add import AssetDraft, add_assets
from audobon_cli.library.store.library import Library

STEPS = ("first", "nothing changed", "1 % changed", "verify all", "restore")
PASSPHRASE = "a passphrase for the bench"
LAUNCHER = """
import os, sys, time
start = time.perf_counter()
child = os.fork()
if not child:
    os.dup2(2, 1)
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print([time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024])
sys.exit(os.waitstatus_to_exitcode(status))
"""


class MeasuredCost(NamedTuple):
    """What one call took: seconds, seconds of processor time, MiB of memory at most."""

    seconds: float
    cpu: float
    peak: float


def picture(draw: random.Random, mean: int) -> bytes:
    """A PNG that is as large, and as hard to pack, as clip art: sizes spread widely, pixels deflated already."""
    size = max(200, int(draw.lognormvariate(0, 1.2) * mean / 2))
    side = max(4, int((size / 4) ** 0.5))
    rows = b"".join(b"\0" + draw.randbytes(side * 4) for _ in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = side.to_bytes(4, "big") * 2 + b"\x08\x06\0\0\0"
    packed = zlib.compress(rows, 6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def fill(library: Library, count: int, mean: int, seed: int) -> None:
    """File pictures with metadata as generated ones have it."""
    draw = random.Random(seed)
    words = ("dragon", "knight", "forest", "castle", "potion", "sword", "shield", "goblin", "river", "tower")

    def drafts(batch: int) -> list[tuple[AssetDraft, bytes]]:
        return [
            (
                AssetDraft(
                    f"{draw.choice(words)}_{seed}_{number}",
                    AssetKind.SPRITE,
                    ImageInfo(64, 64, "RGBA"),
                    prompt=" ".join(draw.choices(words, k=12)),
                    tags=tuple(set(draw.choices(words, k=3))),
                ),
                picture(draw, mean),
            )
            for number in range(batch)
        ]

    for start in range(0, count, 1000):
        add_assets(library, drafts(min(1000, count - start)))


class Tool:
    """A program under test; ``environment`` for all of its calls."""

    name = ""

    def __init__(self, folder: Path, library: Path) -> None:
        self.folder, self.library = folder / self.name, library
        self.folder.mkdir()
        self.repository = self.folder / "repository"
        self.secret = self.folder / "passphrase.txt"
        self.secret.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
        self.environment = {
            **os.environ,
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }

    def call(self, *words: str) -> MeasuredCost:
        """Run it, from a small process of its own: a child's peak memory counts that of the process it came from."""
        command = [sys.executable, "-S", "-c", LAUNCHER, *words]
        done = subprocess.run(
            command,
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return MeasuredCost(*json.loads(done.stdout.splitlines()[-1]))

    def size(self) -> int:
        """Bytes of the repository."""
        return sum(
            p.stat().st_size for p in self.repository.rglob("*") if p.is_file() and p.name != "reserve"
        )


class Audobon(Tool):
    name = "audobon"

    def __init__(self, folder: Path, library: Path) -> None:
        super().__init__(folder, library)
        time.sleep(0.2)  # what was written in the last tick of the clock is not trusted
        self._run("init", str(self.repository))

    def _run(self, *words: str) -> MeasuredCost:
        common = ("--passphrase-file", str(self.secret), "--library", str(self.library), "--quiet")
        return self.call(sys.executable, "-m", "audobon_cli", "backup", *words, *common)

    def create(self) -> MeasuredCost:
        return self._run("create", "--dest", str(self.repository))

    def verify(self) -> MeasuredCost:
        return self._run("verify", "--read-data", "--dest", str(self.repository))

    def restore(self, target: Path) -> MeasuredCost:
        return self._run("restore", "--to", str(target), "--dest", str(self.repository))


class Restic(Tool):
    name = "restic"

    def __init__(self, folder: Path, library: Path) -> None:
        super().__init__(folder, library)
        self.environment |= {
            "RESTIC_PASSWORD_FILE": str(self.secret),
            "RESTIC_REPOSITORY": str(self.repository),
        }
        self.call("restic", "init")

    def create(self) -> MeasuredCost:
        return self.call("restic", "backup", "--quiet", str(self.library))

    def verify(self) -> MeasuredCost:
        return self.call("restic", "check", "--read-data", "--quiet")

    def restore(self, target: Path) -> MeasuredCost:
        return self.call("restic", "restore", "latest", "--quiet", "--target", str(target))


class Borg(Tool):
    name = "borg"

    def __init__(self, folder: Path, library: Path) -> None:
        super().__init__(folder, library)
        self.environment |= {"BORG_PASSCOMMAND": f"cat {self.secret}", "BORG_REPO": str(self.repository)}
        self.call("borg", "init", "--encryption", "repokey-blake2")

    def create(self) -> MeasuredCost:
        return self.call("borg", "create", "::{now:%Y-%m-%dT%H:%M:%S.%f}", str(self.library))

    def verify(self) -> MeasuredCost:
        return self.call("borg", "check", "--verify-data")

    def restore(self, target: Path) -> MeasuredCost:
        target.mkdir()
        self.folder, home = target, self.folder
        try:
            listed = subprocess.run(
                ["borg", "list", "--short", "--last", "1"], env=self.environment, capture_output=True
            )
            return self.call("borg", "extract", f"::{listed.stdout.decode().strip()}")
        finally:
            self.folder = home


Results = dict[str, dict[str, list[MeasuredCost]]]


def measure(
    tools: "Sequence[Audobon | Restic | Borg]",
    library: Library,
    change: Callable[[], None],
    results: Results,
    folder: Path,
) -> dict[str, int]:
    """One round of all steps, tool by tool within each step."""

    def take(step: str, tool: Tool, got: MeasuredCost) -> None:
        results.setdefault(step, {}).setdefault(tool.name, []).append(got)

    for tool in tools:
        take("first", tool, tool.create())
    first = {tool.name: tool.size() for tool in tools}
    time.sleep(1.1)
    for tool in tools:
        tool.create()
        take("nothing changed", tool, tool.create())
    change()
    library.close()
    time.sleep(1.1)
    for tool in tools:
        take("1 % changed", tool, tool.create())
    for tool in tools:
        take("verify all", tool, tool.verify())
    for tool in tools:
        target = folder / f"restored-{tool.name}"
        take("restore", tool, tool.restore(target))
        shutil.rmtree(target)
    return first


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=6900)
    parser.add_argument("--mean", type=int, default=22_000, help="bytes of a picture, about")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    peers = [tool for tool in (Restic, Borg) if shutil.which(tool.name)]
    results: Results = {}
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(Path(audobon_cli.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        library = Library.create(Path(name) / "library")
        fill(library, chosen.files, chosen.mean, seed=1)
        stored = sum(size for _, size in library.blobs.sizes())
        print(f"{chosen.files} pictures, {stored / 1e6:.0f} MB, {chosen.rounds} rounds")
        library.close()
        for number in range(chosen.rounds):
            folder = Path(name) / str(number)
            folder.mkdir()
            tools = [tool(folder, library.root) for tool in (Audobon, *peers)]
            first = measure(
                tools,
                library,
                lambda number=number: fill(library, chosen.files // 100, chosen.mean, seed=100 + number),
                results,
                folder,
            )
            sizes = {tool.name: (first[tool.name], tool.size()) for tool in tools}
            shutil.rmtree(folder)
        inside = unchanged_inside(Path(name), library.root)
    show(results, sizes, inside)


def unchanged_inside(folder: Path, library: Path) -> float:
    """Seconds of finding that nothing has changed, without the start of the interpreter and its imports."""
    code = """
import os, sys, time
from audobon_cli.cli.main import run
secret = ["--passphrase-file", sys.argv[3]]
words = ["backup", "create", "--dest", sys.argv[1], "--library", sys.argv[2], "--json", *secret]
run(["backup", "init", sys.argv[1], *secret]); run(words); time.sleep(0.5); run(words); run(words)
start = time.perf_counter(); run(words)
print(time.perf_counter() - start)
"""
    secret = folder / "passphrase.txt"
    secret.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    environment = {**os.environ, "HOME": str(folder)}
    words = [sys.executable, "-c", code, str(folder / "inside"), str(library), str(secret)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-2])["data"]["unchanged"]
    return float(done.stdout.splitlines()[-1])


def show(results: Results, sizes: dict[str, tuple[int, int]], inside: float) -> None:
    names = list(sizes)
    print(f"{'seconds':<22}" + "".join(f"{name:>12}" for name in names) + f"{'best peer / audobon':>22}")
    for step in STEPS:
        row(
            step,
            {name: statistics.median(cost.seconds for cost in results[step][name]) for name in names},
            "12.2f",
        )
    print("seconds of processor time")
    for step in STEPS:
        row(
            step,
            {name: statistics.median(cost.cpu for cost in results[step][name]) for name in names},
            "12.2f",
        )
    print("MiB at most")
    for step in STEPS:
        row(step, {name: max(cost.peak for cost in results[step][name]) for name in names}, "12.0f")
    print("MB in the repository")
    row("after the first", {name: sizes[name][0] / 1e6 for name in names}, "12.1f")
    row("after 1 % changed", {name: sizes[name][1] / 1e6 for name in names}, "12.1f")
    print(f"nothing changed, without the interpreter's start: {inside * 1000:.1f} ms")


def row(label: str, values: dict[str, float], form: str) -> None:
    peers = [value for name, value in values.items() if name != "audobon"]
    ratio = f"{min(peers) / values['audobon']:.2f}" if peers else "-"
    print(f"{label:<22}" + "".join(format(value, form) for value in values.values()) + f"{ratio:>22}")


if __name__ == "__main__":
    main()
