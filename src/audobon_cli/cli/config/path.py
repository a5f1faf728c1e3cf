"""``audobon config path``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("path", examples=["audobon config path", "audobon config path library"])
def path(
    session: Session,
    name: Annotated[str | None, typer.Argument(help="Print only this path.")] = None,
) -> None:
    """Print where settings, library, caches and log lie."""
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
