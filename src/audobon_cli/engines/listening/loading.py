"""From a model's folder to a listening network in memory: local files and stock classes alone."""

from collections.abc import Callable, Mapping
from typing import Any

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.domain.model import Model
from audobon_cli.engines.diffusers.loading.assembly import LOADING_ERRORS, load_single_network
from audobon_cli.engines.diffusers.memory.device import choose_placement
from audobon_cli.engines.listening.answer import PICTURED, SoundListener
from audobon_cli.engines.listening.networks import (
    Captioner,
    Classifier,
    LabelChooser,
    PictureCaptioner,
    PictureChooser,
    Transcriber,
)
from audobon_cli.models.files.folder import inspect_model, model_digest

KINDS: Mapping[str, tuple[Callable[..., SoundListener], str]] = {
    "ASTForAudioClassification": (Classifier, ""),
    "HubertForSequenceClassification": (Classifier, ""),
    "Wav2Vec2ForSequenceClassification": (Classifier, ""),
    "WavLMForSequenceClassification": (Classifier, ""),
    "ClapModel": (LabelChooser, "AutoTokenizer"),
    "CLIPModel": (PictureChooser, "AutoTokenizer"),
    "SiglipModel": (PictureChooser, "AutoTokenizer"),
    "Wav2Vec2ForCTC": (Transcriber, "AutoTokenizer"),
    "WhisperForConditionalGeneration": (Transcriber, "AutoTokenizer"),
    "Qwen2AudioForConditionalGeneration": (Captioner, "AutoProcessor"),
    "BlipForConditionalGeneration": (PictureCaptioner, "AutoTokenizer"),
    "GitForCausalLM": (PictureCaptioner, "AutoTokenizer"),
    "VisionEncoderDecoderModel": (PictureCaptioner, "AutoTokenizer"),
}
"""By the network's class: what asks it, and the class of transformers that reads its words."""


def load_listener(model: Model, device: str | None = None) -> SoundListener:
    """The network of ``model`` on ``device`` (None: the best here). Takes seconds.

    Raises InvalidInput for a device that is not here, ModelDamaged or ModelAltered, ModelUnsupported, OutOfMemory.
    """
    model_digest(model.folder, None, dict(model.digests))
    placement = choose_placement(device).for_model(model.float16)
    network = load_single_network(inspect_model(model.folder), placement)
    kind, words = KINDS[model.pipeline]
    try:
        extractor = _read(
            "AutoImageProcessor" if model.pipeline in PICTURED else "AutoFeatureExtractor", model
        )
        return kind(network, extractor, _read(words, model) if words else None, placement.device)
    except LOADING_ERRORS as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelDamaged(
            f"What prepares sounds for {model.name} cannot be loaded: {reason}",
            hint="copy or download the model again; `audobon models list` shows the others",
            path=str(model.folder),
            reason=f"{type(error).__name__}: {error}",
        ) from error


def _read(name: str, model: Model) -> Any:
    import transformers

    return getattr(transformers, name).from_pretrained(
        str(model.folder), local_files_only=True, trust_remote_code=False
    )
