"""``audobon sound export``."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from audobon_cli.cli.exporting import run_export, show_export
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.media.sound.formats import SampleType, SoundFormat


class GameEngine(StrEnum):
    """See sounds.exporting.profiles; web is one file with a map of the sounds in it."""

    GODOT = "godot"
    GODOT3 = "godot3"
    UNITY = "unity"
    UNREAL = "unreal"
    WEB = "web"


class ListKind(StrEnum):
    """See sounds.exporting.records."""

    JSON = "json"
    CSV = "csv"


class WrittenAs(StrEnum):
    """The formats of media.sound.formats, and what jsfxr plays a sound from."""

    WAV = "wav"
    FLAC = "flac"
    OGG = "ogg"
    MP3 = "mp3"
    JSFXR = "jsfxr"


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """How files are written."""

    form: Annotated[
        WrittenAs | None,
        typer.Option("--format", help="Format of the files; wav, if left out. jsfxr: JSON of plain voices."),
    ] = None
    samples: Annotated[
        SampleType, typer.Option("--samples", help="Of WAV files: 16 or 24 bits, or float.")
    ] = SampleType.PCM16
    loops: Annotated[
        bool, typer.Option("--loops", help="Write loop points into WAV files, those of others too.")
    ] = False


@dataclass(frozen=True, slots=True)
class GameOptions:
    """What lies beside the sounds."""

    PANEL: ClassVar[str] = "Engines"

    profile: Annotated[
        GameEngine | None,
        typer.Option("--profile", help="Write what this engine needs beside them, and a list."),
    ] = None
    list_format: Annotated[
        ListKind | None,
        typer.Option("--list", help="List names, groups, loops and credits in list.json or list.csv."),
    ] = None


@command(
    "export",
    examples=[
        "audobon sound export k3f9x2 --out game/sounds/",
        "audobon sound export --search kind:sound --format ogg --out web/",
        "audobon sound export tag:final --profile godot --out game/sounds/",
        "audobon sound export --search kind:sound --profile web --out web/",
        "audobon sound export explosion --samples 24 --out film/",
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
    engines: GameOptions,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")
    ] = False,
) -> None:
    """Export sounds as WAV, FLAC, OGG or MP3.

    The same sounds and options give the same bytes. WAV and FLAC keep every sample; OGG and MP3 do not. With --profile
    web all become one file, with a map that howler.js takes.
    """
    chosen = (out.expanduser(), tuple(assets or ()), search, name, overwrite, dry_run)
    if writing.form is WrittenAs.JSFXR:
        _export_jsfxr(session, chosen, engines)
        return
    from audobon_cli.cli.listening import listening
    from audobon_cli.sounds.exporting.export import SoundExport, export_sounds
    from audobon_cli.sounds.exporting.records import ListFormat
    from audobon_cli.sounds.exporting.request import SoundExportRequest

    request = SoundExportRequest(
        *chosen,
        samples=writing.samples,
        loops=writing.loops,
    )
    listed = ListFormat(engines.list_format.value) if engines.list_format else None
    profile = engines.profile.value if engines.profile else ""
    form = SoundFormat(writing.form.value) if writing.form else None
    with listening(session.out) as listen:
        report = export_sounds(session.workspace.library, SoundExport(request, profile, listed, form), listen)
    show_export(session, report.sounds, dry_run, report.beside)


def _export_jsfxr(
    session: Session,
    chosen: tuple[Path, tuple[str, ...], str | None, str, bool, bool],
    engines: GameOptions,
) -> None:
    from audobon_cli.domain.errors import InvalidInput
    from audobon_cli.generation.sfxr_exchange import JSFXR, SfxrExportRequest

    if engines.profile or engines.list_format:
        raise InvalidInput(
            "--format jsfxr goes with no --profile and no --list.",
            hint="leave them out: jsfxr plays one file",
        )
    run_export(session, SfxrExportRequest(*chosen, format=JSFXR))
