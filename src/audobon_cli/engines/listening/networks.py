"""The kinds of listening networks, and of those that look. Implement answer.SoundListener."""

from typing import Any

import torch

from audobon_cli.engines.listening.answer import ListenerAnswer

MOST_LABELS = 10
MOST_WORDS = 64
"""Tokens of a transcript or a caption."""
QUESTION = "<|audio_bos|><|AUDIO|><|audio_eos|>Describe the sound in one short sentence."
"""What a language model is asked: its authors' marks around the sound, and words of ours."""
PICTURE_SENTENCE = "a photo of a {}"
"""As CLIP's authors ask it (Radford et al., 2021, 3.1.4)."""
LABEL_SENTENCE = "This is a sound of {}."
"""As CLAP was trained, and as its zero-shot pipeline asks."""


class _Network:
    """A network with what prepares its sounds, and its words if it has any."""

    def __init__(self, network: Any, extractor: Any, words: Any, device: str) -> None:
        self.rate = int(getattr(extractor, "sampling_rate", 0))
        self._network = network.to(device).eval()
        self._extractor, self._words, self._device = extractor, words, device

    def _prepared(self, samples: Any, **more: Any) -> dict[str, Any]:
        found = self._extractor(samples, sampling_rate=self.rate, return_tensors="pt", **more)
        return self._placed(found)

    def _placed(self, inputs: Any) -> dict[str, Any]:
        dtype = self._network.dtype
        return {
            name: value.to(self._device, dtype if value.is_floating_point() else value.dtype)
            for name, value in inputs.items()
            if isinstance(value, torch.Tensor)
        }


class Classifier(_Network):
    """Tags by a head over classes: AST, Wav2Vec2, HuBERT, WavLM."""

    def hear(self, content: Any, labels: tuple[str, ...]) -> ListenerAnswer:
        """See SoundListener. Classes that exclude each other share the chances; others have one each."""
        with torch.inference_mode():
            logits = self._network(**self._prepared(content)).logits[0].float()
        several = self._network.config.problem_type == "multi_label_classification"
        chances = torch.sigmoid(logits) if several else torch.softmax(logits, dim=-1)
        names = self._network.config.id2label
        return ListenerAnswer(_ranked([(str(names[place]), float(one)) for place, one in enumerate(chances)]))


class LabelChooser(_Network):
    """CLAP: how near a sound is to the words of labels that are given."""

    def hear(self, content: Any, labels: tuple[str, ...]) -> ListenerAnswer:
        """See SoundListener."""
        sentences = [LABEL_SENTENCE.format(label) for label in labels]
        words = self._placed(self._words(sentences, padding=True, truncation=True, return_tensors="pt"))
        # Of a fused model four views of a long sound are taken; else one place of it, the first.
        sounds = self._prepared(content)
        with torch.inference_mode():
            logits = self._network(**words, **sounds).logits_per_audio[0].float()
        chances = torch.softmax(logits, dim=-1)
        return ListenerAnswer(
            _ranked([(label, float(one)) for label, one in zip(labels, chances, strict=True)])
        )

    def similarity(self, content: Any, words: str) -> float:
        """The cosine between a sound, as hear takes it, and ``words``. Of a longer one than CLAP was trained on its
        beginning counts, where the extractor would take a place at random."""
        longest = getattr(self._extractor, "nb_max_samples", len(content))
        sounds = self._prepared(content[:longest])
        read = self._placed(self._words([words], padding=True, truncation=True, return_tensors="pt"))
        with torch.inference_mode():
            found = self._network(**read, **sounds)
        return float(torch.nn.functional.cosine_similarity(found.audio_embeds, found.text_embeds)[0])


class PictureChooser(_Network):
    """CLIP and SigLIP: how near a picture is to the words of labels that are given."""

    def hear(self, content: Any, labels: tuple[str, ...]) -> ListenerAnswer:
        """See SoundListener."""
        logits = self.embedded(content, labels).logits_per_image[0].float()
        chances = torch.softmax(logits, dim=-1)
        return ListenerAnswer(
            _ranked([(label, float(one)) for label, one in zip(labels, chances, strict=True)])
        )

    def embedded(self, content: Any, labels: tuple[str, ...]) -> Any:
        """What the network says of a Pillow picture, RGB, and ``labels``: ``logits_per_image`` (1, labels),
        ``image_embeds`` (1, width) and ``text_embeds`` (labels, width), of length 1."""
        sentences = [PICTURE_SENTENCE.format(label) for label in labels]
        # SigLIP was taught with texts that are filled up to its whole length, and without a mask.
        whole = self._network.config.model_type == "siglip"
        most = self._network.config.text_config.max_position_embeddings
        padding = {"padding": "max_length", "max_length": most} if whole else {"padding": True}
        words = self._placed(self._words(sentences, truncation=True, return_tensors="pt", **padding))
        picture = self._placed(self._extractor(content, return_tensors="pt"))
        with torch.inference_mode():
            return self._network(**words, **picture)


class Transcriber(_Network):
    """What is spoken: Wav2Vec2 with letters, or Whisper."""

    def hear(self, content: Any, labels: tuple[str, ...]) -> ListenerAnswer:
        """See SoundListener."""
        inputs = self._prepared(content)
        with torch.inference_mode():
            if hasattr(self._network, "generate") and "input_features" in inputs:
                tokens = self._network.generate(**inputs, max_new_tokens=MOST_WORDS, do_sample=False)
            else:
                tokens = self._network(**inputs).logits.argmax(dim=-1)
        return ListenerAnswer(text=_plain(self._words.batch_decode(tokens, skip_special_tokens=True)[0]))


class Captioner(_Network):
    """A sentence by a language model that hears: Qwen2-Audio and its kin."""

    def hear(self, content: Any, labels: tuple[str, ...]) -> ListenerAnswer:
        """See SoundListener."""
        inputs = self._placed(
            self._words(text=QUESTION, audio=content, sampling_rate=self.rate, return_tensors="pt")
        )
        with torch.inference_mode():
            tokens = self._network.generate(**inputs, max_new_tokens=MOST_WORDS, do_sample=False)
        said = tokens[:, inputs["input_ids"].shape[1] :]
        return ListenerAnswer(text=_plain(self._words.batch_decode(said, skip_special_tokens=True)[0]))


class PictureCaptioner(_Network):
    """A sentence by a network that sees: BLIP, GIT, and an encoder of pictures before a decoder of words."""

    def hear(self, content: Any, labels: tuple[str, ...]) -> ListenerAnswer:
        """See SoundListener. The likeliest word each time, so that a picture has one caption."""
        inputs = self._placed(self._extractor(content, return_tensors="pt"))
        with torch.inference_mode():
            tokens = self._network.generate(
                pixel_values=inputs["pixel_values"], max_new_tokens=MOST_WORDS, do_sample=False
            )
        return ListenerAnswer(text=_plain(self._words.batch_decode(tokens, skip_special_tokens=True)[0]))


def _plain(text: str) -> str:
    """``text`` on one line, without what would steer a terminal."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _ranked(found: list[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    best = sorted(found, key=lambda one: (-one[1], one[0]))[:MOST_LABELS]
    return tuple((name, round(chance, 4)) for name, chance in best)
