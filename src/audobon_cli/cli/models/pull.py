"""``audobon models pull``."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.models.from_place import FromPlaceOptions, pull_from
from audobon_cli.cli.models.options import NAME_HELP, DryRun, NeedsOptions, TermsOptions, WantedOptions
from audobon_cli.cli.models.views import needs_data, pull_data, pull_view, size_words, tell_needs
from audobon_cli.cli.options import command
from audobon_cli.cli.screen.asking import is_agreed
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import AudobonError, InvalidInput

if TYPE_CHECKING:
    from audobon_cli.cli.output import Output
    from audobon_cli.models.install.needed_pulls import NeededPull
    from audobon_cli.models.install.pull import PullReport
    from audobon_cli.models.install.request import PullRequest
    from audobon_cli.models.source import Manifest

UNASKED_BYTES = 10**10
"""What a pull brings along unasked where nobody can be asked: more fills disks, and takes an hour at 20 Mbit/s."""


@command(
    "pull",
    examples=[
        "audobon models pull sdxl",
        "audobon models pull hf:stabilityai/sdxl-turbo --dry-run",
        "audobon models pull ~/models/my-sdxl",
        "audobon models pull my-lora --from /mnt/nas/art",
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
            help="A name of `models list`, hf:ORG/NAME[@REVISION], gs://…, https://…, or a folder or file here; "
            "with --from what is called so at the place.",
            show_default=False,
        ),
    ] = "",
    name: Annotated[str | None, typer.Option("--name", help=NAME_HELP)] = None,
    *,
    wanted: WantedOptions,
    terms: TermsOptions,
    needs: NeedsOptions,
    source: FromPlaceOptions,
    dry_run: DryRun = False,
) -> None:
    """Download a model, or register a local folder.

    Only the files that it needs are fetched, each checked against the digest that its source publishes. If the
    download is interrupted, the same command resumes it. Hugging Face models go into the cache that other tools
    use, too. `models login` or HF_TOKEN gives access to gated models. What else a LoRA, ControlNet or GGUF needs is
    named with its size, asked about on a terminal, and fetched; where nobody can be asked, more than 10 GB or a model
    that is only likely the right one is refused without --yes. A folder or file on this disk is registered and stays
    where it is. With --from it comes from a place of `models push`.
    """
    from audobon_cli.models.install.request import PullRequest
    from audobon_cli.models.needs import needs_of

    if source.place is not None:
        _refuse_versions(wanted, terms)
        pull_from(session, source, reference, name, dry_run)
        return
    _refuse_place(session, reference)
    if _lies_here(session, reference):
        _register(session, Path(reference).expanduser(), name, terms.allow_pickle, dry_run)
        return
    choice = (wanted.revision, wanted.variant, wanted.sha256, terms.project, terms.allow_pickle)
    request = PullRequest(reference, name, *choice)
    report = _fetched(session, request, dry_run)
    known = session.workspace.models.manifests.get(report.manifest.name)
    consent = _Consent(session.out, needs.yes, dry_run)
    brought = _brought(session, known, report, consent) if known is not None and needs.needs else []
    left = needs_of(known, session.workspace.models) if known is not None else ()
    data = {**pull_data(report), "needs": needs_data(left), "brought": [pull_data(one) for one in brought]}

    def view() -> None:
        for one in (report, *brought):
            pull_view(session.out, one)

    session.out.result(data, view=view)
    tell_needs(session.out, left)


def _refuse_versions(wanted: WantedOptions, terms: TermsOptions) -> None:
    """Raise InvalidInput for options that choose among versions."""
    if wanted != WantedOptions() or terms != TermsOptions():
        raise InvalidInput(
            "Models of a place have one version each.",
            hint="leave out --revision, --variant, --sha256, --project and --allow-pickle",
        )


def _refuse_place(session: Session, reference: str) -> None:
    """Raise InvalidInput where a place of `models push` is named as if it were a model, or nothing is."""
    from audobon_cli.sync.place import is_place_folder

    if not reference:
        raise InvalidInput("No model is named.", hint="`audobon models list` shows those to pull")
    if reference.startswith("s3://") or is_place_folder(Path(reference).expanduser()):
        raise InvalidInput(
            f"{reference} is a place of many models.", hint=f"audobon models pull --from {reference}"
        )


def _lies_here(session: Session, reference: str) -> bool:
    """Whether a file or folder is meant: names of models and addresses go first."""
    return (
        reference not in session.workspace.presets.models
        and "://" not in reference
        and not reference.startswith("hf:")
        and Path(reference).expanduser().exists()
    )


def _register(session: Session, path: Path, name: str | None, allow_pickle: bool, dry_run: bool) -> None:
    """What `models add` does, as the result of a pull that fetched nothing."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.models.install.add import add
    from audobon_cli.models.needs import needs_of

    if dry_run:
        raise InvalidInput(
            "Nothing of a local model is fetched.", hint="leave out --dry-run: it stays where it is"
        )
    registry = session.workspace.models
    with listening(session.out) as listen:
        manifest = add(path, name, registry, listen, allow_pickle)
    needs = needs_of(manifest, registry)
    data = {"model": manifest.to_dict(), "fetch_bytes": 0, "dry_run": False, "files": []}
    words = f"{manifest.name}: {path}, which stays where it is"
    session.out.result(
        {**data, "needs": needs_data(needs), "brought": []}, view=lambda: session.out.line(words)
    )
    session.out.note(f"Draw with it: audobon generate PROMPT --model {manifest.name}")
    session.out.note(f"By default: audobon config set model {manifest.name}")
    tell_needs(session.out, needs)


