"""Uploads and downloads of packs by the ways that there are, side by side: python bench/remotes.py [MiB] [--rate MB/s]

The other end is the tests' double of Cloud Storage in a process of its own. ``--rate`` slows each of its connections
down, as a real line does, so that what parallel connections bring can be seen; without it the double's own
processor time is most of what is measured, and only the ratios between the rows say something.
"""

import argparse
import io
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from google.cloud import storage
from google.cloud.storage import transfer_manager
from tests.doubles.gcs_objects import Bucket
from tests.doubles.gcs_requests import PIECE
from tests.doubles.gcs_server import GcsDouble

from audobon_cli.remotes.open import open_remote
from audobon_cli.remotes.options import GcsOptions, RemoteOptions
from audobon_cli.settings.google import GoogleAccess

PACK_BYTES = 16 << 20
ROUNDS = 3


def _serve(piece_seconds: float, told: Any) -> None:
    with GcsDouble() as double:
        double.piece_seconds = piece_seconds
        double.buckets["bench"] = Bucket()
        told.send(double.endpoint)
        while told.recv() == "empty":
            double.buckets["bench"].objects.clear()
            double.sessions.clear()
            double.log.clear()
            told.send("done")


@contextmanager
def serving(piece_seconds: float) -> Iterator[tuple[str, Callable[[], None]]]:
    """The double's endpoint, and what empties it."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(piece_seconds, theirs))
    process.start()

    def empty() -> None:
        ours.send("empty")
        ours.recv()

    try:
        yield ours.recv(), empty
    finally:
        ours.send("end")
        process.join(10)
        process.kill()


class RemotesBench:
    """Packs, in memory and in files, and each way to move them."""

    def __init__(self, endpoint: str, folder: Path, packs: int) -> None:
        os.environ["STORAGE_EMULATOR_HOST"] = endpoint
        self.endpoint, self.folder = endpoint, folder
        self.names = [f"packs/{number:04d}" for number in range(packs)]
        self.content = os.urandom(PACK_BYTES)
        (folder / "packs").mkdir()
        for name in self.names:
            (folder / name).write_bytes(self.content)
        client = storage.Client(project="bench")
        client._bucket_metadata_cache = None
        self.bucket = client.bucket("bench")

    def remote(self) -> Any:
        """Ours."""
        options = RemoteOptions(gcs=GcsOptions(access=GoogleAccess(self.endpoint, emulator=True)))
        return open_remote("gs://bench", options)

    def own_upload(self, workers: int) -> None:
        remote = self.remote()
        with ThreadPoolExecutor(workers) as pool:
            assert all(pool.map(lambda name: remote.put(name, self.content), self.names))
        remote.close()

    def own_download(self, workers: int) -> None:
        remote = self.remote()
        with ThreadPoolExecutor(workers) as pool:
            assert all(len(got) == PACK_BYTES for got in pool.map(remote.get, self.names))
        remote.close()

    def blob_upload(self, workers: int) -> None:
        def send(name: str) -> None:
            self.bucket.blob(name).upload_from_file(
                io.BytesIO(self.content), size=PACK_BYTES, if_generation_match=0
            )

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(send, self.names))

    def blob_download(self, workers: int) -> None:
        with ThreadPoolExecutor(workers) as pool:
            got = pool.map(lambda name: self.bucket.blob(name).download_as_bytes(), self.names)
            assert all(len(each) == PACK_BYTES for each in got)

    def manager_upload(self, workers: int, kind: str) -> None:
        results = transfer_manager.upload_many_from_filenames(
            self.bucket, self.names, source_directory=str(self.folder), max_workers=workers, worker_type=kind
        )
        assert not any(isinstance(result, Exception) for result in results), results

    def manager_download(self, workers: int, kind: str) -> None:
        target = self.folder / "got"
        results = transfer_manager.download_many_to_path(
            self.bucket,
            self.names,
            destination_directory=str(target),
            max_workers=workers,
            worker_type=kind,
            create_directories=True,
        )
        assert not any(isinstance(result, Exception) for result in results), results
        shutil.rmtree(target)


def ways(bench: RemotesBench) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    """Name, upload, download."""
    for workers in (1, 4, 8, 16):
        yield (
            f"own pool, {workers} threads",
            lambda workers=workers: bench.own_upload(workers),
            lambda workers=workers: bench.own_download(workers),
        )
    yield "Blob methods, 8 threads", lambda: bench.blob_upload(8), lambda: bench.blob_download(8)
    for kind, workers in ((transfer_manager.THREAD, 8), (transfer_manager.PROCESS, 4)):
        yield (
            f"transfer_manager, {workers} {kind}",
            lambda workers=workers, kind=kind: bench.manager_upload(workers, kind),
            lambda workers=workers, kind=kind: bench.manager_download(workers, kind),
        )


def _processor_seconds() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mib", nargs="?", type=int, default=256)
    parser.add_argument("--rate", type=float, help="MB/s of one connection")
    asked = parser.parse_args()
    piece_seconds = PIECE / (asked.rate * 1e6) if asked.rate else 0.0
    packs = max(1, (asked.mib << 20) // PACK_BYTES)
    total = packs * PACK_BYTES / 1e6
    with tempfile.TemporaryDirectory() as folder, serving(piece_seconds) as (endpoint, empty):
        bench = RemotesBench(endpoint, Path(folder), packs)
        print(f"{packs} packs of 16 MiB; median of {ROUNDS}; MB/s, and seconds of processor on this side")
        print(f"{'way':34} {'upload':>8} {'cpu s':>6} {'download':>9} {'cpu s':>6}")
        rows: dict[str, list[list[float]]] = {}
        for _ in range(ROUNDS):  # in turn, so that a busy spell of the machine meets all of them
            for name, upload, download in ways(bench):
                empty()
                rows.setdefault(name, []).append([*_timed(upload), *_timed(download)])
        for name, times in rows.items():
            up, up_cpu, down, down_cpu = (median(column) for column in zip(*times, strict=True))
            print(
                f"{name:34} {total / up:8.0f} {up_cpu:6.2f} {total / down:9.0f} {down_cpu:6.2f}", flush=True
            )


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    start, cpu = time.perf_counter(), _processor_seconds()
    work()
    return time.perf_counter() - start, _processor_seconds() - cpu


if __name__ == "__main__":
    main()
