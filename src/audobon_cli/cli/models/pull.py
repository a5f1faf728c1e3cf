"""``audobon models pull``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.models.options import NAME_HELP, DryRun, TermsOptions
from audobon_cli.cli.models.views import needs_data, pull_view, tell_needs
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.models.install.pull import PullReport


@command(
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
            metavar="MODEL",
            help="A name of `models list`, hf:ORG/NAME[@REVISION], gs://…, or https://…",
        ),
    ],
    name: Annotated[str | None, typer.Option("--name", help=NAME_HELP)] = None,
    revision: Annotated[
        str | None, typer.Option("--revision", help="Branch, tag or commit at the hub.")
    ] = None,
    variant: Annotated[
        str | None, typer.Option("--variant", help="Variant of the weights: fp16 (if there is one), none …")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option("--sha256", metavar="DIGEST", help="SHA-256 that a single file must have.")
    ] = None,
    *,
    terms: TermsOptions,
    dry_run: DryRun = False,
) -> None:
    """Download a model.

    Only the files that it needs are fetched, each checked against the digest that its source publishes. If the
    download is interrupted, the same command resumes it. Hugging Face models go into the cache that other tools
    use, too. `models login` or HF_TOKEN gives access to gated models.
    """
    from audobon_cli.cli.interruption import DOWNLOADS, Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.models.install.pull import pull as fetch
    from audobon_cli.models.install.request import PullRequest
    from audobon_cli.models.needs import needs_of

    request = PullRequest(reference, name, revision, variant, sha256, terms.project, terms.allow_pickle)
    registry = session.workspace.models
    with Interruption(session.out, DOWNLOADS) as interruption, listening(session.out) as listen:
        report = fetch(request, registry, listen, interruption.should_stop, dry_run)
    needs = () if report.dry_run else needs_of(report.manifest, registry)
    data = {**pull_data(report), "needs": needs_data(needs)}
    session.out.result(data, view=lambda: pull_view(session.out, report))
    tell_needs(session.out, needs)


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
