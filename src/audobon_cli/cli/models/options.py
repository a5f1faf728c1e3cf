"""Options that commands of ``audobon models`` share."""

from dataclasses import dataclass
from typing import Annotated

import typer

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]
AllowPickle = Annotated[
    bool,
    typer.Option("--allow-pickle", help="Allow pickled weights; only their tensors are read, and converted."),
]
NAME_HELP = "Name of the model here."


@dataclass(frozen=True, slots=True)
class WantedOptions:
    """Which of the files of a source are meant."""

    revision: Annotated[str | None, typer.Option("--revision", help="Branch, tag or commit at the hub.")] = (
        None
    )
    variant: Annotated[
        str | None, typer.Option("--variant", help="Variant of the weights: fp16 (if there is one), none …")
    ] = None
    sha256: Annotated[
        str | None, typer.Option("--sha256", metavar="DIGEST", help="SHA-256 that a single file must have.")
    ] = None


@dataclass(frozen=True, slots=True)
class TermsOptions:
    """On what terms files are fetched: who pays, and what may be taken."""

    project: Annotated[
        str,
        typer.Option(
            "--project",
            metavar="ID",
            help="The Google Cloud project that pays for gs://.",
            show_default=False,
        ),
    ] = ""
    allow_pickle: AllowPickle = False


@dataclass(frozen=True, slots=True)
class NeedsOptions:
    """Whether what a model needs is fetched with it."""

    needs: Annotated[
        bool,
        typer.Option(
            "--needs/--no-needs",
            help="Fetch the model that a LoRA, ControlNet, GGUF or single file was made for, too, if none is here.",
        ),
    ] = True
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Fetch what the model needs without asking.")] = (
        False
    )
