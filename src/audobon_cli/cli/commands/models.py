"""``audobon models``: get, keep and look at the models that pictures are made with."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.model_views import pull_view, show_view
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import format_bytes

if TYPE_CHECKING:
    from audobon_cli.services.model_pulling import PullReport

app = typer.Typer(no_args_is_help=True, help="The models that pictures are made with.")

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
NAME_HELP = "What the model is to be called here."


@command(app, "list", examples=["audobon models list", "audobon models list --json"])
def list_(session: Session) -> None:
    """List the models: those at hand, whether their files are whole, and those that can be pulled."""
    from audobon_cli.services.models import list_models

    found = list_models(session.workspace.models)
    rows: list[dict[str, Any]] = [
        {
            "name": model.name,
            "family": model.family,
            "description": model.description,
            "licence": model.licence,
            "folder": None if model.folder is None else str(model.folder),
            "size_bytes": model.size_bytes,
            "source": model.source,
            "problem": model.problem,
            "state": model.state,
            "commit": model.commit,
            "download_bytes": model.download_bytes,
            "kind": model.kind,
        }
        for model in found
    ]
    cells = [
        (
            m.name,
            m.family,
            m.state,
            format_bytes(m.size_bytes) if m.folder else _about(m.download_bytes),
            m.licence,
            m.source,
            m.description if m.state == "not pulled" else m.problem or m.description,
        )
        for m in found
    ]
    headings = ("name", "family", "state", "size", "licence", "source", "what it is")
    styles = {"ready": "green", "damaged": "red", "not pulled": "dim"}
    session.out.result({"models": rows}, view=lambda: session.out.table(headings, cells, styles))


@command(app, "show", examples=["audobon models show sprite", "audobon models show ~/models/my-sdxl"])
def show(
    session: Session,
    model: Annotated[str, typer.Argument(help="A model's name, or a diffusers folder.")],
) -> None:
    """Show a model: pipeline, parts, files, licence, where it came from and the digest that recipes name."""
    from audobon_cli.services.models import show_model

    show_view(session.out, show_model(model, session.workspace.models))


@command(
    app,
    "pull",
    examples=[
        "audobon models pull sdxl",
        "audobon models pull hf:stabilityai/sdxl-turbo --dry-run",
        "audobon models pull https://example.com/lora.safetensors --name my-lora",
    ],
)
def pull(
    session: Session,
    reference: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A name of `models list`, hf:ORG/NAME[@REVISION], or https://…"),
    ],
    name: Annotated[str | None, typer.Option("--name", help=NAME_HELP)] = None,
    revision: Annotated[
        str | None, typer.Option("--revision", help="A branch, tag or commit of the hub's repository.")
    ] = None,
    variant: Annotated[
        str | None, typer.Option("--variant", help="Weights to take: fp16 (where there is one), none …")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option("--sha256", metavar="DIGEST", help="What a single file must hash to.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Fetch a model, only the files that it needs, each checked against the digest its source publishes.

    Stopped or killed at any moment, the same command goes on where it ended. Hugging Face models go into
    the cache that other tools use, too. HF_TOKEN gives access to gated ones.
    """
    from audobon_cli.cli.interruption import DOWNLOADS, Interruption
    from audobon_cli.cli.progress import listening
    from audobon_cli.services.model_plans import PullRequest
    from audobon_cli.services.model_pulling import pull as fetch

    request = PullRequest(reference, name, revision, variant, sha256)
    shelf = session.workspace.models
    with Interruption(session.out, DOWNLOADS) as interruption, listening(session.out) as listen:
        report = fetch(request, shelf, listen, interruption.should_stop, dry_run)
    session.out.result(pull_data(report), view=lambda: pull_view(session.out, report))


@command(
    app,
    "add",
    examples=["audobon models add ~/models/my-sdxl", "audobon models add lora.safetensors --name fur"],
)
def add(
    session: Session,
    path: Annotated[Path, typer.Argument(help="A diffusers folder, or a .safetensors file.")],
    name: Annotated[str | None, typer.Option("--name", help=NAME_HELP)] = None,
) -> None:
    """Make a model on this disk known by a name; it stays where it is, and its digests are recorded."""
    from audobon_cli.services.model_keeping import add as register

    manifest = register(path, name, session.workspace.models)
    words = f"{manifest.name}: {len(manifest.files)} files, {format_bytes(manifest.size_bytes)}"
    session.out.result({"model": manifest.to_dict()}, view=lambda: session.out.line(words))


