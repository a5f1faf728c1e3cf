"""Jobs that are training runs: from the first step or the checkpoint on; given back behind a checkpoint."""

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.generation.context import GenerationEnvironment
from audobon_cli.queue.model import Job
from audobon_cli.queue.runners.base import JobContext, JobResult
from audobon_cli.training.run import run_folder, run_from
from audobon_cli.training.train import TrainingContext, file_run, train


class TrainRunner:
    """Trains with the model and the library of ``environment``."""

    def __init__(self, environment: GenerationEnvironment) -> None:
        self._environment = environment

    def run(self, job: Job, context: JobContext) -> JobResult:
        """See Runner.run. Raises what train and file_run raise."""
        environment = self._environment
        run = run_from(job.request)
        here = TrainingContext(
            environment.library,
            environment.models,
            environment.settings,
            context.listen,
            context.should_stop,
        )
        folder = run_folder(environment.library, job.number)
        if folder.trained_on:
            raise InvalidInput(
                f"{run.name} is being trained elsewhere ({folder.trained_on}).",
                hint=f"`audobon train resume {run.name}` follows it, `audobon train cancel {run.name}` ends it",
            )
        trained = train(run, folder, here)
        asset, card = file_run(run, trained, here)
        result = {
            **trained.facts,
            "asset": asset.id,
            "card": card.id if card is not None else None,
            "files": {names: str(path) for names, path in trained.files.items()},
        }
        folder.keep_result(result)
        return JobResult(result=result, assets=[asset.id])
