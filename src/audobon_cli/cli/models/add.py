"""``audobon models add``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.models.options import NAME_HELP, AllowPickle
from audobon_cli.cli.models.views import needs_data, tell_needs
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, format_seconds, plural

if TYPE_CHECKING:
    from audobon_cli.generation.trial import Trial


@command(
    "add",
    examples=["audobon models add ~/models/my-sdxl", "audobon models add lora.safetensors --name fur"],
)
def add(
    session: Session,
    path: Annotated[Path, typer.Argument(help="A diffusers folder, or a .safetensors file.")],
    name: Annotated[str | None, typer.Option("--name", help=NAME_HELP)] = None,
    allow_pickle: AllowPickle = False,
    test: Annotated[
        bool, typer.Option("--try", help="Draw a small test picture, and say if it is blank or broken.")
    ] = False,
) -> None:
    """Register a model that lies on this disk.

    It stays where it is; its digests are recorded. With --try exit status 3 for a test picture that cannot be used.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.models.install.add import add as register
    from audobon_cli.models.needs import needs_of

    with listening(session.out) as listen:
        manifest = register(path, name, session.workspace.models, listen, allow_pickle)
        needs = needs_of(manifest, session.workspace.models)
    words = f"{manifest.name}: {plural(len(manifest.files), 'file')}, {format_bytes(manifest.size_bytes)}"
    tried = _tried(session, manifest.name) if test else None
    data = {"model": manifest.to_dict(), "needs": needs_data(needs)}
    if tried is not None:
        data["trial"] = {
            "extent": tried.extent,
            "seconds": tried.seconds,
            "problems": list(tried.problems),
        }
    session.finish(data, lambda: session.out.line(words), tried.error() if tried is not None else None)
    tell_needs(session.out, needs)
    if tried is not None:
        session.out.note(
            f"Its test picture ({tried.extent}) is sound; it took {format_seconds(tried.seconds)}."
        )


def _tried(session: Session, name: str) -> "Trial":
    """A test picture of the model ``name``, shown where the terminal can; not filed."""
    import io

    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.cli.screen.images import show_picture
    from audobon_cli.generation.resolve.local import resolve
    from audobon_cli.generation.trial import draw_trial, trial_request
    from audobon_cli.models.catalog import find_model

    workspace = session.workspace
    model = find_model(name, workspace.models)
    asked = trial_request(name, workspace.presets.families.get(model.family))
    request = resolve(asked, workspace.settings, workspace.models)
    placed = workspace.vram.selector.place(request)
    with Interruption(session.out) as interruption, listening(session.out, interruption) as listen:
        tried = draw_trial(placed.request, workspace.engine(), listen, interruption.should_stop)
    if session.out.messages.is_terminal and hasattr(tried.content, "save"):
        held = io.BytesIO()
        tried.content.save(held, "PNG")
        show_picture(session.out.messages, held.getvalue())
    return tried
