"""``audobon models verify``."""

from typing import Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, plural


@command("verify", examples=["audobon models verify", "audobon models verify sdxl --fast"])
def verify(
    session: Session,
    models: Annotated[list[str] | None, typer.Argument(help="Models; all if none is named.")] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Check sizes and headers only, in milliseconds.")
    ] = False,
) -> None:
    """Check the files of pulled and added models.

    Each is hashed again. A damaged model is not used by `generate` until it is pulled again.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.models.install.keep import verify as check

    with listening(session.out) as listen:
        found = check(models or (), session.workspace.models, listen, fast)
    data: dict[str, Any] = {
        "models": list(found.models),
        "files_read": found.files_read,
        "bytes_read": found.bytes_read,
        "fast": found.fast,
        "damaged": [{"model": d.model, "path": d.path, "why": d.why} for d in found.damaged],
    }
    how = "have the right sizes and headers" if fast else f"({format_bytes(found.bytes_read)}) are whole"

    def view() -> None:
        for damage in found.damaged:
            session.out.line(f"{damage.model}\t{damage.path}\t{damage.why}")
        if not found.damaged:
            session.out.line(
                f"{plural(found.files_read, 'file')} of {plural(len(found.models), 'model')} {how}."
            )

    session.finish(data, view, found.error())
