"""Copying sounds out of the library into files of a format that is asked for."""

from dataclasses import dataclass

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.library.export import ExportRequest
from audobon_cli.library.store.library import Library
from audobon_cli.media.sound.formats import SampleType, SoundFormat


@dataclass(frozen=True, slots=True)
class SoundExportRequest(ExportRequest):
    """As ExportRequest, of sounds alone. ``samples`` is for WAV: a WAV of the library that has them stays as it is."""

    samples: SampleType = SampleType.PCM16

    def keeps(self, asset: Asset) -> bool:
        """See ExportRequest: the library's own WAVs have 16 bits."""
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
        from audobon_cli.media.sound.convert import convert

        return convert(asset, data, SoundFormat(self.format or SoundFormat.WAV), self.samples)
