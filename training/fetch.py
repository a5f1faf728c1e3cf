"""First step: downloads the pinned packages with `npm pack` and `apt-get source`, checks and unpacks them.

The registries are whichever the two are configured for. About 110 MB travel; what is there is not fetched again.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

from sources import SOURCES_FILE, Source, read_sources


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, lower-case hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tarball_name(source: Source) -> str:
    """Return the name a registry's own client gives the file: "@scope/name" 1.0 -> "scope-name-1.0.tgz"."""
    if source.registry == "debian":
        return f"{source.package}_{source.version}.orig.tar.xz"
    return f"{source.package.removeprefix('@').replace('/', '-')}-{source.version}.tgz"


def command_for(source: Source, folder: Path) -> list[str]:
    """Return the command that downloads a package into `folder`, its working directory.

    Raises:
        FileNotFoundError: The registry's client is not installed.
    """
    client = {"npm": "npm", "debian": "apt-get"}[source.registry]
    program = shutil.which(client)
    if program is None:
        raise FileNotFoundError(f"{client} is needed to fetch {source.package} {source.version}")
    if source.registry == "debian":
        return [program, "source", "--download-only", "--tar-only", "--quiet", source.package]
    return [
        program,
        "pack",
        f"{source.package}@{source.version}",
        "--silent",
        "--pack-destination",
        str(folder),
    ]


def download(source: Source, folder: Path) -> Path:
    """Fetch a package into a folder unless it is there already, and check it.

    Debian's packages need a `deb-src` entry in apt's sources; a tarball of the name that `tarball_name` gives, put
    there by hand, does as well.

    Raises:
        FileNotFoundError: The registry's client is not installed.
        subprocess.CalledProcessError: It cannot fetch the package.
        ValueError: The tarball is not the pinned one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tarball = folder / tarball_name(source)
    if not tarball.is_file():
        subprocess.run(command_for(source, folder), check=True, stdout=subprocess.DEVNULL, cwd=folder)
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
    (top,) = fresh.iterdir()
    top.replace(folder)
    shutil.rmtree(fresh)


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="work directory")
    parser.add_argument("--sources", type=Path, default=SOURCES_FILE, help="list of packages")
    options = parser.parse_args()
    work: Path = options.work
    for source in read_sources(options.sources).values():
        tarball = download(source, work / "tarballs")
        if not source.folder(work).is_dir():
            unpack(tarball, source.folder(work))
        print(f"{source.key}: {source.package} {source.version}, {source.licence}")


if __name__ == "__main__":
    main()