@command(app, "verify", examples=["audobon models verify", "audobon models verify sdxl --fast"])
def verify(
    session: Session,
    models: Annotated[list[str] | None, typer.Argument(help="Names; none means all.")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Sizes and headers only, in milliseconds.")] = False,
) -> None:
    """Hash every file of pulled and added models again and name each that is damaged or missing.

    A model with damage is not used by `generate` until it is pulled again.
    """
    from audobon_cli.cli.progress import listening
    from audobon_cli.services.model_keeping import verify as check

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
            session.out.line(f"{found.files_read} files of {len(found.models)} models {how}.")

    session.finish(data, view, found.error())


@command(app, "remove", examples=["audobon models remove sdxl --dry-run", "audobon models remove sdxl --yes"])
def remove(
    session: Session,
    model: Annotated[str, typer.Argument(help="The name of a pulled or added model.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Delete a pulled model, but for files that another one shares; an added one is only forgotten."""
    from audobon_cli.services.model_keeping import remove as delete

    shelf = session.workspace.models
    manifest = shelf.manifest(model)
    if not yes and not dry_run:
        raise InvalidInput(
            f"This deletes {model} ({format_bytes(manifest.size_bytes)}) from the disk.",
            hint="give --yes to do it, --dry-run to see what goes",
        )
    gone = delete(model, shelf, dry_run)
    data = {
        "name": model,
        "freed_bytes": gone.freed_bytes,
        "kept_bytes": gone.kept_bytes,
        "dry_run": dry_run,
    }
    words = f"{model}: {format_bytes(gone.freed_bytes)} {'would be ' if dry_run else ''}freed" + (
        f", {format_bytes(gone.kept_bytes)} kept: others use it, or it is yours" if gone.kept_bytes else ""
    )
    session.out.result(data, view=lambda: session.out.line(words))


@command(app, "update", examples=["audobon models update sdxl", "audobon models update sdxl --dry-run"])
def update(
    session: Session,
    model: Annotated[str, typer.Argument(help="The name of a model pulled from the hub.")],
    dry_run: DryRun = False,
) -> None:
    """Bring a pulled model to the newest commit of its revision; the old one stays until that is checked."""
    from audobon_cli.cli.interruption import DOWNLOADS, Interruption
    from audobon_cli.cli.progress import listening
    from audobon_cli.services.model_keeping import update as renew

    shelf = session.workspace.models
    with Interruption(session.out, DOWNLOADS) as interruption, listening(session.out) as listen:
        found = renew(model, shelf, listen, interruption.should_stop, dry_run)
    data = {
        "name": found.name,
        "before": found.before,
        "after": found.after,
        "changed": list(found.changed),
        "added": list(found.added),
        "gone": list(found.gone),
        "dry_run": dry_run,
    }

    def view() -> None:
        if found.before == found.after:
            session.out.line(f"{model} is up to date ({found.after[:12]}).")
            return
        session.out.line(f"{model}: {found.before[:12]} -> {found.after[:12]}")
        for word, paths in (("changed", found.changed), ("added", found.added), ("gone", found.gone)):
            for path in paths:
                session.out.line(f"  {word:<8}{path}")

    session.out.result(data, view=view)


def _about(download_bytes: int) -> str:
    return f"({format_bytes(download_bytes)})" if download_bytes else "(?)"


def pull_data(report: "PullReport") -> dict[str, Any]:
    """The result of a pull for scripts."""
    return {
        "model": report.manifest.to_dict(),
        "fetch_bytes": report.fetch_bytes,
        "dry_run": report.dry_run,
        "files": [
            {
                "path": file.path,
                "size_bytes": file.size_bytes,
                "kept_bytes": file.kept_bytes,
                "status": file.status,
            }
            for file in report.files
        ],
    }
