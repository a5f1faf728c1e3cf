"""What pulled networks hear, for people and for scripts: ``audobon sound describe`` and ``audobon assets tag``."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audobon_cli.cli.session import Session
    from audobon_cli.domain.asset import Asset
    from audobon_cli.engines.listening.answer import ListenerAnswer

SHOWN_LABELS = 3


@dataclass(frozen=True, slots=True)
class ListenerOptions:
    """Which network listens."""

    PANEL: ClassVar[str] = "Model"

    model: Annotated[
        str | None,
        typer.Option("--model", help="Listen with a pulled model: ast, clap, whisper-tiny, qwen2-audio."),
    ] = None
    labels: Annotated[
        str | None,
        typer.Option("--labels", metavar="A,B,...", help="What a model such as clap chooses among."),
    ] = None

    @property
    def asked(self) -> bool:
        """Whether a network is to listen."""
        return self.model is not None or self.labels is not None


COLUMNS = (Column("name", Kind.NAME), Column("heard", Kind.NAME), Column("id"))
ORDER = ("id", "name", "heard")
"""The order in which people get them."""


def listened(
    session: "Session", assets: "Sequence[Asset]", options: ListenerOptions
) -> "list[tuple[Asset, ListenerAnswer]]":
    """What the model of ``options`` hears in ``assets``; progress is shown, Ctrl-C heeded. Raises as listen."""
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.engines.listening.listen import listen
    from audobon_cli.models.catalog import find_model

    model, labels = options.model, options.labels or ""
    if model is None:
        raise InvalidInput(
            "--labels needs a model that chooses among them.",
            hint="name one: --model clap, after `audobon models pull clap`",
        )
    workspace = session.workspace
    found = find_model(model, workspace.models)
    with Interruption(session.out) as interruption, listening(session.out, interruption) as listener:
        return listen(found, workspace.library, assets, labels.split(","), listener, interruption.should_stop)


def show_heard(session: "Session", model: str, heard: "list[tuple[Asset, ListenerAnswer]]") -> None:
    """The result of a command that listened."""
    from audobon_cli.library.select import short_ids

    short = short_ids(session.workspace.library, [asset.id for asset, _ in heard])
    rows = [(asset.name, _words(said), Both(short[asset.id], asset.id)) for asset, said in heard]
    session.out.result(
        {"model": model, "sounds": [_data(asset, said) for asset, said in heard]},
        view=lambda: session.out.table(COLUMNS, rows, order=ORDER),
    )


def _words(said: "ListenerAnswer") -> str:
    if not said.labels:
        return said.text or "nothing"
    return ", ".join(f"{name} {chance:.0%}" for name, chance in said.labels[:SHOWN_LABELS])


def _data(asset: "Asset", said: "ListenerAnswer") -> dict[str, Any]:
    labels = [{"label": name, "chance": chance} for name, chance in said.labels]
    return {"id": asset.id, "name": asset.name, "labels": labels, "text": said.text}
