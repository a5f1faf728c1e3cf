"""``audobon presets``: qualities, styles, named sizes and schedulers."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.domain.presets import NamedSize, Quality, Style
    from audobon_cli.presets.schedulers import SchedulerPreset

app = typer.Typer(no_args_is_help=True, help="Qualities, styles, named sizes and schedulers.")


def _quality(quality: "Quality") -> dict[str, Any]:
    families = {
        name: {"steps": settings.steps, "guidance": settings.guidance, "candidates": settings.candidates}
        for name, settings in quality.families.items()
    }
    return {
        "kind": "quality",
        "name": quality.name,
        "description": quality.description,
        "source": quality.source,
        "families": families,
    }


def _style(style: "Style") -> dict[str, Any]:
    return {
        "kind": "style",
        "name": style.name,
        "description": style.description,
        "source": style.source,
        "template": style.template,
        "negative": style.negative,
        "families": list(style.families),
        "upscale": style.upscale.value,
        "grid": style.grid,
    }


def _size(size: "NamedSize") -> dict[str, Any]:
    return {
        "kind": "size",
        "name": size.name,
        "description": size.description,
        "source": size.source,
        "size": str(size.size),
        "families": {name: str(value) for name, value in size.families.items()},
    }


def _models(row: dict[str, Any]) -> str:
    """Which model families a style is for; other presets are for all."""
    return ", ".join(row["families"]) if row["kind"] == "style" and row["families"] else "all"


def _scheduler(scheduler: "SchedulerPreset", measured: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        "kind": "scheduler",
        "name": scheduler.name,
        "description": scheduler.description,
        "source": "built-in",
        "classes": {kind.value: choice.class_name for kind, choice in scheduler.choices.items()},
        "families": [family for family, names in measured.items() if scheduler.name in names],
    }


def _all(session: Session) -> list[dict[str, Any]]:
    presets = session.workspace.presets
    return [
        *map(_quality, presets.qualities.values()),
        *map(_style, presets.styles.values()),
        *map(_size, presets.sizes.values()),
        *(_scheduler(s, presets.capabilities.schedulers) for s in presets.schedulers.values()),
    ]


@command(app, "list", examples=["audobon presets list"])
def list_(session: Session) -> None:
    """List qualities, styles, named sizes and schedulers, with what each is for."""
    rows = _all(session)

    cells = [(row["kind"], row["name"], row["description"], _models(row), row["source"]) for row in rows]
    session.out.result(
        {"presets": rows},
        view=lambda: session.out.table(("kind", "name", "what it is for", "models", "from"), cells),
    )


@command(app, "show", examples=["audobon presets show high"])
def show(
    session: Session,
    name: Annotated[str, typer.Argument(help="A quality, style, named size or scheduler.")],
) -> None:
    """Show all of a preset: steps and guidance per model family, a style's template, a size, a scheduler."""
    from audobon_cli.domain.errors import PresetNotFound
    from audobon_cli.presets.catalog import nearest

    rows = _all(session)
    found = [row for row in rows if row["name"] == name]
    if not found:
        near = nearest(name, (row["name"] for row in rows))
        raise PresetNotFound(
            f"There is no preset called {name!r}.",
            hint=f"did you mean {' or '.join(near)}?" if near else "`audobon presets list` shows all",
            name=name,
            nearest=near,
        )

    def view() -> None:
        for row in found:
            for key, value in row.items():
                if isinstance(value, dict):
                    for family, settings in value.items():
                        words = settings
                        if isinstance(settings, dict):
                            words = ", ".join(f"{name} {number:g}" for name, number in settings.items())
                        session.out.line(f"{family}: {words}")
                elif value:
                    text = ", ".join(value) if isinstance(value, list) else value
                    session.out.line(f"{key}: {text}")

    session.out.result({"presets": found}, view=view)
