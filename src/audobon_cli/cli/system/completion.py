"""``audobon completion``."""

from enum import StrEnum
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput


class Shell(StrEnum):
    """Shells that have a script."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


@command(
    "completion",
    examples=["audobon completion bash", "audobon completion zsh", "audobon completion powershell"],
)
def completion(
    session: Session,
    shell: Annotated[
        Shell | None,
        typer.Argument(metavar="[SHELL]", help="bash, zsh, fish or powershell; without it, your own."),
    ] = None,
) -> None:
    """Print the script that completes words on TAB.

    It completes commands and options, and the names of assets, tags, models, styles, qualities, graphics cards,
    branches, repositories and providers. No file is changed; the first line of the script
    says where it belongs.
    """
    from audobon_cli.cli.grammar.completion import script_for, shell_here

    name = shell.value if shell else shell_here()
    if not name:
        raise InvalidInput("Name your shell.", hint="audobon completion bash, zsh, fish or powershell")
    script = script_for(name)
    session.out.result({"shell": name, "script": script}, lambda: session.out.lines(script.splitlines()))
