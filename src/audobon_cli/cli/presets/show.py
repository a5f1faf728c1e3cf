"""``audobon presets show``."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.presets.views import all_presets
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_seconds


@command("show", examples=["audobon presets show high", "audobon presets show style pixel"])
def show(
    session: Session,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="PRESET...",
            help="A quality, style, named size, scheduler or kind of sound; its kind may stand before its name.",
        ),
    ],
) -> None:
    """Show one quality, style, size or scheduler.

    Of a quality also the time that a picture of the default model takes here, as far as that is known.
    """
    from audobon_cli.domain.errors import InvalidInput, PresetNotFound
    from audobon_cli.presets.catalog import nearest

    *kinds, name = words
    if len(kinds) > 1:
        raise InvalidInput("One preset is shown at a time.", hint="give its name, or its kind and its name")
    rows = [row for row in all_presets(session) if not kinds or kinds == [row["kind"]]]
    found = [row for row in rows if row["name"] == name]
    if not found:
        near = nearest(name, (row["name"] for row in rows))
        raise PresetNotFound(
            f"There is no preset called {name!r}.",
            hint=f"did you mean {' or '.join(near)}?" if near else "`audobon presets list` shows all",
            name=name,
            nearest=near,
        )

    for row in found:
        if row["kind"] == "quality":
            row["seconds_here"] = _seconds_here(session, name)

    def view() -> None:
        if sys.stdout.isatty():
            for row in found:
                _show(session, row)
            return
        for row in found:
            session.out.lines(line for key, value in row.items() for line in _lines(session, key, value))

    session.out.result({"presets": found}, view=view)


def _show(session: Session, row: dict[str, Any]) -> None:
    """A preset for people: its facts, then a line for each model family where it has figures for them."""
    tables = {key: value for key, value in row.items() if isinstance(value, dict) and value}
    facts = [
        tuple(part.strip() for part in line.split(":", 1))
        for key, value in row.items()
        if key not in tables
        for line in _lines(session, key, value)
    ]
    session.out.table((Column(""), Column("", Kind.PROSE)), facts)
    for value in tables.values():
        named = {family: part if isinstance(part, dict) else {"": part} for family, part in value.items()}
        headings = list(dict.fromkeys(heading for part in named.values() for heading in part))
        columns = (Column("family"), *(Column(heading, Kind.NUMBER) for heading in headings))
        session.out.line("")
        rows = [
            (
                family,
                *(f"{part[h]:g}" if isinstance(part[h], float | int) else str(part[h]) for h in headings),
            )
            for family, part in named.items()
        ]
        session.out.table(columns, rows)


def _about(seconds: float | None) -> str:
    return "not known" if seconds is None else f"about {format_seconds(seconds)}"


def _seconds_here(session: Session, quality: str) -> float | None:
    """The forecast for one picture in the set model's own size; None where there is none."""
    from audobon_cli.domain.errors import AudobonError
    from audobon_cli.domain.inputs import ImageInputs
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.generation.resolve.composition import WORDS_ALONE
    from audobon_cli.generation.resolve.local import resolve
    from audobon_cli.generation.run_plan import plan_run
    from audobon_cli.models.catalog import find_model
    from audobon_cli.vram.unpulled import finding_unpulled

    workspace = session.workspace
    try:
        find = finding_unpulled(find_model, workspace.vram.forecasts)
        words = ImageInputs(strength=WORDS_ALONE)  # a quality is settings of a network
        asked = GenerationRequest("a sprite", quality=quality, seed=1, inputs=words)
        request = resolve(asked, workspace.settings, workspace.models, find=find)
        seconds = plan_run([workspace.vram.selector.place(request)], workspace.vram.selector.card).seconds
    except AudobonError:
        return None
    return None if seconds is None else round(seconds, 1)


def _ends(value: float | list[float]) -> str:
    return " to ".join(f"{end:g}" for end in value) if isinstance(value, list) else f"{value:g}"


def _lines(session: Session, key: str, value: Any) -> Iterator[str]:
    """What is shown of one entry."""
    if key == "layers":
        for number, layer in enumerate(value, start=1):
            yield f"layer {number}: {layer['voice']} {layer['form']}".rstrip()
            yield from (f"  {name}: {_ends(setting)}" for name, setting in layer["settings"].items())
    elif key == "mix":
        yield from (f"mix {name}: {_ends(setting)}" for name, setting in value.items())
    elif isinstance(value, dict):
        for family, settings in value.items():
            words = settings
            if isinstance(settings, dict):
                words = ", ".join(f"{name} {number:g}" for name, number in settings.items())
            yield f"{family}: {words}"
    elif key == "seconds_here":
        yield f"a picture of {session.workspace.settings.model} here: {_about(value)}"
    elif key == "timeout_seconds":
        yield f"a picture may take: {format_seconds(value) if value else 'any time'}"
    elif value:
        yield f"{key}: {', '.join(value) if isinstance(value, list) else value}"
