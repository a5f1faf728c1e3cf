"""``audobon presets list``."""

from typing import Any

from audobon_cli.cli.options import command
from audobon_cli.cli.presets.views import all_presets
from audobon_cli.cli.session import Session


@command("list", examples=["audobon presets list"])
def list_(session: Session) -> None:
    """List qualities, styles, sizes, schedulers and sounds."""
    rows = all_presets(session)

    cells = [(row["kind"], row["name"], row["description"], _models(row), row["source"]) for row in rows]
    session.out.result(
        {"presets": rows},
        view=lambda: session.out.table(("kind", "name", "what it is for", "models", "from"), cells),
    )


def _models(row: dict[str, Any]) -> str:
    """Which model families a style is for; other presets are for all."""
    if row["kind"] == "sound":
        return "synth"
    return ", ".join(row["families"]) if row["kind"] == "style" and row["families"] else "all"
