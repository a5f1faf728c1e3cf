"""``audobon models add``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.models.options import NAME_HELP, AllowPickle
from audobon_cli.cli.models.views import needs_data, tell_needs
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, plural


@command(
    "add",
    examples=["audobon models add ~/models/my-sdxl", "audobon models add lora.safetensors --name fur"],
)
def add(
    session: Session,
    path: Annotated[Path, typer.Argument(help="A diffusers folder, or a .safetensors file.")],
    name: Annotated[str | None, typer.Option("--name", help=NAME_HELP)] = None,
    allow_pickle: AllowPickle = False,
) -> None:
    """Register a model that lies on this disk.

    It stays where it is; its digests are recorded.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.models.install.keep import add as register
    from audobon_cli.models.needs import needs_of

    with listening(session.out) as listen:
        manifest = register(path, name, session.workspace.models, listen, allow_pickle)
        needs = needs_of(manifest, session.workspace.models)
    words = f"{manifest.name}: {plural(len(manifest.files), 'file')}, {format_bytes(manifest.size_bytes)}"
    data = {"model": manifest.to_dict(), "needs": needs_data(needs)}
    session.out.result(data, view=lambda: session.out.line(words))
    tell_needs(session.out, needs)
