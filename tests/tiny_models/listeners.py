"""Networks that listen, in small: each saved as its published kin are, with what prepares its sounds and words."""

import json
from pathlib import Path
from typing import Any

from tests.tiny_models.sounds import clap, roberta_tokenizer

RATE = 4000
CLASSES = ("bell", "dog", "door", "rain", "voice")
LABELS: dict[str, Any] = {
    "id2label": dict(enumerate(CLASSES)),
    "label2id": {name: place for place, name in enumerate(CLASSES)},
}


def build_ast(folder: Path) -> Path:
    """AST: a vision transformer over spectrograms, whose classes may be several at once."""
    import torch
    from transformers import ASTConfig, ASTFeatureExtractor, ASTForAudioClassification

    torch.manual_seed(0)
    config = ASTConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        patch_size=4,
        frequency_stride=4,
        time_stride=4,
        max_length=64,
        num_mel_bins=16,
        problem_type="multi_label_classification",
        **LABELS,
    )
    ASTForAudioClassification(config).save_pretrained(folder)
    ASTFeatureExtractor(sampling_rate=RATE, num_mel_bins=16, max_length=64).save_pretrained(folder)
    return folder


WAVE_SIZES: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "conv_dim": (8, 8),
    "conv_stride": (5, 2),
    "conv_kernel": (10, 3),
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
    "classifier_proj_size": 8,
    "vocab_size": 12,
}


def build_wave_classifier(folder: Path, kind: str = "Wav2Vec2") -> Path:
    """Wav2Vec2, HuBERT or WavLM with a head over classes."""
    import torch
    import transformers

    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**WAVE_SIZES, **LABELS)
    getattr(transformers, f"{kind}ForSequenceClassification")(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=RATE).save_pretrained(folder)
    return folder


def build_speller(folder: Path) -> Path:
    """Wav2Vec2 with a head over letters."""
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2CTCTokenizer, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC

    torch.manual_seed(0)
    folder.mkdir(parents=True)
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ABCDEFG"]
    (folder / "vocab.json").write_text(json.dumps({one: place for place, one in enumerate(letters)}))
    Wav2Vec2CTCTokenizer(str(folder / "vocab.json")).save_pretrained(folder)
    Wav2Vec2ForCTC(Wav2Vec2Config(**WAVE_SIZES)).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(sampling_rate=RATE).save_pretrained(folder)
    return folder


def build_clap(folder: Path) -> Path:
    """CLAP, which is part of AudioLDM 2 as well."""
    model, extractor = clap(RATE)
    model.save_pretrained(folder)
    extractor.save_pretrained(folder)
    roberta_tokenizer(folder).save_pretrained(folder)
    return folder


def build_clip(folder: Path) -> Path:
    """CLIP, which looks at pictures of 32 pixels a side."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

    from tests.tiny_models.text_encoders import TOKENS, clip_tokenizer

    torch.manual_seed(0)
    text = {
        "vocab_size": 300,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": TOKENS,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 1,
    }
    sight = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 32,
        "patch_size": 8,
    }
    config = CLIPConfig(text_config=text, vision_config=sight, projection_dim=8)
    CLIPModel(config).save_pretrained(folder)
    clip_tokenizer(folder).save_pretrained(folder)
    size = {"shortest_edge": 32}
    CLIPImageProcessorPil(size=size, crop_size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def build_siglip(folder: Path) -> Path:
    """SigLIP, whose texts are filled up to their whole length."""
    import torch
    from transformers import SiglipConfig, SiglipImageProcessorPil, SiglipModel

    from tests.tiny_models.text_encoders import TOKENS, clip_tokenizer

    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {**sizes, "vocab_size": 300, "max_position_embeddings": TOKENS, "projection_size": 16}
    text |= {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    sight = {**sizes, "image_size": 32, "patch_size": 8}
    SiglipModel(SiglipConfig(text_config=text, vision_config=sight)).save_pretrained(folder)
    clip_tokenizer(folder).save_pretrained(folder)
    SiglipImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def build_whisper(folder: Path) -> Path:
    """Whisper: a decoder of words."""
    import torch
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

    from tests.tiny_models.text_encoders import byte_tokenizer

    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=264,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        num_mel_bins=16,
        max_source_positions=50,
        max_target_positions=80,
        decoder_start_token_id=257,
        bos_token_id=257,
        eos_token_id=256,
        pad_token_id=256,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    WhisperForConditionalGeneration(config).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    # 100 frames of 10 ms: two for each place of the encoder.
    WhisperFeatureExtractor(
        feature_size=16, sampling_rate=RATE, hop_length=40, chunk_length=1, n_fft=100
    ).save_pretrained(folder)
    return folder


def build_qwen_audio(folder: Path) -> Path:
    """Qwen2-Audio: Whisper's encoder before a language model."""
    import torch
    from transformers import (
        Qwen2AudioConfig,
        Qwen2AudioForConditionalGeneration,
        Qwen2AudioProcessor,
        WhisperFeatureExtractor,
    )

    from tests.tiny_models.text_encoders import DECODER_SIZES, byte_tokenizer

    torch.manual_seed(0)
    tokenizer = byte_tokenizer()
    tokenizer.add_special_tokens(
        {"additional_special_tokens": ["<|audio_bos|>", "<|AUDIO|>", "<|audio_eos|>"]}
    )
    sounds = {
        "num_mel_bins": 16,
        "d_model": 16,
        "encoder_layers": 1,
        "encoder_attention_heads": 2,
        "encoder_ffn_dim": 16,
        "max_source_positions": 50,
    }
    words = {**DECODER_SIZES, "num_hidden_layers": 1, "vocab_size": len(tokenizer), "model_type": "qwen2"}
    config = Qwen2AudioConfig(
        audio_config=sounds,
        text_config=words,
        audio_token_index=tokenizer.convert_tokens_to_ids("<|AUDIO|>"),
    )
    Qwen2AudioForConditionalGeneration(config).save_pretrained(folder)
    extractor = WhisperFeatureExtractor(
        feature_size=16, sampling_rate=RATE, hop_length=40, chunk_length=1, n_fft=100
    )
    Qwen2AudioProcessor(extractor, tokenizer).save_pretrained(folder)
    return folder
