"""Writing sounds, what engines need beside them, and the list of it all."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.domain.errors import InvalidInput, OutputExists
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.library.export import ExportReport, export_assets, note_export, planned_files
from audobon_cli.library.store.library import Library
from audobon_cli.media.sound.formats import SoundFormat
from audobon_cli.sounds.exporting.profiles import PROFILES, ExportProfile
from audobon_cli.sounds.exporting.records import ListFormat, SoundRecord, list_bytes, record_of
from audobon_cli.sounds.exporting.request import SoundExportRequest
from audobon_cli.storage.durable_files import output_errors, write_output

WEB_FORMATS = (SoundFormat.OGG, SoundFormat.MP3)
"""Browsers take the first that they can play: all have MP3, and OGG is smaller."""


@dataclass(frozen=True, slots=True)
class SoundExport:
    """``request`` is what and where to; ``profile`` a name of PROFILES, "" for none; ``list_format`` None: the
    profile's, and no list without one."""

    request: SoundExportRequest
    profile: str = ""
    list_format: ListFormat | None = None
    form: SoundFormat | None = None
    """The format of the files; the profile's if None."""


@dataclass(frozen=True, slots=True)
class SoundExportReport:
    """The sounds (none of their own in a sprite sheet), and the files beside them."""

    sounds: ExportReport
    beside: tuple[Path, ...] = ()


def export_sounds(library: Library, export: SoundExport, listen: Listener = ignore) -> SoundExportReport:
    """Write what ``export`` asks for; all that can be known is checked before the first file is written.

    Files that are there with the very same bytes are left alone. Raises InvalidInput for what is no sound, and what
    export_assets raises.
    """
    profile = PROFILES.get(export.profile, ExportProfile())
    request = replace(
        export.request,
        format=(export.form or SoundFormat.WAV).value,
        whole_loops=profile.loops,
    )
    if not (export.profile or export.list_format):
        return SoundExportReport(export_assets(library, request, listen))
    planned = planned_files(library, request)
    other = next((asset for asset, _ in planned if not isinstance(asset.media, SoundInfo)), None)
    if other is not None or not planned:
        raise InvalidInput(
            f"{other.name} ({other.id}) is no sound." if other else "No sound is meant.",
            hint="`audobon assets search kind:sound` lists sounds",
        )
    records = [record_of(library, asset, path.name, request.loops) for asset, path in planned]
    if profile.sprite:
        written = _sprite(library, export, request, records)
        if not request.dry_run:
            note_export(library, request, (asset for asset, _ in planned))
        return written
    beside: dict[str, bytes] = {}
    for record in records:
        beside.update(profile.beside(record))
    beside.update(_list(export, profile, records))
    paths = _refused_or_new(request, beside)
    report = export_assets(library, request, listen)
    _write(request, beside)
    return SoundExportReport(report, paths)


def _sprite(
    library: Library, export: SoundExport, request: SoundExportRequest, records: Sequence[SoundRecord]
) -> SoundExportReport:
    from audobon_cli.sounds.exporting.sprite import sprite_files

    named = [replace(record, file=Path(record.file).stem) for record in records]
    files = sprite_files(library, named, (export.form,) if export.form else WEB_FORMATS)
    files.update(_list(export, PROFILES[export.profile], named))
    paths = _refused_or_new(request, files)
    if not request.dry_run:
        with output_errors(request.folder):
            request.folder.mkdir(parents=True, exist_ok=True)
    _write(request, files)
    return SoundExportReport(ExportReport(()), paths)


def _list(export: SoundExport, profile: ExportProfile, records: Sequence[SoundRecord]) -> dict[str, bytes]:
    form = export.list_format or profile.list_format
    return {f"list.{form.value}": list_bytes(records, form)}


def _refused_or_new(request: SoundExportRequest, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """The paths of ``files``. Raises OutputExists for those that are there with other bytes."""
    paths = tuple(request.folder / name for name in files)
    existing = [
        str(path)
        for path, data in zip(paths, files.values(), strict=True)
        if os.path.lexists(path) and not _holds(path, data)
    ]
    if existing and not request.overwrite:
        raise OutputExists(
            f"{existing[0]} exists already.",
            hint="export to another folder, or --overwrite to replace it; nothing was written",
            paths=existing,
        )
    return paths


def _write(request: SoundExportRequest, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = request.folder / name
        if not request.dry_run and not _holds(path, data):
            write_output(path, data, request.overwrite)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False
