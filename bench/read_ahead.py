"""What reading the next queued model ahead saves: `python -m bench.read_ahead [--megabytes 300] [--rounds 5]`.

A file is dropped from the system's cache and paged in as the mapping of weights is: at once, and after the reader of
the queue has read it. Linux (posix_fadvise drops one file and no other's).
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from audobon_cli.queue.read_ahead import read_pieces

PAGE_BYTES = 4096


def drop(file: Path) -> None:
    """Let the system forget ``file``."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)


def load(file: Path) -> tuple[float, int]:
    """Seconds of mapping ``file`` and touching each page, as safetensors does, and a sum over them."""
    began = time.perf_counter()
    total = int(np.memmap(file, np.uint8, "r")[::PAGE_BYTES].sum())
    return time.perf_counter() - began, total


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        file = Path(folder) / "weights.safetensors"
        generator = np.random.default_rng(1)
        with file.open("wb") as written:
            for _ in range(asked.megabytes):
                written.write(generator.bytes(2**20))
        cold: list[float] = []
        reading: list[float] = []
        warm: list[float] = []
        sums: set[int] = set()
        for _ in range(asked.rounds):
            drop(file)
            seconds, total = load(file)
            cold.append(seconds)
            drop(file)
            began = time.perf_counter()
            read = sum(read_pieces((file,)))
            reading.append(time.perf_counter() - began)
            assert read == file.stat().st_size
            seconds, other = load(file)
            warm.append(seconds)
            sums |= {total, other}
    assert len(sums) == 1
    for name, times in (("cold", cold), ("reading ahead", reading), ("after it", warm)):
        print(f"{name:14} {statistics.median(times):6.2f} s  ({min(times):.2f} to {max(times):.2f})")


if __name__ == "__main__":
    main()
