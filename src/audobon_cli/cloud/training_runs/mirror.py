"""What a run leaves at its place, brought into its folder here, each thing once."""

import contextlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from audobon_cli.cloud.jobs import CloudJob, CloudJobs
from audobon_cli.cloud.queue_runs.slices import run_prefix
from audobon_cli.cloud.training_runs.exchange import (
    LOSSES,
    SAMPLES,
    decode_trained,
    failure_key,
    result_key,
    whole_checkpoints,
)
from audobon_cli.domain.errors import CloudApiOff, CloudFailed, CloudRefused, JobFailed, RemoteObjectMissing
from audobon_cli.domain.events import Listener, Warned
from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.remotes.base import Remote
from audobon_cli.storage.durable_files import write_output
from audobon_cli.training.events import TrainingMeasured, TrainingSampled, TrainingStarted, TrainingStep
from audobon_cli.training.run import RunFolder, TrainingRun
from audobon_cli.training.train import TrainedRun

_SAMPLE = re.compile(r"step-[0-9]{6}\.png")
MEASURED = ("step", "learnt", "held_out", "untrained", "best_step", "words")


@dataclass
class RunMirror:
    """Follows the run ``ident`` of ``run`` at ``remote`` into ``folder``."""

    remote: Remote
    ident: str
    run: TrainingRun
    folder: RunFolder
    listen: Listener
    _known: set[str] = field(default_factory=set)
    _logged: datetime | None = None
    _no_logs: bool = False

    @property
    def steps(self) -> int:
        """How many steps the run makes at most."""
        return self.run.settings.steps_for(len(self.run.pictures.learnt))

    def pull(self) -> None:
        """Take what is new: measurements and samples."""
        prefix = run_prefix(self.ident)
        have = {int(entry["step"]) for entry in self.folder.read_losses()}
        for kind in (LOSSES, SAMPLES):
            for stat in self.remote.list(f"{prefix}{kind}"):
                if stat.key in self._known:
                    continue
                content = self.remote.get(stat.key)
                if kind == SAMPLES:
                    self._sampled(stat.key.rpartition("/")[2], content)
                elif not self._measured(content, have):
                    continue  # it may still be being written: the next round reads it again
                self._known.add(stat.key)

    def pull_logs(self, service: CloudJobs, job: CloudJob) -> None:
        """Tell of the steps that the machine wrote of. Where logs may not be read, that is said once."""
        if self._no_logs:
            return
        try:
            lines = [
                one
                for one in service.logs(job, self._logged)
                if self._logged is None or one.time > self._logged
            ]
        except (CloudRefused, CloudApiOff) as error:
            self._no_logs = True
            self.listen(Warned(f"{error.message} Steps are not shown, measurements are. {error.hint}"))
            return
        for line in lines:
            self._logged = line.time
            with contextlib.suppress(ValueError, KeyError, TypeError):
                self._step(parse_json_object(line.text.encode()))

    def keep_checkpoint(self) -> None:
        """Take the newest checkpoint, so that the run can go on anywhere."""
        with contextlib.suppress(RemoteObjectMissing):
            for _, content in whole_checkpoints(self.remote, self.ident):
                write_output(self.folder.checkpoint, content, overwrite=True)
                return

    def trained(self) -> TrainedRun | None:
        """The result, verified and written into the folder; None if there is none. Raises CloudFailed for one that is
        damaged, JobFailed for what the machine says it failed of."""
        if self.remote.stat(failure_key(self.ident)) is not None:
            raise self._failure(self.remote.get(failure_key(self.ident)))
        if self.remote.stat(result_key(self.ident)) is None:
            return None
        try:
            facts, files = decode_trained(self.remote.get(result_key(self.ident)), self.run)
        except ValueError as error:
            raise CloudFailed(
                f"The result of {self.run.name} is not taken: {error}.",
                hint=f"`audobon train resume {self.run.name}` goes on from its last checkpoint",
            ) from error
        for name, data in files.items():
            write_output(self.folder.file(name), data, overwrite=True)
        return TrainedRun(
            facts, files[self.run.file_names[0]], {name: self.folder.file(name) for name in files}
        )

    def _failure(self, content: bytes) -> JobFailed:
        """What the machine says it failed of; that it failed, where its words cannot be read."""
        said, status = {}, 1
        with contextlib.suppress(ValueError, TypeError):
            said = parse_json_object(content, lenient=True)
            status = int(said.get("status", 1))
        return JobFailed(
            f"{self.run.name} failed in the cloud: {said.get('message', '')}",
            hint=str(said.get("hint", "")),
            status=status,
            code=said.get("code"),
            run=self.run.name,
        )

    def _measured(self, content: bytes, have: set[int]) -> bool:
        """Note and tell a measurement, once; False where it cannot be read."""
        try:
            entry: dict[str, Any] = parse_json_object(content)
            step, measured = int(entry["step"]), {name: entry[name] for name in MEASURED}
        except (ValueError, KeyError, TypeError):
            return False
        if step not in have:
            have.add(step)
            self.folder.note(entry)
            self.listen(TrainingMeasured(steps=self.steps, **measured))
        return True

    def _sampled(self, name: str, content: bytes) -> None:
        if _SAMPLE.fullmatch(name):
            path = self.folder.samples / name
            write_output(path, content, overwrite=True)
            self.listen(TrainingSampled(int(path.stem.rpartition("-")[2]), str(path)))

    def _step(self, event: dict[str, Any]) -> None:
        if event["event"] == TrainingStep.event:
            step, steps = int(event["step"]), int(event["steps"])
            self.listen(TrainingStep(step, steps, float(event["loss"]), float(event["seconds"])))
        elif event["event"] == TrainingStarted.event:
            counts = [int(event[name]) for name in ("step", "steps", "pictures", "held_out", "parameters")]
            self.listen(TrainingStarted(self.run.name, *counts))
