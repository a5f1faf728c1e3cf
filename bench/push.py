"""The first `library push` beside `rclone copy` of the same files: python bench/push.py [ASSETS] [--kind gs|s3]

The other end is gcp-storage-emulator (gs) or moto's server (s3), a process of its own that both ways meet alike; rclone
is Debian's (`apt-get install rclone`, or RCLONE_PATH). In turn, so that a busy spell of the machine meets both; every
round goes to a prefix of its own. rclone copies the library's files; the push reads, compresses, encrypts and packs
them, and sends commits and history, too. Told are seconds, and the ratio to the faster of 4 and 16 transfers.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from tests.doubles.gcs_peer import running_emulator
from tests.doubles.s3_peer import running_moto
from tests.doubles.s3_server import s3_variables
from tests.history.workshop import AUTHOR
from tests.sync.workshop import Machine

from audobon_cli.history import commits
from audobon_cli.library.import_files import ImportRequest, import_files
from audobon_cli.library.store.blobs import OBJECTS
from audobon_cli.library.store.library import Library


@dataclass(frozen=True)
class Way:
    """One kind of bucket: how rclone writes its remote, and what both are told by the environment."""

    rclone: str
    variables: dict[str, str]


@contextlib.contextmanager
def serving(kind: str) -> Iterator[Way]:
    """The emulator, with the bucket ``bench``."""
    if kind == "s3":
        with running_moto("bench") as endpoint:
            yield Way(f":s3,provider=Other,env_auth=true,endpoint='{endpoint}':", s3_variables(endpoint))
        return
    with running_emulator() as endpoint:
        from google.cloud import storage

        os.environ["STORAGE_EMULATOR_HOST"] = endpoint
        client = storage.Client(project="bench")
        client._bucket_metadata_cache = None
        client.create_bucket("bench")
        remote = f":gcs,anonymous=true,endpoint='{endpoint}/storage/v1/':"
        yield Way(remote, {"STORAGE_EMULATOR_HOST": endpoint})


def filled(machine: Machine, pictures: Path, assets: int) -> Library:
    """A library of noise that packs little, as pictures do: a quarter of sprites of 3 KB, the rest of 60 KB."""
    from PIL import Image

    pictures.mkdir()
    random = np.random.default_rng(1)
    for number in range(assets):
        side = 32 if number % 4 == 0 else 144
        noise = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
        Image.fromarray(noise).save(pictures / f"{number}.png")
    library = machine.create()
    import_files(library, ImportRequest((str(pictures),)))
    commits.commit(library, "all", AUTHOR)
    return library


def timed_rclone(program: str, way: Way, files: Path, prefix: str, transfers: int) -> float:
    command = [program, "copy", str(files), f"{way.rclone}bench/{prefix}", f"--transfers={transfers}"]
    start = time.perf_counter()
    subprocess.run(
        [*command, "--config=/dev/null", "--retries=1"], check=True, env={**os.environ, **way.variables}
    )
    return time.perf_counter() - start


def timed_push(home: Path, library: Library, address: str, endpoint: str) -> float:
    machine = Machine(home, address, endpoint)
    start = time.perf_counter()
    machine.push(library)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("assets", nargs="?", type=int, default=1000)
    parser.add_argument("--kind", choices=("gs", "s3"), default="gs")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    program = os.environ.get("RCLONE_PATH") or shutil.which("rclone")
    assert program, "rclone is not installed"
    with tempfile.TemporaryDirectory() as folder, serving(asked.kind) as way:
        os.environ.update(way.variables)
        home = Path(folder) / "home"
        library = filled(Machine(home, ""), Path(folder) / "pictures", asked.assets)
        files = library.root / OBJECTS
        size = sum(path.stat().st_size for path in files.rglob("*") if path.is_file())
        print(f"{asked.assets} assets, {size / 1e6:.1f} MB, {asked.kind}; seconds, in turn")
        times: dict[str, list[float]] = {}
        for number in range(asked.rounds):
            for transfers in (4, 16):
                took = timed_rclone(program, way, files, f"copy{number}-{transfers}", transfers)
                times.setdefault(f"rclone, {transfers} transfers", []).append(took)
            endpoint = way.variables.get("STORAGE_EMULATOR_HOST", "")
            took = timed_push(home, library, f"{asked.kind}://bench/push{number}", endpoint)
            times.setdefault("library push", []).append(took)
        for name, each in times.items():
            print(f"{name:22} {median(each):7.2f}   {' '.join(f'{one:.2f}' for one in each)}")
        ratio = median(times["library push"]) / min(median(times[name]) for name in times if "rclone" in name)
        print(f"library push / the faster rclone: {ratio:.2f}")
        library.close()


if __name__ == "__main__":
    main()
