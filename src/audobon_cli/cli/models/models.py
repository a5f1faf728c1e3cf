"""``audobon models``: get, keep and look at the models that pictures are made with."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.models import tokens
from audobon_cli.cli.models.views import list_view, pull_view, show_view
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import format_bytes

if TYPE_CHECKING:
    from audobon_cli.models.install.pull import PullReport

app = typer.Typer(no_args_is_help=True, help="The models that pictures are made with.")

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Project = Annotated[
    str,
    typer.Option(
        "--project", metavar="ID", help="The Google Cloud project that pays for gs://.", show_default=False
    ),
]
AllowPickle = Annotated[
    bool,
    typer.Option("--allow-pickle", help="Take pickled weights; their tensors alone are read and converted."),
]
NAME_HELP = "What the model is to be called here."


@command(app, "list", examples=["audobon models list", "audobon models list --json"])
def list_(session: Session) -> None:
    """List the models: those at hand, whether their files are whole, and those that can be pulled.

    Says of each when it was last used and whether it fits this machine: its largest graphics card or, where
    there is none, its RAM.
    """
    from audobon_cli.hardware.probe import probe
    from audobon_cli.models.catalog import list_models
    from audobon_cli.models.last_used import last_used
    from audobon_cli.presets.catalog import shipped_presets
    from audobon_cli.vram.model_fit import Forecasts, assess

    workspace = session.workspace
    found = list_models(workspace.models)
    forecasts = Forecasts(workspace.forecasts, workspace.presets, shipped_presets())
    fits = assess(found, probe(), forecasts)
    used = {model.name: last_used(model.name, workspace.models) for model in found}
    list_view(session.out, found, fits, used)


@command(app, "show", examples=["audobon models show sprite", "audobon models show ~/models/my-sdxl"])
def show(
    session: Session,
    model: Annotated[str, typer.Argument(help="A model's name, or a diffusers folder.")],
) -> None:
    """Show a model: pipeline, parts, files, licence, where it came from and the digest that recipes name."""
    from audobon_cli.models.catalog import show_model

    show_view(session.out, show_model(model, session.workspace.models))


@command(
    app,
    "pull",
    examples=[
        "audobon models pull sdxl",
        "audobon models pull hf:stabilityai/sdxl-turbo --dry-run",
        "audobon models pull gs://my-bucket/models/my-sdxl",
        "audobon models pull https://example.com/lora.safetensors --name my-lora",
    ],
)
def pull(
    session: Session,
    reference: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A name of `models list`, hf:ORG/NAME[@REVISION], gs://…, or https://…"
        ),
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
    project: Project = "",
    allow_pickle: AllowPickle = False,
    dry_run: DryRun = False,
) -> None:
    """Fetch a model, only the files that it needs, each checked against the digest its source publishes.

    Stopped or killed at any moment, the same command goes on where it ended. Hugging Face models go into
    the cache that other tools use, too. `models login` or HF_TOKEN gives access to gated ones.
    """
    from audobon_cli.cli.interruption import DOWNLOADS, Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.models.install.pull import pull as fetch
    from audobon_cli.models.install.request import PullRequest

    request = PullRequest(reference, name, revision, variant, sha256, project, allow_pickle)
    registry = session.workspace.models
    with Interruption(session.out, DOWNLOADS) as interruption, listening(session.out) as listen:
        report = fetch(request, registry, listen, interruption.should_stop, dry_run)
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
    allow_pickle: AllowPickle = False,
) -> None:
    """Make a model on this disk known by a name; it stays where it is, and its digests are recorded."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.models.install.keep import add as register

    with listening(session.out) as listen:
        manifest = register(path, name, session.workspace.models, listen, allow_pickle)
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
    from audobon_cli.models.install.keep import remove as delete

    registry = session.workspace.models
    manifest = registry.manifest(model)
    if not yes and not dry_run:
        raise InvalidInput(
            f"This deletes {model} ({format_bytes(manifest.size_bytes)}) from the disk.",
            hint="give --yes to do it, --dry-run to see what goes",
        )
    gone = delete(model, registry, dry_run)
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
    model: Annotated[str, typer.Argument(help="The name of a model pulled from hf: or gs://.")],
    project: Project = "",
    allow_pickle: AllowPickle = False,
    dry_run: DryRun = False,
) -> None:
    """Bring a pulled model to the newest commit of its revision; the old one stays until that is checked."""
    from audobon_cli.cli.interruption import DOWNLOADS, Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.models.install.keep import update as renew
    from audobon_cli.models.install.request import Terms

    registry, terms = session.workspace.models, Terms(project, allow_pickle)
    with Interruption(session.out, DOWNLOADS) as interruption, listening(session.out) as listen:
        found = renew(model, registry, listen, interruption.should_stop, dry_run, terms)
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


tokens.register(app)


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
