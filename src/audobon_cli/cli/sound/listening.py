"""What pulled networks hear, for people and for scripts."""

from typing import TYPE_CHECKING, Any

from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audobon_cli.cli.session import Session
    from audobon_cli.domain.asset import Asset
    from audobon_cli.engines.listening.heard import Heard

SHOWN_LABELS = 3
COLUMNS = (Column("name", Kind.NAME), Column("heard", Kind.NAME))


def listened(
    session: "Session", assets: "Sequence[Asset]", model: str | None, labels: str | None
) -> "list[tuple[Asset, Heard]]":
    """What ``model`` hears in ``assets``, with progress and Ctrl-C heeded. Raises InvalidInput, as listen does."""
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.engines.listening.listen import listen
    from audobon_cli.models.catalog import find_model

    if model is None:
        raise InvalidInput(
            "--labels needs a model that chooses among them.",
            hint="name one: --model clap, after `audobon models pull clap`",
        )
    workspace = session.workspace
    found = find_model(model, workspace.models)
    with Interruption(session.out) as interruption, listening(session.out, interruption) as listener:
        return listen(
            found, workspace.library, assets, (labels or "").split(","), listener, interruption.should_stop
        )


def show_heard(session: "Session", model: str, heard: "list[tuple[Asset, Heard]]") -> None:
    """The result of a command that listened."""
    rows = [(asset.name, _words(said)) for asset, said in heard]
    session.out.result(
        {"model": model, "sounds": [_data(asset, said) for asset, said in heard]},
        view=lambda: session.out.table(COLUMNS, rows),
    )


def _words(said: "Heard") -> str:
    if not said.labels:
        return said.text or "nothing"
    return ", ".join(f"{name} {chance:.0%}" for name, chance in said.labels[:SHOWN_LABELS])


def _data(asset: "Asset", said: "Heard") -> dict[str, Any]:
    labels = [{"label": name, "chance": chance} for name, chance in said.labels]
    return {"id": asset.id, "name": asset.name, "labels": labels, "text": said.text}
