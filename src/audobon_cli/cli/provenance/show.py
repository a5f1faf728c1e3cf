"""``audobon provenance show``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.credentials.report import FileProvenance


@command("show", examples=["audobon provenance show dragon.png", "audobon provenance show art/*.png --json"])
def show(
    session: Session,
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Pictures or sounds.")],
) -> None:
    """Tell how files came about, by what they say.

    Content Credentials (C2PA) of anybody are verified where the extra `c2pa` is installed; nothing is fetched. Exits
    with 3 when one does not hold.
    """
    from audobon_cli.credentials.report import broken, provenance_of

    found = [provenance_of(path.expanduser()) for path in files]
    lines = [line for one in found for line in _lines(one)]
    session.out.result({"files": [_data(one) for one in found]}, lambda: session.out.lines(lines))
    error = broken(found)
    if error is not None:
        raise error


def _data(one: "FileProvenance") -> dict[str, Any]:
    held = one.credentials
    return {
        "path": str(one.path),
        "format": one.format,
        "source_type": one.source_type,
        "recipe": one.has_recipe,
        "credentials": {
            "state": held.state.value,
            "trusted": held.trusted,
            "signer": held.signer,
            "made_with": held.made_with,
            "title": held.title,
            "signed_at": held.signed_at,
            "source_types": list(held.source_types),
            "actions": list(held.actions),
            "ingredients": held.ingredients,
            "problems": list(held.problems),
        },
    }


_STATES = {
    "none": "none",
    "unchecked": "there are some, not verified: pip install 'audobon-cli[c2pa]'",
    "valid": "valid: the file is as it was signed",
    "invalid": "INVALID: the file was changed since, or the signature is wrong",
}


def _lines(one: "FileProvenance") -> list[str]:
    held = one.credentials
    lines = [
        str(one.path),
        f"  source type   {one.source_type.rpartition('/')[2] or 'not said'}",
        f"  recipe        {'Audobon: see `audobon recipe show`' if one.has_recipe else 'none'}",
        f"  credentials   {_STATES[held.state.value]}",
    ]
    if held.signer:
        vouched = "known to the verifier" if held.trusted else "nobody vouches for this name"
        lines.append(
            f"  signed by     {held.signer} ({vouched}){', ' + held.signed_at if held.signed_at else ''}"
        )
    if held.made_with.strip():
        lines.append(f"  made with     {held.made_with}")
    if held.source_types:
        lines.append(f"  it claims     {', '.join(each.rpartition('/')[2] for each in held.source_types)}")
    if held.problems:
        lines.append(f"  problems      {', '.join(held.problems)}")
    return lines
