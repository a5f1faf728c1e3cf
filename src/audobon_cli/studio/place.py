"""What the page stands on: a library, and whoever makes requests of what a form says."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from audobon_cli.library.store.library import Library
from audobon_cli.providers.registry import ProviderRegistry
from audobon_cli.queue.model import Job
from audobon_cli.settings.locations import Locations
from audobon_cli.sprites.contract import Contract


class StudioPlace(Protocol):
    """What the studio reads and changes: a workspace."""

    @property
    def locations(self) -> Locations: ...
    @property
    def library_path(self) -> Path: ...
    @property
    def library(self) -> Library: ...
    @property
    def providers(self) -> ProviderRegistry: ...
    @property
    def contract(self) -> Contract: ...
    @property
    def author(self) -> str: ...
    def commit_after(self, command: str) -> bool: ...


class GenerationService(Protocol):
    """Takes what is asked for, by the same rules as rows of a batch on the command line; each method may raise what
    `audobon queue add` ends with."""

    def choices(self) -> Mapping[str, Any]:
        """What a form offers: qualities, styles, sizes, models and whether they fit, sounds, this machine's memory."""
        ...

    def fields(self) -> Mapping[str, Any]:
        """The JSON schema of each field of a request beside the prompt, by name."""
        ...

    def plan(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the request of ``fields`` needs and costs, as `audobon generate --plan --json`."""
        ...

    def add(self, rows: Sequence[Mapping[str, Any]], order: "JobOrder") -> list[Job]:
        """Add a job for each row, all or none, and see to it that somebody runs them."""
        ...

    def add_batch(self, name: str, text: str, order: "JobOrder") -> list[Job]:
        """The same for the rows of a batch file of this name."""
        ...

    def suggest(self, begun: str) -> Sequence[Mapping[str, str]]:
        """How a prompt could go on, as `audobon prompts suggest --json`."""
        ...

    def ensure_worker(self) -> None:
        """Begin to run the queue in the background if nobody does."""
        ...


class JobOrder(Protocol):
    """How jobs are queued. ``agreed_usd``: what they may cost at most without being asked again."""

    @property
    def priority(self) -> int: ...
    @property
    def lane(self) -> str | None: ...
    @property
    def agreed_usd(self) -> float: ...
