"""Jobs of the queue per second: several processes claim and end jobs that do nothing.

    python -m bench.jobs [--jobs 10000] [--workers 4] [--folder FOLDER] [--handful 1]

Each job must be done exactly once. Beside it, in the same run, the same number of empty transactions of one
process, so that the figure can be read on disks of any speed.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobDraft, JobKind, JobState
from audobon_cli.queue.store.jobs import JobStore

WORK = """
import sys
from pathlib import Path
from audobon_cli.queue.model import JobKind
from audobon_cli.queue.runners.base import JobResult
from audobon_cli.queue import worker as loops
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.library.store.library import Library

ran = []
class Nothing:
    def run(self, job, context):
        ran.append(job.number)
        return JobResult()

library = Library.open(Path(sys.argv[1]))
loops.MAX_HANDFUL = int(sys.argv[2])
loop = loops.WorkLoop(JobStore(library.database), {JobKind.COMMAND: Nothing()})
print("ready", flush=True)
sys.stdin.readline()
loop.run("cpu", "none")
library.close()
print("\\n".join(map(str, ran)), flush=True)
"""


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--folder", default=None)
    parser.add_argument("--handful", type=int, default=64, help="jobs taken at once, at most; 1: one by one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        library = Library.create(Path(folder) / "library")
        queue = JobStore(library.database)
        began = time.perf_counter()
        queue.add([JobDraft(JobKind.COMMAND, f"job {n}", {}) for n in range(options.jobs)])
        added = time.perf_counter() - began
        syncs = _empty_transactions(library)
        library.close()
        children = [
            subprocess.Popen(
                [sys.executable, "-c", WORK, str(library.root), str(options.handful)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(options.workers)
        ]
        for child in children:
            assert child.stdout is not None
            child.stdout.readline()
        began = time.perf_counter()
        for child in children:
            assert child.stdin is not None
            child.stdin.write("\n")
            child.stdin.flush()
        outputs = [child.communicate()[0] for child in children]
        seconds = time.perf_counter() - began
        runs = Counter(line for output in outputs for line in output.split())
        counts = queue.counts()
        once = len(runs) == options.jobs and set(runs.values()) == {1}
        library.close()
    print(f"added                    {options.jobs / added:10.0f} jobs/s")
    print(f"durable transactions     {syncs:10.0f} /s by one process, to compare")
    print(f"claimed and done         {options.jobs / seconds:10.0f} jobs/s by {options.workers} workers")
    print(f"each run exactly once    {once}; done {counts.of(JobState.DONE)} of {options.jobs}")
    print(f"jobs of each worker      {[len(output.split()) for output in outputs]}")
    sys.exit(0 if once and counts.of(JobState.DONE) == options.jobs else 1)


def _empty_transactions(library: Library) -> float:
    began = time.perf_counter()
    for number in range(200):
        with library.database.transaction() as transaction:
            transaction.run("INSERT INTO queue_state VALUES (?, '')", f"bench {number}")
    return 200 / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
