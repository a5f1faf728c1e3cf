"""What is asked for of an export of sounds."""

from dataclasses import dataclass

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.library.export import ExportRequest
from audobon_cli.library.store.library import Library
from audobon_cli.media.sound.formats import SampleType, SoundFormat
from audobon_cli.media.untrusted.decoding import convert_sound
from audobon_cli.sounds.exporting.loops import loop_of


@dataclass(frozen=True, slots=True)
class SoundExportRequest(ExportRequest):
    """As ExportRequest, of sounds alone. ``samples`` is for WAV: a WAV of the library that has them stays as it is.

    A WAV says where it loops if `sound loop` wrote that into the sound; with ``whole_loops`` also what it made to go
    round as a whole, with ``loops`` that, too, and what a file brought along.
    """

    samples: SampleType = SampleType.PCM16
    loops: bool = False
    whole_loops: bool = False

    def keeps(self, asset: Asset) -> bool:
        """See ExportRequest: the library's own WAVs of 16 bits, and files of other formats."""
        own = asset.recipe is not None and self.samples is SampleType.PCM16
        return self.format == asset.format and (own or self.format != SoundFormat.WAV)

    def content(self, library: Library, asset: Asset, listen: Listener = ignore) -> bytes:
        """See ExportRequest. Raises InvalidInput for what is no sound."""
        if not isinstance(asset.media, SoundInfo):
            raise InvalidInput(
                f"{asset.name} ({asset.id}) is no sound.", hint="`audobon assets export` writes every kind"
            )
        data = library.blobs.read(asset.blob)
        if self.keeps(asset):
            return data
        form = SoundFormat(self.format or SoundFormat.WAV)
        loop = loop_of(library, asset, data, self.loops)
        written = loop is not None and (loop.written or self.loops or self.whole_loops)
        return convert_sound(asset, data, form, self.samples, (loop.plain(),) if loop and written else ())
