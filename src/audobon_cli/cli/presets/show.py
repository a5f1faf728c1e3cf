"""``audobon presets show``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.presets.views import all_presets
from audobon_cli.cli.session import Session


@command("show", examples=["audobon presets show high"])
def show(
    session: Session,
    name: Annotated[str, typer.Argument(help="A quality, style, named size or scheduler.")],
) -> None:
    """Show all of a preset: steps and guidance per model family, a style's template, a size, a scheduler."""
    from audobon_cli.domain.errors import PresetNotFound
    from audobon_cli.presets.catalog import nearest

    rows = all_presets(session)
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
