"""What the sandbox for foreign files costs, and what it keeps in.

``python bench/sandbox.py import``: an import of 3,000 small PNGs with and without it, turn by turn, and of one;
``--against ../other/src`` measures that tree too. ``python bench/sandbox.py broken``: 300 broken files under strace
(which must be installed): calls for sockets, names and files that the child made, and how they ended.
"""

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
LOOK = """
import sys
sys.path.insert(0, {root!r})
from audobon_cli.domain.errors import AudobonError
from audobon_cli.media.untrusted import decoding
from tests.sandbox.mutations import mutations
calls = (decoding.inspect_file, lambda data: decoding.decode_content("image", data, "it"),
         lambda data: decoding.decode_content("sound", data, "it"), lambda data: decoding.preview("image", data))
refused = 0
for name, data in mutations({count}):
    for call in calls:
        try:
            call(data)
        except AudobonError:
            refused += 1
print(refused)
"""
WATCHED = "network,%file,fork,vfork,clone,execve,ftruncate,fchmod,kill"


def main() -> None:
    """The measurement that was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("import", "broken"))
    parser.add_argument("--count", type=int, default=0, help="files (3,000 to import, 300 broken ones)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--against", type=Path, help="the src folder of another tree")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if asked.what == "broken":
            broken(Path(name), asked.count or 300)
        else:
            imports(Path(name), asked.count or 3_000, asked.rounds, asked.against)


def imports(work: Path, count: int, rounds: int, against: Path | None) -> None:
    """Wall and processor seconds of both, children's included: medians, and their ratios."""
    many, one = work / "many", work / "one"
    for folder, files in ((many, count), (one, 1)):
        folder.mkdir()
        draw = np.random.default_rng(1)
        for number in range(files):
            pixels = np.zeros((32, 32, 4), dtype=np.uint8)
            pixels[6:26, 6:26] = (*draw.integers(0, 255, 3), 255)
            pixels[8:24, 8:24, :3] = draw.integers(0, 255, (16, 16, 3))
            Image.fromarray(pixels).save(folder / f"{number}.png")
    sources = [("off", ROOT / "src"), ("auto", ROOT / "src")] + ([("before", against)] if against else [])
    for folder in (many, one):
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name, _ in sources}
        for _ in range(rounds if folder is many else 3 * rounds):
            for name, source in sources:
                taken[name].append(_imported(work, folder, source, name))
        plain = _medians(taken["off"])
        for name, found in taken.items():
            wall, processor = _medians(found)
            print(
                f"{folder.name:5} {name:7} wall {wall:.2f} s ({wall / plain[0]:.2f}), "
                f"processor {processor:.2f} s ({processor / plain[1]:.2f})"
            )


def _medians(found: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(wall for wall, _ in found), statistics.median(used for _, used in found)


def _imported(work: Path, folder: Path, source: Path, mode: str) -> tuple[float, float]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AUDOBON_")},
        "PYTHONPATH": str(source),
        "HOME": str(work),
        **({} if mode == "before" else {"AUDOBON_IMPORT_SANDBOX": mode}),
    }
    library = work / "library"
    program = [sys.executable, "-m", "audobon_cli"]
    quiet = {"env": environment, "check": True, "stdout": subprocess.DEVNULL, "cwd": work}
    subprocess.run([*program, "init", str(library)], **quiet)  # type: ignore[call-overload]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(  # type: ignore[call-overload]
        [*program, "assets", "import", str(folder), "--library", str(library)], **quiet
    )
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    shutil.rmtree(library)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def broken(work: Path, count: int) -> None:
    """Every call of the children that could reach out, by how it ended."""
    log = work / "calls"
    ran = subprocess.run(
        [
            *("strace", "-f", "-qq", "-ff", "-o", str(log), "-e", f"trace={WATCHED},write"),
            *(sys.executable, "-c", LOOK.format(root=str(ROOT), count=count)),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "HOME": str(work)},
        capture_output=True,
        text=True,
        check=True,
    )
    print(
        f"{count} broken files: the parent ended with 0; {ran.stdout.strip()} of {4 * count} looks were refused"
    )
    children = [
        file for file in work.glob("calls.*") if "sandbox/worker.py" in file.read_text(errors="replace")
    ]
    ended: Counter[str] = Counter()
    for file in children:
        lines = file.read_text(errors="replace").splitlines()
        # What comes before is the interpreter's own start.
        given_up = next((at for at, line in enumerate(lines) if "oom_score_adj" in line), 0)
        for line in lines[given_up + 1 :]:
            call = re.match(r"(\w+)\((.*)\)\s+= (-?\d+)(?: (E\w+))?", line)
            if call is None or (
                call[1].startswith("open") and not re.search("O_WRONLY|O_RDWR|O_CREAT", line)
            ):
                continue
            if call[1] in ("write", "stat", "lstat", "newfstatat", "readlink", "access", "getcwd", "statfs"):
                continue
            ended[f"{call[1]} {'done' if int(call[3]) >= 0 else call[4]}"] += 1
    print(f"{len(children)} children; calls that reach out: {dict(ended) or 'none'}")


if __name__ == "__main__":
    main()
