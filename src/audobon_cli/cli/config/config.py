"""``audobon config``: what is set, and where."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session

app = typer.Typer(no_args_is_help=True, help="See the settings and where they come from.")


@command(app, "show", examples=["audobon config show", "audobon config show --json"])
def show(session: Session) -> None:
    """List every setting with its value and the place that set it."""
    from audobon_cli.settings.settings import describe, setting_names

    loaded = session.workspace.loaded_settings
    rows = [
        {
            "key": key,
            "value": getattr(loaded.values, key),
            "source": loaded.sources[key],
            "description": describe(key),
        }
        for key in setting_names()
    ]
    cells = [(row["key"], str(row["value"]), row["source"], row["description"]) for row in rows]
    session.out.result(
        {"settings": rows},
        view=lambda: session.out.table(("setting", "value", "from", "what it does"), cells),
    )


@command(app, "path", examples=["audobon config path", "audobon config path library"])
def path(
    session: Session,
    name: Annotated[str | None, typer.Argument(help="Print only this path.")] = None,
) -> None:
    """Print where settings, presets, the library, caches and the log lie."""
    from audobon_cli.domain.errors import InvalidInput

    places = session.workspace.locations
    paths = {
        "settings": str(places.settings_file),
        "presets": str(places.presets),
        "library": str(session.workspace.library_path),
        "cache": str(places.cache),
        "log": str(places.log_file),
    }
    if name is not None and name not in paths:
        raise InvalidInput(f"There is no path called {name!r}.", hint=f"there are: {', '.join(paths)}")
    if name is not None:
        paths = {name: paths[name]}
    lines = [paths[name]] if name else [f"{key:<9} {value}" for key, value in paths.items()]
    session.out.result({"paths": paths}, view=lambda: session.out.line("\n".join(lines)))
