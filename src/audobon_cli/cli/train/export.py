"""``audobon train export``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.train.running import Run, found_run
from audobon_cli.domain.errors import InvalidInput


class LayerNames(StrEnum):
    """Whose names of layers a file has."""

    DIFFUSERS = "diffusers"
    KOHYA = "kohya"
    BOTH = "both"


@command("export", examples=["audobon train export my-style --out loras/ --names kohya"])
def export(
    session: Session,
    run: Run,
    to: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Folder to write the files to.")
    ] = Path("."),
    names: Annotated[
        LayerNames,
        typer.Option("--names", help="diffusers: diffusers and this program; kohya: ComfyUI and the rest."),
    ] = LayerNames.BOTH,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
) -> None:
    """Write what was trained for other programs.

    An embedding is one file, which all of them read.
    """
    from audobon_cli.derivations.run import write_result

    status = found_run(session, run)
    folder = to.expanduser()
    own = status.run.file_names
    wanted = [one for one in own if names in (LayerNames.BOTH, one) or len(own) == 1]
    sources = [(one, status.folder.file(one)) for one in wanted]
    missing = [str(path) for _, path in sources if not path.is_file()]
    if missing or not status.job.result:
        raise InvalidInput(
            f"{status.run.name} has no files to export: it is {status.job.state.value}.",
            hint=f"`audobon train resume {status.run.name}`, or `audobon assets export {status.run.name}`",
        )
    written = []
    for one, source in sources:
        suffix = "" if one == own[0] else f".{one}"
        path = folder / f"{status.run.name}{suffix}.safetensors"
        write_result(path, source.read_bytes(), overwrite)
        written.append({"names": one, "path": str(path), "size_bytes": path.stat().st_size})
    session.out.result({"files": written}, lambda: session.out.lines([str(each["path"]) for each in written]))
