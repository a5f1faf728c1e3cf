"""Options by which a remote talks to a server of S3's protocol on this machine, and gives up after few tries."""

from pathlib import Path
from typing import Any

from audobon_cli.remotes.options import RemoteOptions, S3Options
from tests.doubles.s3_server import REGION
from tests.remotes.gcs_options import HASTY


def s3_options(endpoint: str, state: Path | None = None, **s3: Any) -> RemoteOptions:
    """For that server; credentials come from the environment."""
    options = S3Options(**{"endpoint": endpoint, "region": REGION, **s3})
    return RemoteOptions(s3=options, retries=HASTY, state_folder=state and state / "state")
