"""``audobon sound export``."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.exporting import run_export
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.media.sound.formats import SampleType

if TYPE_CHECKING:
    from audobon_cli.library.export import ExportRequest


class ExportFormat(StrEnum):
    """Those of sounds, and what jsfxr plays them from."""

    WAV = "wav"
    FLAC = "flac"
    OGG = "ogg"
    MP3 = "mp3"
    JSFXR = "jsfxr"


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """How files are written."""

    form: Annotated[
        ExportFormat, typer.Option("--format", help="Format of the files; jsfxr: its JSON, of plain voices.")
    ] = ExportFormat.WAV
    samples: Annotated[
        SampleType, typer.Option("--samples", help="Of WAV files: 16 or 24 bits, or float.")
    ] = SampleType.PCM16


@command(
    "export",
    examples=[
        "audobon sound export k3f9x2 --out game/sounds/",
        "audobon sound export --search kind:sound --format ogg --out web/",
        "audobon sound export explosion --samples 24 --out film/",
        "audobon sound export blip --format jsfxr --out web/",
    ],
)
def export(
    session: Session,
    assets: Annotated[list[str] | None, typer.Argument(help="Ids, names, or searches of sounds.")] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Folder to write the files to.")
    ] = Path("."),
    search: Annotated[
        str | None, typer.Option("--search", metavar="QUERY", help="Export the sounds that this finds, too.")
    ] = None,
    name: Annotated[
        str, typer.Option("--name", help="File name from {name} {id} {prompt} {seed} {kind} {category}.")
    ] = "{name}",
    *,
    writing: SampleOptions,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")
    ] = False,
) -> None:
    """Export sounds as WAV, FLAC, OGG or MP3.

    The same sound and options give the same bytes. WAV and FLAC keep every sample; OGG and MP3 do not.
    """
    plain: dict[str, Any] = {
        "folder": out.expanduser(),
        "references": tuple(assets or ()),
        "query": search,
        "template": name,
        "overwrite": overwrite,
        "dry_run": dry_run,
        "format": writing.form.value,
    }
    run_export(session, _request(plain, writing))


def _request(plain: dict[str, Any], writing: SampleOptions) -> "ExportRequest":
    if writing.form is ExportFormat.JSFXR:
        from audobon_cli.generation.sfxr_exchange import SfxrExportRequest

        return SfxrExportRequest(**plain)
    from audobon_cli.library.export_sounds import SoundExportRequest

    return SoundExportRequest(**plain, samples=writing.samples)
