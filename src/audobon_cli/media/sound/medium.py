"""The medium sound: see media.types.Medium."""

from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.media import SOUND, MediaOutput
from audobon_cli.domain.recipe import Recipe
from audobon_cli.domain.sound import SoundInfo, SoundOutput
from audobon_cli.media.sound.containers import sound_format
from audobon_cli.media.types import NO_APPEARANCE, Appearance, FileFormat, InspectedFile

if TYPE_CHECKING:
    from audobon_cli.domain.model import Model
    from audobon_cli.domain.presets import Style
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.media.sound.samples import DecodedSound
    from audobon_cli.media.sound.wav import SoundSamples
    from audobon_cli.presets.catalog import Presets

DEFAULT_SECONDS = 2.0


class SoundMedium:
    """Implements media.types.Medium. A content is a SoundSamples."""

    name = SOUND
    info = SoundInfo
    suffix = ".wav"
    formats = (
        FileFormat("wav", "WAV", ".wav", (".wav", ".wave")),
        FileFormat("flac", "FLAC", ".flac", (".flac",)),
        FileFormat("ogg", "Ogg", ".ogg", (".ogg", ".oga", ".opus")),
        FileFormat("mp3", "MP3", ".mp3", (".mp3",)),
        FileFormat("aiff", "AIFF", ".aiff", (".aiff", ".aif", ".aifc")),
        FileFormat("jsfxr", "jsfxr", ".json", ()),
    )

    def recognises(self, data: bytes) -> bool:
        """See Medium."""
        return sound_format(data) is not None

    def inspect(self, data: bytes) -> InspectedFile:
        """See Medium and inspect_sound."""
        from audobon_cli.media.sound.inspect import inspect_sound

        return inspect_sound(data)

    def plan_output(
        self, request: "GenerationRequest", model: "Model", style: "Style", presets: "Presets"
    ) -> SoundOutput:
        """See Medium: as many samples a second as the quality says, or as the model makes.

        Raises PresetNotFound, and InvalidInput for a length that the model cannot make.
        """
        rule, length = model.sound_rule, request.sound.length
        if rule is None:
            settings = presets.quality(request.quality or "optimized").settings(model.family)
            return SoundOutput(settings.rate, length or DEFAULT_SECONDS)
        if request.sound.patch is not None:
            raise InvalidInput(
                f"The model {model.name} plays no patches: those are the synthesiser's.",
                hint="leave --model out, or make the sound from words",
            )
        return SoundOutput(rule.rate, rule.seconds(length, model.name))

    def finish(self, content: "SoundSamples", output: MediaOutput) -> "SoundSamples":
        """See Medium: models make what is kept."""
        return content

    def finishing_libraries(self, output: MediaOutput) -> dict[str, str]:
        """See Medium."""
        return {}

    def encode(self, content: "SoundSamples", recipe: Recipe) -> bytes:
        """See Medium: a WAV of 16 bits."""
        from audobon_cli.media.sound.wav import encode_wav

        return encode_wav(content, recipe, recipe.prompt)

    def read_recipe(self, source: Path | bytes) -> Recipe | None:
        """See Medium."""
        from audobon_cli.media.sound.wav import read_recipe

        return read_recipe(source)

    def decode(self, data: bytes, name: str) -> "DecodedSound":
        """See Medium and read_sound."""
        from audobon_cli.media.sound.samples import read_sound

        return read_sound(data, name)

    def preview(self, data: bytes) -> bytes | None:
        """See Medium: the waveform."""
        from audobon_cli.media.sound.preview import preview

        return preview(data)

    def fingerprint(self, data: bytes) -> Appearance:
        """See Medium: nothing of a sound looks like another."""
        return NO_APPEARANCE

    def convert(self, asset: Asset, data: bytes, form: str | None, optimize: bool) -> bytes:
        """See Medium and media.sound.convert."""
        if form in (None, asset.format):
            return data
        from audobon_cli.media.sound.convert import convert
        from audobon_cli.media.sound.formats import SoundFormat

        if form not in tuple(SoundFormat):
            raise InvalidInput(
                f"{asset.name} is a sound and cannot become {form}.",
                hint=f"leave --format out; `audobon sound export` has --format {', '.join(SoundFormat)}",
            )
        return convert(asset, data, SoundFormat(form))
