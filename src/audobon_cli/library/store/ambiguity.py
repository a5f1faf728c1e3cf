"""What is said where a name means several assets: one wording, with the candidates."""

from collections.abc import Sequence

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetAmbiguous
from audobon_cli.domain.units import format_time

MAX_CANDIDATES = 10
"""So many are looked for and told to scripts."""
NAMED_CANDIDATES = 5
"""So many are listed for people, the newest first."""
LATEST = "@latest"
"""Behind a name: the newest asset of that name."""
SHOWN_ID = 10


def ambiguous(reference: str, assets: Sequence[Asset], where: str = "") -> AssetAmbiguous:
    """The error for ``reference``, which means all of ``assets`` (up to MAX_CANDIDATES + 1 of them)."""
    many = f"more than {MAX_CANDIDATES}" if len(assets) > MAX_CANDIDATES else str(len(assets))
    newest = sorted(assets[:MAX_CANDIDATES], key=lambda asset: asset.created, reverse=True)
    names = {asset.name for asset in newest}
    or_latest = f", or take the newest: {reference}{LATEST}" if names == {reference} and not where else ""
    lines = [f"name one by its id{or_latest}", *map(_line, newest[:NAMED_CANDIDATES])]
    if len(newest) > NAMED_CANDIDATES:
        lines.append(f"  and {len(newest) - NAMED_CANDIDATES} more: `audobon assets list {reference}`")
    if not where:
        lines.append("`audobon assets rename` gives one a name of its own")
    return AssetAmbiguous(
        f"{reference!r} matches {many} assets{where}.",
        hint="\n".join(lines),
        reference=reference,
        candidates=[
            {"id": asset.id, "name": asset.name, "created": asset.created.isoformat()} for asset in newest
        ],
    )


def _line(asset: Asset) -> str:
    seed = "" if asset.seed is None else f"  seed {asset.seed}"
    return f"  {asset.id[:SHOWN_ID]}  {asset.name}{seed}  {format_time(asset.created)}"
