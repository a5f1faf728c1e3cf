"""``audobon train compare``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.cli.train.running import found_run
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.queue.training_runs import RunStatus

COLUMNS = (
    Column("run", Kind.NAME),
    Column("best step", Kind.NUMBER),
    Column("held out", Kind.NUMBER),
    Column("of untrained"),
    Column("differs in", Kind.PROSE),
)


@command(
    "compare",
    examples=["audobon train compare my-style my-style-2", "audobon train compare a b --out sheet.png"],
)
def compare(
    session: Session,
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Names of runs, or numbers of jobs.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write their last samples below each other, too."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
) -> None:
    """Compare runs: losses, settings, samples.

    Losses of runs on the same pictures and model are of the same noise, and so comparable.
    """
    if len(runs) < 2:
        raise InvalidInput("One run has nothing to be compared with.", hint="name two or more")
    found = [found_run(session, text) for text in runs]
    same = len({(one.run.pictures.digest, one.run.model_digest, one.run.settings.seed) for one in found}) == 1
    if out is not None:
        _write_sheet(found, out.expanduser(), overwrite)
    rows = [_row(one, found[0]) for one in found]
    data = {"comparable": same, "runs": rows, "out": None if out is None else str(out)}

    def view() -> None:
        from audobon_cli.cli.train.views import loss

        session.out.table(
            COLUMNS,
            [
                (
                    row["name"],
                    row["best_step"],
                    loss(row["judged"]),
                    "" if row["share"] is None else f"{row['share']:.0%}",
                    ", ".join(f"{key} {value}" for key, value in row["settings"].items()) or "nothing",
                )
                for row in rows
            ],
        )
        if not same:
            session.out.note(
                "They are of other pictures, another model or another seed: the losses do not compare."
            )

    session.out.result(data, view)


def _row(one: "RunStatus", first: "RunStatus") -> dict[str, Any]:
    from audobon_cli.domain.serialization import all_facts

    data = one.to_dict()
    judged = data["held_out"] if data["held_out"] is not None else data["learnt"]
    mine, theirs = all_facts(one.run.settings), all_facts(first.run.settings)
    return {
        "name": one.run.name,
        "job": one.job.number,
        "best_step": data["best_step"],
        "judged": judged,
        "share": judged / data["untrained"] if judged and data["untrained"] else None,
        "settings": {key: value for key, value in mine.items() if value != theirs[key]},
    }


def _write_sheet(found: "list[RunStatus]", path: Path, overwrite: bool) -> None:
    """The last samples of each run in a row of their own, on light ground."""
    import io

    from PIL import Image

    from audobon_cli.derivations.run import write_result

    rows = [Image.open(files[-1]).convert("RGBA") for one in found if (files := one.folder.sample_files())]
    if not rows:
        raise InvalidInput("None of these runs has drawn samples.", hint="leave out --out")
    sheet = Image.new(
        "RGBA",
        (max(row.width for row in rows), sum(row.height + 4 for row in rows) - 4),
        (245, 245, 245, 255),
    )
    top = 0
    for row in rows:
        sheet.alpha_composite(row, (0, top))
        top += row.height + 4
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    write_result(path, stream.getvalue(), overwrite)
