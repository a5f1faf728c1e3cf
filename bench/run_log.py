"""What the log and the metrics of a run cost beside a picture: processor time of both, in one process.

    python bench/run_log.py [--pictures 20] [--runs 200]

A draft picture of the built-in model's network is made as `audobon generate` makes it, and its events are kept; then
they are heard by the logs of ``runs`` runs, each of which ends and writes its records and counts as a command does.
Reading the counts into the database, which `audobon metrics` does for many runs at once, is timed by itself.
"""

import argparse
import tempfile
import time
from pathlib import Path

from audobon_cli.domain.events import Event
from audobon_cli.domain.inputs import ImageInputs
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.engines.base import never
from audobon_cli.generation.context import generation_context
from audobon_cli.generation.resolve.composition import WORDS_ALONE
from audobon_cli.generation.resolve.request import resolve_request
from audobon_cli.generation.run import generate
from audobon_cli.library.store.library import Library
from audobon_cli.operations.metrics_store import MetricsStore
from audobon_cli.operations.run_log import LogPlaces, RunLog
from audobon_cli.workspace import Workspace


def draw(pictures: int, work: Path) -> tuple[float, list[Event]]:
    """Processor seconds of a picture once the model is loaded, and the events of the last one."""
    workspace = Workspace(work, {"AUDOBON_DEVICE": "cpu"}, {"library": str(work / "library")})
    Library.create(work / "library")
    spent, heard = 0.0, list[Event]()
    for seed in range(pictures + 1):
        heard = []
        began = time.process_time()
        asked = GenerationRequest(
            "red key", model="sprite", quality="draft", seed=seed, inputs=ImageInputs(strength=WORDS_ALONE)
        )
        request = resolve_request(asked, workspace.settings, workspace.models, lambda: workspace.library)
        placed = [workspace.vram.selector.place(request, "")]
        failure = generate(
            [request], generation_context(workspace, placed, None, heard.append, never)
        ).error()
        if failure is not None:
            raise failure
        spent += time.process_time() - began if seed else 0.0  # the first loads the model
    workspace.close()
    return spent / pictures, heard


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--runs", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        picture, events = draw(options.pictures, work)
        places = LogPlaces(work / "log.jsonl", work / "metrics")
        began = time.process_time()
        for _ in range(options.runs):
            log = RunLog(typed=("red key",))
            log.command, log.places = "generate", places
            for event in events:
                log.hear(event)
            log.end(0)
        logged = (time.process_time() - began) / options.runs
        began = time.process_time()
        with MetricsStore(places.counts) as store:
            store.take_in()
        read = (time.process_time() - began) / options.runs
    print(f"a draft picture: {picture * 1000:.1f} ms of processor time, {len(events)} events")
    print(f"log and counts of its run: {logged * 1000:.2f} ms, {logged / picture:.2%} of it")
    print(f"reading the counts of a run into the database: {read * 1000:.2f} ms")


if __name__ == "__main__":
    main()
