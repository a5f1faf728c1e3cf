"""Runs as people and scripts see them."""

import shlex
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, format_seconds, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audobon_cli.queue.training_runs import RunStatus
    from audobon_cli.training.plan import RunCosts
    from audobon_cli.training.run import TrainingRun

RUN_COLUMNS = (
    Column("job", Kind.NUMBER, drop=3),
    Column("run", Kind.NAME),
    Column("state"),
    Column("step"),
    Column("held out", Kind.NUMBER, drop=1),
    Column("untrained", Kind.NUMBER, drop=2),
    Column("what it says", Kind.PROSE),
)
STATES = {
    "done": "green",
    "running": "cyan",
    "paused": "yellow",
    "failed": "yellow",
    "dead": "red",
    "cancelled": "dim",
}


def show_runs(session: Session, runs: "Sequence[RunStatus]") -> None:
    """Runs as a table."""
    rows = []
    for one in runs:
        data = one.to_dict()
        why = str((one.job.error or {}).get("message", "")) if not one.words else one.words
        rows.append(
            (
                one.job.number,
                one.run.name,
                one.job.state.value,
                f"{one.step}/{one.steps}",
                loss(data["held_out"] if data["held_out"] is not None else data["learnt"]),
                loss(data["untrained"]),
                why,
            )
        )
    session.out.table(RUN_COLUMNS, rows, STATES)


def show_result(session: Session, status: "RunStatus") -> None:
    """What came of a run that is done."""
    data, result = status.to_dict(), status.job.result or {}
    name = status.run.name
    embedding = use_option(status.run) == "--embedding"
    usual = status.run.model == session.workspace.settings.model
    by = "" if usual else f" --model {shlex.quote(status.run.model)}"
    session.out.lines(
        [
            f"{result.get('asset', '')}  {name}",
            f"Best step {data['best_step']} of {data['step']}. {data['verdict']}",
            str(data["memorising"]),
            f"{'Its file draws' if embedding else 'Both files draw'} what the model in memory draws (at most "
            f"{_levels(result)} of 255 levels apart).",
            f'Use it: audobon generate "knight" {use_option(status.run)} {name}{by}'
            + ("" if embedding else f"   (or --lora {name})"),
        ]
    )


def show_run(session: Session, status: "RunStatus") -> None:
    """All of a run: what it learns from, how it stands, its losses."""
    run, data = status.run, status.to_dict()
    said = {
        "run": f"{run.name} (job {status.job.number}, {status.job.state.value})",
        "on": "" if data["on"] == "here" else data["on"],
        "model": run.model,
        "pictures": f"{len(run.pictures.learnt)} to learn from, {len(run.pictures.held_out)} held out",
        "trigger": run.pictures.trigger or "none",
        "set": run.pictures.digest[:12],
        "settings": f"{_size(run)}, {status.steps} steps of {run.settings.batch}, rate "
        f"{run.settings.rate:g}, min-SNR {run.settings.min_snr:g}",
        "step": f"{status.step} of {status.steps}"
        + (f", best {data['best_step']}" if data["best_step"] else ""),
        "losses": data["verdict"],
        "memorising": data["memorising"],
        "folder": str(status.folder.path),
        "error": str((status.job.error or {}).get("message", "")),
    }
    rows = [(key, value) for key, value in said.items() if value]
    session.out.table((Column(""), Column("", Kind.PROSE)), rows)
    if status.losses:
        session.out.line("")
        show_losses(session, status)


LOSS_COLUMNS = (
    Column("step", Kind.NUMBER),
    Column("learnt", Kind.NUMBER),
    Column("held out", Kind.NUMBER),
    Column("untrained", Kind.NUMBER, drop=1),
    Column(""),
)
LOSS_ROWS, BAR = 12, 24


