"""What ``audobon generate`` does with its requests, of the command line or of a batch."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.requests.run_limits import RunOptions
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import AudobonError, InvalidInput, ModelDamaged
from audobon_cli.domain.events import ModelLoaded
from audobon_cli.domain.model import LOCAL_ENGINE

if TYPE_CHECKING:
    from rich.console import Console

    from audobon_cli.cli.requests.files import FileOptions
    from audobon_cli.domain.events import Event
    from audobon_cli.domain.model import Model
    from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
    from audobon_cli.generation.context import GenerationContext
    from audobon_cli.generation.outputs import OutputFiles, Outputs
    from audobon_cli.generation.report import GeneratedImage, GenerationReport
    from audobon_cli.generation.run_plan import RunPlan
    from audobon_cli.generation.server_memory import ServerPlan
    from audobon_cli.models.registry import ModelRegistry
    from audobon_cli.providers.spending import SpendingPlan
    from audobon_cli.vram.placed import PlannedRequest


def resolver(session: Session, run: RunOptions) -> "Callable[[GenerationRequest], ResolvedRequest]":
    """Makes every choice of a request but that of the memory strategy; looks a model up once."""
    from audobon_cli.generation.resolve.request import resolve_request
    from audobon_cli.generation.timeout import with_timeout_set
    from audobon_cli.models.catalog import find_model, not_pulled

    workspace = session.workspace
    models: dict[str, Model] = {}
    measured: list[bool] = []
    look_up: Callable[[str, ModelRegistry], Model] = find_model
    if run.plan:
        from audobon_cli.vram.unpulled import finding_unpulled

        look_up = finding_unpulled(find_model, workspace.vram.forecasts)

    def find(reference: str, registry: "ModelRegistry") -> "Model":
        if reference not in models:
            models[reference] = look_up(reference, registry)
        return models[reference]

    settings = replace(workspace.settings, safe=True) if run.safe else workspace.settings

    def resolved(asked: "GenerationRequest") -> "ResolvedRequest":
        try:
            request = resolve_request(asked, settings, workspace.models, lambda: workspace.library, find)
        except ModelDamaged as error:
            # What goes with a model, as a ControlNet or a VAE, is held against files that a plan alone lacks.
            from audobon_cli.vram.unpulled import is_unpulled

            missing = next((name for name, model in models.items() if is_unpulled(model)), "")
            if not missing:
                raise
            raise not_pulled(missing) from error
        here = (leg for leg in (request, *request.fallbacks) if leg.model.remote is None)
        if run.plan and not measured and any(leg.engine == LOCAL_ENGINE for leg in here):
            measured.append(True)
            measure_once(session)  # not for what only providers draw, nor for compositions and sounds
        if run.timeout is not None:
            return request.with_timeout(run.timeout or None)
        return with_timeout_set(request, workspace.settings)

    return resolved


def measure_once(session: Session) -> None:
    """Measure the processor, if that is what draws and it was not measured before: times of plans then hold.

    What fails is left: plans then go by what is computed.
    """
    from audobon_cli.domain.inputs import ImageInputs
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.generation.resolve.composition import WORDS_ALONE
    from audobon_cli.generation.resolve.local import resolve
    from audobon_cli.settings.settings import Settings
    from audobon_cli.vram.device_budget import CPU

    workspace = session.workspace
    card = workspace.vram.selector.card
    if card.device != CPU or card.calibration is not None or session.has_own_engines:
        return
    session.out.note("Measuring this machine, once, so that the times below hold (some seconds) ...")
    from audobon_cli.vram.self_measurement import measure_processor

    with contextlib.suppress(AudobonError, OSError):
        words = ImageInputs(strength=WORDS_ALONE)  # by the network, whatever else the model draws with
        request = resolve(
            GenerationRequest("a red apple", model="sprite", seed=1, inputs=words),
            Settings(),
            workspace.models,
        )
        measure_processor(
            request,
            workspace.vram.uncalibrated_selector,
            workspace.engine(),
            workspace.locations.calibrations,
        )
    workspace.vram.read_calibrations_again()


def make_pictures(
    session: Session,
    placed: "Sequence[PlannedRequest]",
    outputs: "Outputs | None",
    fresh: bool,
    threads: int | None,
    moderate: str | None = None,
    unlike: bool = False,
) -> "GenerationReport":
    """Make the pictures, or with ``fresh`` make them anew, on ``threads``, with progress and Ctrl-C heeded.

    ``unlike``: under names that no asset has.
    """
    from audobon_cli.generation.run import check_run, generate

    requests = [one.request for one in placed]
    check_run(requests, session.workspace.library, outputs)
    with generation_session(session, placed, outputs, fresh, threads, moderate) as context:
        return generate(requests, replace(context, unlike=unlike))


@contextlib.contextmanager
def generation_session(
    session: Session,
    placed: "Sequence[PlannedRequest]",
    outputs: "OutputFiles | None",
    fresh: bool,
    threads: int | None = None,
    moderate: str | None = None,
) -> "Iterator[GenerationContext]":
    """The context of a run about to begin; while entered, progress is shown and Ctrl-C asks for a stop."""
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.generation.context import generation_context

    with (
        Interruption(session.out, eager=True) as interruption,
        listening(session.out, interruption) as listen,
    ):
        stop = interruption.should_stop
        loaded: list[ModelLoaded] = []

        def hear(event: "Event") -> None:
            if isinstance(event, ModelLoaded):
                loaded.append(event)
            listen(event)

        yield generation_context(
            session.workspace, placed, outputs, hear, stop, fresh, threads, moderate or ""
        )
    _note_long_loading(session, loaded)


def _note_long_loading(session: Session, loaded: "Sequence[ModelLoaded]") -> None:
    """Remember which model was long in loading, and say once that it is, or can be, kept in memory."""
    workspace = session.workspace
    if not loaded or workspace.settings.keep_warm or workspace.engine_access.keeps_warm or not _is_attended():
        return
    slowest = max(loaded, key=lambda event: event.seconds)
    kept = workspace.engine_access.may_keep_by_itself
    words = workspace.engine_access.long_loading.note(slowest.model, slowest.seconds, kept)
    if words is not None:
        session.out.note(words)


def keep_long_loading(session: Session, requests: "Sequence[ResolvedRequest]") -> None:
    """Let a warm process keep the model of ``requests`` for some minutes if it took long to load here before, and
    somebody is at a terminal. An option or setting that says how long, or never, comes before."""
    if _is_attended():
        session.workspace.engine_access.keep_long_loading([one.model.name for one in requests])


def _is_attended() -> bool:
    return sys.stderr.isatty()


def plan_outputs(
    session: Session, requests: "Sequence[ResolvedRequest]", files: "FileOptions"
) -> "Outputs | None":
    """Where the pictures go besides the library; None for stdout, and for nowhere."""
    from audobon_cli.generation.outputs import Outputs, suffix_of

    out, overwrite = files.out, files.overwrite
    if files.library_only:
        if out is not None:
            raise InvalidInput("--out and --library-only exclude each other.", hint="leave one of them out")
        return None
    total = sum(request.count for request in requests)
    if out == "-":
        _check_stdout(session, total)
        return None
    folder = session.workspace.folder / session.workspace.settings.output_folder
    return Outputs.plan(out, folder.expanduser(), total, overwrite, suffix_of(requests))


def _check_stdout(session: Session, total: int) -> None:
    if session.out.for_scripts:
        raise InvalidInput("--out - and --json both want stdout.", hint="leave one of them out")
    if total != 1:
        raise InvalidInput(
            f"--out - writes one picture, and {total} are asked for.", hint="give --out a folder"
        )
    if sys.stdout.isatty():
        raise InvalidInput("--out - would write a PNG to the terminal.", hint="redirect it: --out - > a.png")


def show_plan(session: Session, placed: "Sequence[PlannedRequest]", fresh: bool) -> None:
    """What the run will need and cost, and nothing else."""
    from audobon_cli.cli.plan_views import show_run_plan, show_servers
    from audobon_cli.cli.spending_views import show_spending

    found, cost, servers, data = whole_plan(session, placed, fresh)

    def view() -> None:
        show_run_plan(session, found)
        if data["library"]:
            session.out.line(f"In the library: {data['library']['words']}.")
        show_servers(session, servers)
        show_spending(session, cost)

    session.out.result({"plan": data}, view)


def whole_plan(
    session: Session, placed: "Sequence[PlannedRequest]", fresh: bool
) -> "tuple[RunPlan, SpendingPlan | None, Sequence[ServerPlan], dict[str, Any]]":
    """What a run will need, what it costs, what servers say of it; and all of it for scripts."""
    from audobon_cli.cli.plan_views import run_plan_data, server_data
    from audobon_cli.cli.spending_views import plan_of, spending_data
    from audobon_cli.generation.run_plan import plan_run
    from audobon_cli.generation.server_memory import plan_servers, server_memory
    from audobon_cli.vram.unpulled import download_of

    workspace = session.workspace
    found = plan_run(
        placed,
        workspace.vram.selector.card_for(placed),
        lambda model: download_of(model.name, workspace.models),
    )
    requests = [one.request for one in placed]
    cost = plan_of(session, requests, fresh)
    memory = server_memory(workspace.vram.forecasts, workspace.settings.resources_max_card_memory)
    servers = plan_servers(requests, workspace.providers, memory)
    data = {**run_plan_data(found), **spending_data(cost), "servers": [server_data(one) for one in servers]}
    data["library"] = _library_data(session, found)
    return found, cost, servers, data


def _library_data(session: Session, plan: "RunPlan") -> dict[str, Any] | None:
    """What the library may still take, where there is a limit. Its own copies are half of what a plan counts."""
    quota = session.workspace.library.quota if session.workspace.limits.library_bytes is not None else None
    if quota is None:
        return None
    fits = quota.used_bytes + plan.disk_bytes // 2 <= quota.most_bytes
    return {
        "used_bytes": quota.used_bytes,
        "most_bytes": quota.most_bytes,
        "fits": fits,
        "words": quota.words if fits else f"{quota.words}, and this may not fit",
    }


def picture_data(made: "GeneratedImage") -> dict[str, Any]:
    """A finished picture for scripts."""
    return {**made.asset.summary(), "path": str(made.path) if made.path else None, "existing": made.existing}


def report_data(report: "GenerationReport") -> dict[str, Any]:
    """What a run made, for scripts."""
    return {"asked": report.asked, "assets": [picture_data(made) for made in report.pictures]}


def show_made(
    session: Session,
    made: "GeneratedImage",
    files: "FileOptions",
    preview: "Callable[[Console, bytes], None]",
) -> None:
    """A path or an id to stdout, or the file itself where that is asked for; ``preview`` to stderr, out of its way."""
    blobs = session.workspace.library.blobs
    if files.preview:
        preview(session.out.messages, blobs.read(made.asset.blob))
    if files.library_only:
        session.out.line(made.asset.id)
    elif made.path is None:
        session.out.binary(blobs.read(made.asset.blob))
    else:
        session.out.line(str(made.path))
