"""Which sounds a model makes, read from its configurations: samples a second, channels, and how long."""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from audobon_cli.domain.sound import SoundRule
from audobon_cli.models.files.model_index import damaged
from audobon_cli.models.files.single_network import MUSICGEN, WHOLE

if TYPE_CHECKING:
    from audobon_cli.models.files.component_configs import FolderConfig
    from audobon_cli.models.files.folder import ModelFiles

Configs = Mapping[str, Mapping[str, Any]]

SHORTEST = 0.02
"""Seconds: what is shorter is a click."""

LONGCAT_SECONDS = 30.0
"""The most that LongCat's pipeline makes: it cuts longer ones without a word."""


def sound_rule(described: "ModelFiles | FolderConfig", usual: float, longest: float) -> SoundRule:
    """The rule of a model by its configurations; ``usual`` and ``longest`` are its family's, in seconds.

    Raises ModelDamaged for configurations that do not tell.
    """
    read = _READERS.get(described.pipeline)
    assert read is not None, f"no rule for {described.pipeline}"
    try:
        rule = read(described.configs)
        if not (1_000 <= rule.rate <= 768_000 and 1 <= rule.channels <= 16 and rule.longest > 0):
            raise ValueError(f"{rule.channels} channels at {rule.rate} Hz for {rule.longest} s")
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise damaged(described.folder, "config.json", f"does not tell its sounds: {error}") from error
    most = min(rule.longest, longest)
    return SoundRule(rule.rate, rule.channels, min(usual, most), most, rule.shortest, rule.step)


def _stable_audio(configs: Configs) -> SoundRule:
    vae = configs["vae"]
    rate, ratio = int(vae["sampling_rate"]), math.prod(vae["downsampling_ratios"])
    # The transformer always makes all of its latents; the duration that it is told has an end, too.
    seconds = int(configs["transformer"]["sample_size"]) * ratio / rate
    longest = min(seconds, float(configs["projection_model"]["max_value"]))
    return SoundRule(rate, int(vae["audio_channels"]), longest, longest)


def _stable_audio3(configs: Configs) -> SoundRule:
    vae = configs["vae"]
    longest = float(configs["duration_embedder"]["max_val"])
    return SoundRule(int(vae["sampling_rate"]), int(vae["audio_channels"]), longest, longest)


def _audioldm(configs: Configs) -> SoundRule:
    vocoder = configs["vocoder"]
    rate = int(vocoder["sampling_rate"])
    scale = 2 ** (len(configs["vae"]["block_out_channels"]) - 1)
    # A latent is so many rows of the spectrogram, and the pipeline refuses less than one.
    shortest = math.prod(vocoder["upsample_rates"]) * scale / rate
    return SoundRule(rate, 1, math.inf, math.inf, max(shortest, SHORTEST))


def _longcat(configs: Configs) -> SoundRule:
    vae = configs["vae"]
    rate = int(vae["sample_rate"])
    return SoundRule(rate, 1, LONGCAT_SECONDS, LONGCAT_SECONDS, step=int(vae["downsampling_ratio"]) / rate)


def _musicgen(configs: Configs) -> SoundRule:
    config = configs[WHOLE]
    sounds, decoder = config["audio_encoder"], config["decoder"]
    rate, channels = int(sounds["sampling_rate"]), int(decoder.get("audio_channels", 1))
    step = math.prod(sounds["upsampling_ratios"]) / rate
    # As many steps as it has places, less those by which its books of codes lag behind each other.
    places = int(decoder["max_position_embeddings"]) - int(decoder["num_codebooks"])
    return SoundRule(rate, channels, places * step, places * step, step=step)


_READERS: Mapping[str, Callable[[Configs], SoundRule]] = {
    "StableAudioPipeline": _stable_audio,
    "StableAudio3Pipeline": _stable_audio3,
    "AudioLDMPipeline": _audioldm,
    "AudioLDM2Pipeline": _audioldm,
    "LongCatAudioDiTPipeline": _longcat,
    MUSICGEN: _musicgen,
}
"""By the class that the model's index names."""
