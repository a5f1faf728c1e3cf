"""The first `library push` beside `rclone copy` of the same files to the same bucket: python bench/push.py [ASSETS]

The other end is moto's server of S3's protocol, a process of its own that both ways meet alike (gcp-storage-emulator
does not take the chunked uploads that rclone sends to Cloud Storage); rclone is Debian's (`apt-get install rclone`, or
RCLONE_PATH). In turn, so that a busy spell of the machine meets both; every round goes to a prefix of its own. rclone
copies the library's files; the push reads, compresses, encrypts and packs them, and sends commits and history, too.
Told are seconds, the ratio to the faster of 4 and 16 transfers, and processor seconds without the server's: on busy
cores a program that runs on more threads is given more of them.
"""

import argparse
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from tests.doubles.s3_peer import running_moto
from tests.doubles.s3_server import ACCESS_KEY, SECRET_KEY, s3_variables
from tests.history.workshop import AUTHOR
from tests.sync.workshop import Machine

from audobon_cli.history import commits
from audobon_cli.library.import_files import ImportRequest, import_files
from audobon_cli.library.store.blobs import OBJECTS
from audobon_cli.library.store.library import Library


def filled(machine: Machine, pictures: Path, assets: int, side: int) -> Library:
    """A library of noise that packs little, as pictures do: a quarter of 32 pixels a side, the rest of ``side``."""
    from PIL import Image

    pictures.mkdir()
    random = np.random.default_rng(1)
    for number in range(assets):
        pixels = 32 if number % 4 == 0 else side
        noise = random.integers(0, 256, (pixels, pixels, 3), dtype=np.uint8)
        Image.fromarray(noise).save(pictures / f"{number}.png")
    library = machine.create()
    import_files(library, ImportRequest((str(pictures),)))
    commits.commit(library, "all", AUTHOR)
    return library


def processor_seconds() -> float:
    """What this process has used, and those that it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def timed_rclone(program: str, endpoint: str, files: Path, prefix: str, transfers: int) -> float:
    account = f"access_key_id={ACCESS_KEY},secret_access_key={SECRET_KEY}"
    remote = f":s3,provider=Other,{account},endpoint='{endpoint}':bench/{prefix}"
    command = [program, "copy", str(files), remote, f"--transfers={transfers}", "--config=/dev/null"]
    environment = {
        name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"
    }  # rclone ends at it
    start = time.perf_counter()
    subprocess.run([*command, "--retries=1"], check=True, env=environment)
    return time.perf_counter() - start


def timed_push(home: Path, library: Library, address: str) -> float:
    machine = Machine(home, address)
    start = time.perf_counter()
    machine.push(library)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("assets", nargs="?", type=int, default=1000)
    parser.add_argument("--side", type=int, default=144, help="pixels a side of most pictures")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    program = os.environ.get("RCLONE_PATH") or shutil.which("rclone")
    assert program, "rclone is not installed"
    with tempfile.TemporaryDirectory() as folder, running_moto("bench") as endpoint:
        os.environ.update(s3_variables(endpoint))
        home = Path(folder) / "home"
        library = filled(Machine(home, ""), Path(folder) / "pictures", asked.assets, asked.side)
        files = library.root / OBJECTS
        size = sum(path.stat().st_size for path in files.rglob("*") if path.is_file())
        print(f"{asked.assets} assets, {size / 1e6:.1f} MB; seconds, in turn")
        times: dict[str, list[float]] = {}
        used: dict[str, list[float]] = {}

        def note(name: str, way: Callable[[], float]) -> None:
            before = processor_seconds()
            times.setdefault(name, []).append(way())
            used.setdefault(name, []).append(processor_seconds() - before)

        for number in range(asked.rounds):
            for transfers in (4, 16):
                prefix = f"copy{number}-{transfers}"
                note(
                    f"rclone, {transfers} transfers",
                    partial(timed_rclone, program, endpoint, files, prefix, transfers),
                )
            note("library push", partial(timed_push, home, library, f"s3://bench/push{number}"))
        for name, each in times.items():
            rounds = " ".join(f"{one:.2f}" for one in each)
            print(f"{name:22} {median(each):7.2f}   processor {median(used[name]):.2f}   {rounds}")
        ratio = median(times["library push"]) / min(median(times[name]) for name in times if "rclone" in name)
        print(f"library push / the faster rclone: {ratio:.2f}")
        library.close()


if __name__ == "__main__":
    main()
