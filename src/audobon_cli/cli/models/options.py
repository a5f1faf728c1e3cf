"""Options that commands of ``audobon models`` share."""

from dataclasses import dataclass
from typing import Annotated

import typer

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
AllowPickle = Annotated[
    bool,
    typer.Option("--allow-pickle", help="Take pickled weights; their tensors alone are read and converted."),
]
NAME_HELP = "What the model is to be called here."


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
