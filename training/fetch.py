"""First step: downloads the pinned packages with `npm pack`, checks their digests and unpacks them.

The registry is whichever npm is configured for. About 75 MB travel; what is there is not fetched again.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

from sources import Source, read_sources


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, lower-case hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tarball_name(source: Source) -> str:
    """Return the file name that `npm pack` gives a package: "@scope/name" 1.0 -> "scope-name-1.0.tgz"."""
    return f"{source.package.removeprefix('@').replace('/', '-')}-{source.version}.tgz"


def download(source: Source, folder: Path) -> Path:
    """Fetch a package into a folder unless it is there already, and check it.

    Raises:
        FileNotFoundError: npm is not installed.
        subprocess.CalledProcessError: npm cannot fetch the package.
        ValueError: The tarball is not the pinned one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tarball = folder / tarball_name(source)
    if not tarball.is_file():
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("npm is needed to fetch the packages; install Node.js")
        command = [
            npm,
            "pack",
            f"{source.package}@{source.version}",
            "--silent",
            "--pack-destination",
            str(folder),
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    found = digest(tarball)
    if found != source.sha256:
        raise ValueError(
            f"{tarball.name} has digest {found}, expected {source.sha256}; delete it and fetch again"
        )
    return tarball


def unpack(tarball: Path, folder: Path) -> None:
    """Unpack a package tarball, without its top folder; whole or not at all."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    with tarfile.open(tarball) as archive:
        archive.extractall(fresh, filter="data")
    shutil.rmtree(folder, ignore_errors=True)
    (fresh / "package").replace(folder)
    shutil.rmtree(fresh)


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="work directory")
    work: Path = parser.parse_args().work
    for source in read_sources().values():
        tarball = download(source, work / "tarballs")
        if not source.folder(work).is_dir():
            unpack(tarball, source.folder(work))
        print(f"{source.key}: {source.package} {source.version}, {source.licence}")


if __name__ == "__main__":
    main()
