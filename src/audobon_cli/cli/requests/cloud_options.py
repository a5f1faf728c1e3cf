"""Options of commands that work in the cloud: where, on which machine, how long."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.cloud.connection import CloudPlace
    from audobon_cli.cloud.money import CloudMoney
    from audobon_cli.cloud.prices import CloudMachine


@dataclass(frozen=True, slots=True)
class CloudOptions:
    """The options that say where in the cloud."""

    PANEL: ClassVar[str] = "Cloud"

    project: Annotated[
        str, typer.Option("--project", metavar="PROJECT", help="Project of Google Cloud (the setting's).")
    ] = ""
    region: Annotated[
        str, typer.Option("--region", metavar="REGION", help="Region in which jobs run (the setting's).")
    ] = ""

    def place(self, session: Session) -> "CloudPlace":
        """Project and region. Raises InvalidInput."""
        return session.workspace.cloud.place(self.project, self.region)


@dataclass(frozen=True, slots=True)
class CloudMachineOptions:
    """The options that say on which machine, and how long."""

    PANEL: ClassVar[str] = "Machine"

    cpus: Annotated[
        float | None, typer.Option("--cpus", min=0.08, metavar="NUMBER", help="Processors of a task (2).")
    ] = None
    memory: Annotated[
        str,
        typer.Option("--memory", metavar="SIZE", help="Memory of a task, as 4GiB (4GiB; 16GiB with a card)."),
    ] = ""
    gpu: Annotated[
        str,
        typer.Option(
            "--gpu",
            metavar="CARD",
            help="Graphics card of a task: L4; on Vertex AI T4, A100 or A100-80GB, too.",
        ),
    ] = ""
    timeout: Annotated[
        str,
        typer.Option(
            "--timeout", metavar="TIME", help="Hard limit of an attempt of a task, as 30m; the cloud ends it."
        ),
    ] = ""
    retries: Annotated[
        int | None,
        typer.Option(
            "--retries", min=0, max=10, help="How often a task is tried again that failed or was lost."
        ),
    ] = None

    def machine(self, usual: "CloudMachine") -> "CloudMachine":
        """The machine meant, where nothing is said ``usual``. Raises InvalidInput."""
        from dataclasses import replace

        from audobon_cli.domain.units import parse_bytes

        found = usual
        if self.gpu and self.gpu != usual.gpu:
            found = replace(
                usual,
                gpu=self.gpu.upper(),
                vcpus=max(4.0, usual.vcpus),
                memory_gib=max(16.0, usual.memory_gib),
            )
        if self.cpus is not None:
            found = replace(found, vcpus=self.cpus)
        if self.memory:
            found = replace(found, memory_gib=parse_bytes(self.memory) / 2**30)
        return found

    def timeout_seconds(self, usual: int) -> int:
        """The limit meant. Raises InvalidInput."""
        from audobon_cli.domain.units import parse_seconds

        if not self.timeout:
            return usual
        seconds = round(parse_seconds(self.timeout, "--timeout"))
        if seconds < 1:
            raise InvalidInput("--timeout is less than a second.", hint="give some minutes, as 30m")
        return seconds


def money_of(session: Session) -> "CloudMoney":
    """The budget; what goes wrong with alerts is told as a warning."""
    return session.workspace.cloud.money(session.out.warn)