def show_losses(session: Session, status: "RunStatus") -> None:
    """The measured losses, of many so many spread over all, with a bar of the held-out one against untrained."""
    entries = status.losses
    picked = sorted({place * (len(entries) - 1) // (LOSS_ROWS - 1) for place in range(LOSS_ROWS)})
    rows = []
    for entry in [entries[place] for place in picked]:
        judged = entry["held_out"] if entry["held_out"] is not None else entry["learnt"]
        cells = round(BAR * min(1.2, judged / entry["untrained"])) if entry["untrained"] else 0
        rows.append(
            (
                entry["step"],
                loss(entry["learnt"]),
                loss(entry["held_out"]),
                loss(entry["untrained"]),
                "█" * min(cells, BAR),
            )
        )
    session.out.table(LOSS_COLUMNS, rows)


def loss(value: float | None) -> str:
    """A loss in four digits; "" for none."""
    return "" if value is None else f"{value:.4f}"


def plan_data(costs: "RunCosts") -> dict[str, Any]:
    """A plan, JSON-ready."""
    return {
        "name": costs.run.name,
        "model": costs.run.model,
        "pictures": len(costs.run.pictures.learnt),
        "held_out": len(costs.run.pictures.held_out),
        "steps": costs.steps,
        "parameters": costs.parameters,
        "device": costs.device,
        "seconds_per_step": round(costs.step_seconds, 4),
        "seconds": round(costs.seconds, 1),
        "memory_bytes": costs.memory_bytes,
        "free_memory_bytes": costs.free_memory_bytes,
        "disk_bytes": costs.disk_bytes,
        "free_disk_bytes": costs.free_disk_bytes,
        "memory": None
        if costs.forecast is None
        else {
            "forecast_bytes": costs.forecast.memory.peak,
            "weights_bytes": costs.forecast.memory.weights,
            "trained_bytes": costs.forecast.memory.trained,
            "activations_bytes": costs.forecast.memory.activations,
            "free_bytes": costs.forecast.free_bytes,
        },
        "advice": costs.advice or None,
        "fits": costs.fits,
    }


def show_plan(session: Session, costs: "RunCosts") -> None:
    """A plan for people."""
    run = costs.run
    session.out.lines(
        [
            f"{run.name}: {plural(len(run.pictures.learnt), 'picture')} to learn from, "
            f"{len(run.pictures.held_out)} held out, for {run.model}.",
            f"{plural(costs.steps, 'step')} of {run.settings.batch}, {_size(run)}: "
            f"{costs.parameters:,} numbers to learn.",
            *(_measured_lines(costs) if costs.trial_steps else ()),
            *(_forecast_lines(costs) if costs.forecast is not None else ()),
            f"disk    {format_bytes(costs.disk_bytes)}{_free(costs.free_disk_bytes)}",
            "It fits. Nothing was begun." if costs.fits else "It does not fit. Nothing was begun.",
        ]
    )


def use_option(run: "TrainingRun") -> str:
    """The option of `generate` that uses what comes of ``run``."""
    from audobon_cli.training.settings import EMBEDDING

    return "--embedding" if run.settings.method == EMBEDDING else "--style"


def _size(run: "TrainingRun") -> str:
    if use_option(run) == "--embedding":
        return plural(run.settings.vectors, "vector")
    return f"rank {run.settings.rank}"


def _measured_lines(costs: "RunCosts") -> list[str]:
    """What the trial steps took."""
    return [
        f"time    about {format_seconds(costs.seconds)} on {costs.device} "
        f"({costs.step_seconds:.2f} s a step in {plural(costs.trial_steps, 'trial step')} just now)",
        f"memory  {format_bytes(costs.memory_bytes)}{_free(costs.free_memory_bytes)}",
    ]


def _forecast_lines(costs: "RunCosts") -> list[str]:
    """The memory that was computed before the model was loaded."""
    assert costs.forecast is not None
    memory = costs.forecast.memory
    lines = [
        f"peak    {format_bytes(memory.peak)}: weights {format_bytes(memory.weights)}, what is trained "
        f"{format_bytes(memory.trained)}, activations {format_bytes(memory.activations)}"
    ]
    if not costs.forecast.fits:
        lines.append(f"        {format_bytes(costs.forecast.free_bytes or 0)} is free: {costs.advice}.")
    return lines


def _free(value: int | None) -> str:
    return "" if value is None else f" of {format_bytes(value)} free"


def _levels(result: dict[str, Any]) -> int:
    levels = result.get("levels")
    return max(levels.values(), default=0) if isinstance(levels, dict) else 0
