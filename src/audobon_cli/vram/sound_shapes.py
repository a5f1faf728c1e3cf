"""How many latents a sound takes: what stands for the sides of a picture in forecasts."""

import math

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.units import Size
from audobon_cli.models.files.component_configs import FolderConfig
from audobon_cli.models.files.single_network import MUSICGEN


@dataclass(frozen=True, slots=True)
class SoundLength:
    """A sound that is planned: its ``seconds``, and its model's ``shape``."""

    seconds: float
    shape: "SoundShape"


@dataclass(frozen=True, slots=True)
class SoundShape:
    """``per_row`` are the seconds that one row holds; ``columns`` of each; rows come in multiples of ``step``, and are
    always ``fixed`` where that is not 0."""

    per_row: float
    columns: int = 1
    step: int = 1
    fixed: int = 0

    def size(self, seconds: float) -> Size:
        """What a sound of ``seconds`` takes: rows are the height."""
        rows = self.fixed or max(1, math.ceil(round(seconds / self.per_row, 6)))
        return Size(self.columns, math.ceil(rows / self.step) * self.step)


def sound_shape(config: FolderConfig) -> SoundShape | None:
    """The shape of a folder's sounds; None for models of pictures."""
    decoder = config.decoder.config
    if config.pipeline == "StableAudioPipeline":
        ratio = math.prod(decoder["downsampling_ratios"])
        rows = int(config.denoiser.config["sample_size"])
        return SoundShape(ratio / decoder["sampling_rate"], fixed=rows)
    if config.pipeline == "StableAudio3Pipeline":
        ratio = int(decoder["patch_size"]) * math.prod(decoder["encoder_strides"])
        return SoundShape(ratio / decoder["sampling_rate"])
    if config.pipeline == "LongCatAudioDiTPipeline":
        return SoundShape(int(decoder["downsampling_ratio"]) / int(decoder["sample_rate"]))
    if config.pipeline == MUSICGEN:
        return SoundShape(math.prod(decoder["upsampling_ratios"]) / decoder["sampling_rate"])
    if config.vocoder is not None:
        vocoder = config.vocoder.config
        rows = 2 ** (len(decoder["block_out_channels"]) - 1)
        per_row = math.prod(vocoder["upsample_rates"]) / vocoder["sampling_rate"]
        return SoundShape(per_row, int(vocoder["model_in_dim"]), rows)
    return None
