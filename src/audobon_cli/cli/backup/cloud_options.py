"""Options of a destination in a bucket: of Google Cloud Storage, or of S3 and its like."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

if TYPE_CHECKING:
    from audobon_cli.backup.destinations import Destination


@dataclass(frozen=True, slots=True)
class Cloud:
    """How a bucket is used; kept with the destination's name in the settings."""

    PANEL: ClassVar[str] = "Buckets"

    storage_class: Annotated[
        str,
        typer.Option(
            "--storage-class",
            metavar="CLASS",
            help="Such as STANDARD, NEARLINE (gs://) or STANDARD_IA (s3://).",
        ),
    ] = ""
    lifecycle: Annotated[
        bool, typer.Option("--lifecycle", help="gs://: add lifecycle rules that suit a backup.")
    ] = False
    kms_key: Annotated[
        str,
        typer.Option(
            "--kms-key", metavar="KEY", help="The bucket's own encryption key (CMEK), besides ours."
        ),
    ] = ""
    project: Annotated[
        str, typer.Option("--project", metavar="ID", help="gs://: the project that pays for requests.")
    ] = ""
    impersonate: Annotated[
        str,
        typer.Option(
            "--impersonate-service-account", metavar="ACCOUNT", help="gs://: the service account to act as."
        ),
    ] = ""
    credentials_file: Annotated[
        str, typer.Option("--credentials-file", metavar="FILE", help="gs://: a service account's key.")
    ] = ""
    endpoint: Annotated[
        str,
        typer.Option(
            "--endpoint", metavar="URL", help="s3://: the server; else AWS_ENDPOINT_URL_S3 or Amazon's."
        ),
    ] = ""
    region: Annotated[
        str,
        typer.Option("--region", metavar="REGION", help="s3://: the bucket's region, such as eu-central-1."),
    ] = ""
    profile: Annotated[
        str, typer.Option("--profile", metavar="NAME", help="s3://: a profile of ~/.aws; else AWS_PROFILE.")
    ] = ""
    addressing: Annotated[
        str,
        typer.Option(
            "--addressing", metavar="STYLE", help="s3://: path (HOST/BUCKET) or virtual (BUCKET.HOST)."
        ),
    ] = ""
    bandwidth: Annotated[
        str, typer.Option("--bandwidth", metavar="RATE", help="Limit per second, such as 5MB.")
    ] = ""

    def destination(self, address: str, name: str) -> "Destination":
        """The destination that is meant, under the name that the settings are to have."""
        from audobon_cli.backup.destinations import Destination

        return Destination(
            address,
            name,
            storage_class=self.storage_class,
            kms_key=self.kms_key,
            project=self.project,
            impersonate=self.impersonate,
            credentials_file=self.credentials_file,
            bandwidth=self.bandwidth,
            endpoint=self.endpoint,
            region=self.region,
            profile=self.profile,
            addressing=self.addressing,
        )