def _fetched(session: Session, request: "PullRequest", dry_run: bool) -> "PullReport":
    from audobon_cli.cli.interruption import DOWNLOADS, Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.models.install.pull import pull as fetch

    with (
        Interruption(session.out, DOWNLOADS, eager=True) as interruption,
        listening(session.out, interruption, f"Asking {_host(request.reference)}") as listen,
    ):
        return fetch(request, session.workspace.models, listen, interruption.should_stop, dry_run)


def _host(reference: str) -> str:
    """Who is asked first: names of `models list` stand for repositories of the hub."""
    scheme, _, rest = reference.partition("://")
    if rest:
        return "Google Cloud Storage" if scheme == "gs" else rest.partition("/")[0]
    return "huggingface.co"


@dataclass(frozen=True, slots=True)
class _Consent:
    """Whether what a model needs may be fetched with it."""

    out: "Output"
    yes: bool
    dry_run: bool

    def to(self, needed: "NeededPull") -> bool:
        """Ask where somebody is there. Raises InvalidInput where nobody is and it is much, or perhaps not the right
        one; Interrupted at Ctrl-C."""
        name, size, doubt = needed.need.model, size_words(needed.report), needed.need.doubt
        if self.yes or self.dry_run:
            return True
        if sys.stdin.isatty() and not self.out.for_scripts:
            unfetched = f"{name} was not fetched."
            return is_agreed(f"Fetch {name}?", f"This fetches {name}", usual=not doubt, ended=unfetched)
        many = needed.report.fetch_bytes is None or needed.report.fetch_bytes > UNASKED_BYTES
        if many or doubt:
            raise InvalidInput(
                f"This would fetch {name} ({size}), and nobody can be asked.",
                hint="add --yes to fetch it, or --no-needs to leave it",
            )
        return True


def _brought(
    session: Session, manifest: "Manifest", report: "PullReport", consent: _Consent
) -> "list[PullReport]":
    """Fetch what the model needs and a pull can bring: said with its size, and asked where somebody is there."""
    from audobon_cli.models.install.needed_pulls import needed_pulls
    from audobon_cli.models.needs import needs_of

    out, registry = session.out, session.workspace.models
    found: list[PullReport] = []
    try:
        for needed in needed_pulls(manifest, registry):
            name = needed.need.model
            size = size_words(needed.report)
            out.note(f"{needed.need.why}. {name} comes along: {size} (--no-needs leaves it).")
            if needed.need.doubt:
                out.warn(needed.need.doubt)
            if consent.to(needed):
                dry = consent.dry_run
                found.append(needed.report if dry else _fetched(session, needed.request, dry))
    except AudobonError as error:
        out.warn(f"{manifest.name} is here and whole; what it needs did not come.")
        error.data = {**pull_data(report), "needs": needs_data(needs_of(manifest, registry)), "brought": []}
        raise
    return found
