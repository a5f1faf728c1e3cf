"""Textual inversions in a pipeline: new words with vectors of their own."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from audobon_cli.domain.adapters import Embedding
from audobon_cli.domain.errors import AdapterUnfit
from audobon_cli.engines.diffusers.adapters.loading import adapter_errors
from audobon_cli.models.files.weight_kinds import embedding_words

ENCODER_KEYS = {"clip_l": "", "clip_g": "_2"}
"""Keys of embeddings for several text encoders, and what the names of those encoders end in."""


def add_embeddings(pipeline: Any, embeddings: Sequence[Embedding], device: str) -> Callable[[], None]:
    """Load ``embeddings`` and return what takes them out again. Raises AdapterUnfit."""
    from safetensors.torch import load_file

    if not hasattr(pipeline, "load_textual_inversion"):
        raise AdapterUnfit(f"A {type(pipeline).__name__} takes no embeddings.", hint="leave out --embedding")
    restore = _keep_words(pipeline)
    try:
        for embedding in embeddings:
            with adapter_errors(f"The embedding {embedding.files.name}", device):
                vectors = load_file(embedding.files.path)
                # Of several words in a file each comes by itself.
                if embedding.token in embedding_words(vectors):
                    vectors = {embedding.token: vectors[embedding.token]}
                for key, vector in vectors.items():
                    ending = ENCODER_KEYS.get(key, "")
                    tokenizer = getattr(pipeline, f"tokenizer{ending}")
                    _refuse_known(embedding, tokenizer)
                    pipeline.load_textual_inversion(
                        {embedding.token: vector},
                        tokenizer=tokenizer,
                        text_encoder=getattr(pipeline, f"text_encoder{ending}"),
                    )
    except BaseException:
        restore()
        raise
    return restore


def _refuse_known(embedding: Embedding, tokenizer: Any) -> None:
    if embedding.token in tokenizer.get_vocab():
        raise AdapterUnfit(
            f"The embedding {embedding.files.name} is called {embedding.token!r}, which is a word that the "
            "model knows already.",
            hint="make it known by a name of its own: `audobon models add FILE --name my-word`",
            adapter=embedding.files.name,
        )


def _keep_words(pipeline: Any) -> Callable[[], None]:
    """Give the pipeline copies of its tokenizers; the function returned puts back these and the vectors."""
    kept = []
    for ending in ("", "_2"):
        tokenizer = getattr(pipeline, f"tokenizer{ending}", None)
        encoder = getattr(pipeline, f"text_encoder{ending}", None)
        if tokenizer is not None and encoder is not None:
            kept.append((ending, tokenizer, encoder, encoder.get_input_embeddings()))
            setattr(pipeline, f"tokenizer{ending}", copy.deepcopy(tokenizer))

    def restore() -> None:
        for ending, tokenizer, encoder, vectors in kept:
            setattr(pipeline, f"tokenizer{ending}", tokenizer)
            encoder.set_input_embeddings(vectors)
            encoder.config.vocab_size = vectors.num_embeddings

    return restore
