"""What each engine is given beside the sounds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from audobon_cli.media.sound.formats import SoundFormat
from audobon_cli.sounds.exporting.records import ListFormat, SoundRecord


@dataclass(frozen=True, slots=True)
class ExportProfile:
    """``loops``: WAV files say where they go round. ``list_format`` of the list; ``beside`` gives the files that lie
    beside one, by name; ``sprite``: all sounds become one file with a map."""

    loops: bool = False
    list_format: ListFormat = ListFormat.JSON
    beside: Callable[[SoundRecord], Mapping[str, bytes]] = lambda _: {}
    sprite: bool = False


_GODOT = {
    SoundFormat.OGG: ("oggvorbisstr", "AudioStreamOggVorbis"),
    SoundFormat.MP3: ("mp3", "AudioStreamMP3"),
}
_GODOT3 = {
    SoundFormat.OGG: ("ogg_vorbis", "AudioStreamOGGVorbis"),
    SoundFormat.MP3: ("mp3", "AudioStreamMP3"),
}


def _import_file(
    importers: Mapping[SoundFormat, tuple[str, str]],
) -> Callable[[SoundRecord], Mapping[str, bytes]]:
    def beside(record: SoundRecord) -> Mapping[str, bytes]:
        """Godot's settings of an import: it loops all OGG files that come without (3), or none (4). WAV files say
        themselves whether they loop."""
        form = record.file.rpartition(".")[2]
        if form not in importers:
            return {}
        importer, kind = importers[SoundFormat(form)]
        loop = record.loop
        offset = 0.0 if loop is None else round(loop.start / record.sound.rate, 6)
        text = (
            f'[remap]\n\nimporter="{importer}"\ntype="{kind}"\n\n'
            f"[params]\n\nloop={'false' if loop is None else 'true'}\nloop_offset={offset:g}\n"
        )
        return {f"{record.file}.import": text.encode()}

    return beside


PROFILES = MappingProxyType(
    {
        "godot": ExportProfile(loops=True, beside=_import_file(_GODOT)),
        "godot3": ExportProfile(loops=True, beside=_import_file(_GODOT3)),
        "unity": ExportProfile(),
        "unreal": ExportProfile(loops=True, list_format=ListFormat.CSV),
        "web": ExportProfile(sprite=True),
    }
)
