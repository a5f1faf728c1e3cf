"""Models that are one network of transformers: a folder with config.json, weights and what reads words or sounds."""

from collections.abc import Mapping
from typing import Any

CONFIG_FILE = "config.json"
WHOLE = "."
"""The name of the only component: its files lie in the model's folder itself."""

MUSICGEN = "MusicgenForConditionalGeneration"

SINGLE_NETWORKS = (
    MUSICGEN,
    "ASTForAudioClassification",
    "HubertForSequenceClassification",
    "Wav2Vec2ForSequenceClassification",
    "WavLMForSequenceClassification",
    "ClapModel",
    "CLIPModel",
    "SiglipModel",
    "Wav2Vec2ForCTC",
    "WhisperForConditionalGeneration",
    "Qwen2AudioForConditionalGeneration",
    "BlipForConditionalGeneration",
    "GitForCausalLM",
    "VisionEncoderDecoderModel",
)
"""Classes of transformers that are run here without a pipeline around them; each belongs to a family of presets."""


def single_network(config: Mapping[str, Any]) -> str:
    """The class of SINGLE_NETWORKS that a config.json names as what its weights are of; "" for none."""
    named = config.get("architectures")
    first = named[0] if isinstance(named, list) and named else ""
    return first if first in SINGLE_NETWORKS else ""
