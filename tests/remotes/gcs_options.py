"""Options by which a remote talks to the double of Cloud Storage, and gives up after few tries."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from audobon_cli.remotes.options import GcsOptions, RemoteOptions
from audobon_cli.remotes.retry import RemoteRetries
from audobon_cli.settings.google import GoogleAccess
from tests.doubles.gcs_server import GcsDouble

HASTY = RemoteRetries(
    failures=4,
    deadline_seconds=60.0,
    first_pause_seconds=0.02,
    longest_pause_seconds=0.05,
    connect_seconds=60.0,
    stall_seconds=60.0,
)
"""What ends a call is the number of its failures, and not a loaded machine on which it takes long."""


def double_options(double: GcsDouble, state: Path | None = None, **gcs: Any) -> RemoteOptions:
    """For the double as an emulator, or with an account where ``access`` says so."""
    return endpoint_options(double.endpoint, state, **gcs)


def endpoint_options(endpoint: str, state: Path | None = None, **gcs: Any) -> RemoteOptions:
    """The same for any emulator."""
    options = GcsOptions(access=GoogleAccess(endpoint, emulator=True))
    return RemoteOptions(gcs=replace(options, **gcs), retries=HASTY, state_folder=state and state / "state")
