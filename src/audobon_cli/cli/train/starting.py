"""What the commands that begin a run share: options, the plan, the job."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.cli.session import Session
from audobon_cli.cli.train.elsewhere import ElsewhereOptions, agreed, show_cloud_plan
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.queue.add import JobOptions
    from audobon_cli.training.pictures.gather import SetRequest
    from audobon_cli.training.prepare import PreparedRun, TrainingRequest

Plan = Annotated[
    bool,
    typer.Option("--plan", help="Show time, memory and disk, or the price at most; begin nothing."),
]


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How a run is trained, and what it draws on the way."""

    PANEL: ClassVar[str] = "Training"

    model: Annotated[
        str | None, typer.Option("--model", "-m", help="The model to train. Default: the one that draws.")
    ] = None
    preset: Annotated[
        str, typer.Option("--preset", help="Settings: quick, standard, thorough, or your own.")
    ] = ""
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Another value for a setting, such as steps=800."),
    ] = None
    samples: Annotated[
        list[str] | None,
        typer.Option("--sample", metavar="PROMPT", help="Draw this on the way; repeatable."),
    ] = None


@dataclass(frozen=True, slots=True)
class TrainingJobOptions:
    """How the run's job is taken from the queue."""

    PANEL: ClassVar[str] = "Job"

    later: Annotated[
        bool, typer.Option("--queue", help="Only add the run to the queue, for `queue run`.")
    ] = False
    priority: Annotated[int, typer.Option("--priority", help="Jobs with a higher priority run first.")] = 0
    after: Annotated[
        list[str] | None,
        typer.Option("--needs", metavar="JOB", help="Wait until this job is done; repeatable."),
    ] = None

    def parse(self) -> "JobOptions":
        """What they mean. Raises InvalidInput."""
        from audobon_cli.queue.add import JobOptions
        from audobon_cli.queue.model import parse_job_numbers

        return JobOptions(self.priority, parse_job_numbers(self.after or []))


def begin(
    session: Session,
    name: str,
    wanted: "SetRequest",
    plan: bool,
    training: TrainingOptions,
    queue: TrainingJobOptions,
    on: ElsewhereOptions,
    *,
    embedding: bool = False,
) -> None:
    """Train a LoRA, or an ``embedding``, called ``name``; or show the ``plan``, or only add the job.

    Raises InvalidInput without a name, and what prepare, check_memory and train_now raise.
    """
    from audobon_cli.training.prepare import TrainingRequest
    from audobon_cli.training.settings import EMBEDDING, LORA

    if not name:
        raise InvalidInput(
            f"The {'embedding' if embedding else 'LoRA'} has no name.",
            hint="add --name, such as --name my-style",
        )
    away = on.check(queue.later)
    workspace = session.workspace
    request = TrainingRequest(
        name,
        wanted,
        training.model or workspace.settings.model,
        training.preset,
        _settings(training.settings or []),
        tuple(training.samples or ()),
        EMBEDDING if embedding else LORA,
    )
    if plan:
        _show_plan(session, request, on if away else None)
        return
    from audobon_cli.cli.train.running import add_training, train_now
    from audobon_cli.training.memory import check_memory

    prepared = _prepared(session, request, keep=True)
    if not queue.later and not away:  # a worker elsewhere may have more
        check_memory(prepared.model, prepared.run.settings, workspace.settings.device or None)
    if away:
        where = agreed(session, prepared.run, on)
        job = add_training(session, prepared.run, replace(queue.parse(), retries=0))
        train_now(session, job.number, where)
        return
    job = add_training(session, prepared.run, queue.parse())
    if queue.later:
        data = {"job": job.number, "name": name, "state": job.state.value}
        session.out.result(
            data, lambda: session.out.line(f"job {job.number}: {name}; it is trained by `audobon queue run`")
        )
        return
    train_now(session, job.number)


def _settings(texts: list[str]) -> dict[str, str]:
    """``NAME=VALUE`` texts. Raises InvalidInput."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InvalidInput(f"--set {text} is no NAME=VALUE.", hint="write it such as --set steps=800")
        found[name.strip()] = value.strip()
    return found


def _prepared(session: Session, request: "TrainingRequest", keep: bool) -> "PreparedRun":
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.cli.train.running import training_context
    from audobon_cli.domain.events import Warned
    from audobon_cli.training.pictures.finding import Severity
    from audobon_cli.training.prepare import prepare

    with Interruption(session.out) as interruption, listening(session.out, interruption) as listen:
        prepared = prepare(
            request, training_context(session), keep, listen=listen, should_stop=interruption.should_stop
        )
        for finding in prepared.checked.findings:
            if finding.severity is Severity.WARNING:
                listen(Warned(f"{finding.message} {finding.hint[:1].upper()}{finding.hint[1:]}."))
    return prepared


def _show_plan(session: Session, request: "TrainingRequest", on: "ElsewhereOptions | None") -> None:
    from audobon_cli.cli.train.running import training_context
    from audobon_cli.cli.train.views import plan_data, show_plan
    from audobon_cli.training.plan import plan_run

    prepared = _prepared(session, request, keep=False)
    if on is not None:
        show_cloud_plan(session, prepared.run, on)
        return
    found = plan_run(prepared, training_context(session))
    session.out.result(plan_data(found), lambda: show_plan(session, found))
