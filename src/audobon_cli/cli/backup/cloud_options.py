"""Options of a destination in Google Cloud Storage."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer


@dataclass(frozen=True, slots=True)
class Cloud:
    """How a bucket is used; kept with the destination's name in the settings."""

    PANEL: ClassVar[str] = "Cloud Storage"

    storage_class: Annotated[
        str,
        typer.Option("--storage-class", metavar="CLASS", help="STANDARD, NEARLINE, COLDLINE or ARCHIVE."),
    ] = ""
    lifecycle: Annotated[
        bool, typer.Option("--lifecycle", help="Add lifecycle rules that suit a backup to the bucket.")
    ] = False
    kms_key: Annotated[
        str,
        typer.Option(
            "--kms-key", metavar="KEY", help="The bucket's own encryption key (CMEK), besides ours."
        ),
    ] = ""
    project: Annotated[
        str, typer.Option("--project", metavar="ID", help="The Google Cloud project that pays for requests.")
    ] = ""
    impersonate: Annotated[
        str,
        typer.Option(
            "--impersonate-service-account", metavar="ACCOUNT", help="The service account to act as."
        ),
    ] = ""
    credentials_file: Annotated[
        str, typer.Option("--credentials-file", metavar="FILE", help="A service account's key.")
    ] = ""
    bandwidth: Annotated[
        str, typer.Option("--bandwidth", metavar="RATE", help="Limit per second, such as 5MB.")
    ] = ""
