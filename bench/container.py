"""What is in an image, and does its main job run? Built of its container file without a container engine.

Run as root, with debootstrap and pip: ``python bench/container.py containers/Containerfile.cpu --wheel dist/NAME.whl``.
The base is a debootstrap root with Python (``--base FOLDER`` takes one that is there). The file's own RUN, COPY, ENV,
USER and WORKDIR lines are carried out, each stage in a copy of the base; the packages of its lock file are fetched
first, with their hashes checked, so that the roots need no network. Prints sizes, and ends with status 1 where the
job or the healthcheck fails.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUITE = "bookworm"
PACKAGES = "python3,python3-venv,ca-certificates"
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
JOB = ("generate", "key", "--out", "key.png")


@dataclass
class Stage:
    """One stage of a container file, carried out in the folder ``root``."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    folder: str = "/"
    healthcheck: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in it, as its user; its output goes to stderr unless it is captured."""
        found = {
            "PATH": PATH,
            "HOME": self._home(),
            **self.environment,
        }
        inside = f"cd {shlex.quote(self.folder)} && exec {shlex.join(command)}"
        return subprocess.run(
            [
                shutil.which("chroot") or "/usr/sbin/chroot",
                f"--userspec={self.user}",
                self.root,
                "/bin/sh",
                "-c",
                inside,
            ],
            env=found,
            text=True,
            stdout=subprocess.PIPE,
            check=False,
        )

    def _home(self) -> str:
        number = self.user.partition(":")[0]
        lines = (self.root / "etc" / "passwd").read_text().splitlines()
        return next((line.split(":")[5] for line in lines if line.split(":")[2] == number), "/")


def instructions(file: Path) -> Iterator[tuple[str, str]]:
    """The instructions of a container file, each in one line."""
    text = "\n".join(line for line in file.read_text().splitlines() if not line.lstrip().startswith("#"))
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest.strip()


class Build:
    """Carries out a container file. What COPY takes comes from ``context``; ``wheels`` are what pip finds."""

    def __init__(self, base: Path, work: Path, context: Path, wheels: Path) -> None:
        self.base, self.work, self.context, self.wheels = base, work, context, wheels
        self.stages: dict[str, Stage] = {}
        self.last = Stage(base)

    def run(self, file: Path) -> Stage:
        """The last stage of ``file``."""
        steps: dict[str, Callable[[str], None]] = {
            "FROM": self._from,
            "COPY": self._copy,
            "ENV": self._env,
            "RUN": lambda rest: print(_must(self.last.run("/bin/sh", "-c", rest)), file=sys.stderr),
            "USER": lambda rest: setattr(self.last, "user", rest),
            "WORKDIR": lambda rest: setattr(self.last, "folder", rest),
            "HEALTHCHECK": lambda rest: setattr(
                self.last, "healthcheck", json.loads(rest.partition("CMD ")[2])
            ),
            "ENTRYPOINT": lambda rest: setattr(self.last, "entrypoint", json.loads(rest)),
            **dict.fromkeys(("ARG", "LABEL", "CMD"), lambda rest: None),
        }
        for word, rest in instructions(file):
            steps[word](rest)
        return self.last

    def _from(self, rest: str) -> None:
        name = rest.partition(" AS ")[2] or "last"
        self.last = self.stages[name] = Stage(self.work / name)
        subprocess.run(["cp", "--archive", "--reflink=auto", self.base, self.last.root], check=True)
        if name != "last":  # only what builds sees the packages
            shutil.copytree(self.wheels, self.last.root / "wheels")
            self.last.environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}

    def _env(self, rest: str) -> None:
        for pair in shlex.split(rest):
            key, _, value = pair.partition("=")
            self.last.environment[key] = value.replace("$PATH", PATH)

    def _copy(self, rest: str) -> None:
        words, place = rest.split(), self.context
        if words[0].startswith("--from="):
            place = self.stages[words.pop(0).partition("=")[2]].root
        *sources, target = words
        into = self.last.root / target.lstrip("/")
        for found in (path for source in sources for path in sorted(place.glob(source.lstrip("/")))):
            if found.is_dir():
                shutil.copytree(found, into, symlinks=True)
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, into / found.name)


def _must(ran: "subprocess.CompletedProcess[str]") -> str:
    if ran.returncode:
        raise SystemExit(f"status {ran.returncode}: {ran.stdout[-2000:]}")
    return ran.stdout


def content_bytes(folder: Path) -> int:
    """Bytes of all files below, each inode once."""
    seen: dict[tuple[int, int], int] = {}
    for at, _, names in os.walk(folder):
        for name in names:
            found = os.lstat(os.path.join(at, name))
            seen[found.st_dev, found.st_ino] = found.st_size
    return sum(seen.values())


def debootstrap(folder: Path) -> Path:
    """A Debian root with Python, made in ``folder``, without what only its package manager keeps."""
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(folder)]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, metavar="CONTAINERFILE")
    parser.add_argument("--wheel", type=Path, required=True, metavar="FILE", help="the program's wheel")
    parser.add_argument("--base", type=Path, metavar="FOLDER", help="a debootstrap root with Python")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="audobon-image-") as name:
        work = Path(name)
        base = arguments.base or debootstrap(work / "base")
        for folder in ("var/cache/apt", "var/lib/apt/lists"):
            shutil.rmtree(base / folder, ignore_errors=True)
        lock = next(
            word
            for _, rest in instructions(arguments.file)
            for word in rest.split()
            if "requirements" in word
        )
        wheels, context = work / "wheels", work / "context"
        fetch = [
            "download",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "-r",
            str(ROOT / lock),
            "-d",
            str(wheels),
        ]
        subprocess.run([sys.executable, "-m", "pip", *fetch], check=True, stdout=sys.stderr)
        shutil.copytree(ROOT / "containers", context / "containers")
        (context / "dist").mkdir()
        shutil.copy2(arguments.wheel, context / "dist")
        image = Build(base, work, context, wheels).run(arguments.file)
        whole, below = content_bytes(image.root), content_bytes(base)
        print(f"content: {whole / 1e9:.2f} GB, {below / 1e9:.2f} GB of it Debian with Python")
        subprocess.run(["mount", "--bind", "/dev", image.root / "dev"], check=True)
        subprocess.run(["mount", "-t", "proc", "proc", image.root / "proc"], check=True)
        try:
            begun = time.perf_counter()
            print(
                "job:",
                _must(image.run(*image.entrypoint, *JOB)).strip(),
                f"{time.perf_counter() - begun:.1f} s",
            )
            made = image.root / image.folder.lstrip("/") / "key.png"
            print("made:", made.stat().st_size, "bytes, owner", made.stat().st_uid)
            print("healthcheck:", _must(image.run(*image.healthcheck)).strip()[:60])
        finally:
            for folder in ("dev", "proc"):
                subprocess.run(["umount", image.root / folder], check=True)


if __name__ == "__main__":
    main()
