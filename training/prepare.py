"""Second step: renders the pictures, fits the latents, trims the text encoder and encodes every caption.

Takes about two minutes on two cores. Writes, under the work directory:
    pictures.safetensors   pixels (N, 64, 64, 4) uint8 premultiplied, latents (N, 32, 8, 8), indices
    latents.safetensors    the linear map between pictures and latents
    captions.safetensors   states (captions, 24, 384) float16; caption 0 is the empty one
    captions.json          caption texts, and for each picture its captions with their shares
    text_encoder/, tokenizer/
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import BertModel, BertTokenizerFast

from concepts import Concept, captions, read_concepts
from latents import PatchPca
from pictures import Picture, read_labels, render_pictures
from sources import Source, read_sources
from text_encoder import encode, full_model, full_vocabulary, kept_tokens, trim, used_tokens, write_tokenizer

LATENT_CHANNELS = 32
"""Components kept: 97.5 % of the variance of the first cut's pictures."""

LEAST_AGREEMENT = 0.9999
"""Cosine below which the trimmed text encoder is taken to be broken."""


def prepare_text(
    sources: dict[str, Source], work: Path, texts: list[str]
) -> tuple[BertModel, BertTokenizerFast]:
    """Write the trimmed text encoder and its tokenizer, check them against the full model, and return them.

    Raises:
        ValueError: The trimmed model disagrees with the full one on a caption.
    """
    package = sources["minilm"].folder(work)
    vocabulary = full_vocabulary(package)
    rows = json.loads((sources["emojibase"].folder(work) / "en/data.json").read_text(encoding="utf-8"))
    words = [text for row in rows for text in (row["label"], *row.get("tags", []))] + texts
    tokens = kept_tokens(vocabulary, used_tokens(package, words))
    model = trim(package, tokens)
    model.save_pretrained(work / "text_encoder")
    write_tokenizer(package, tokens, work / "tokenizer")
    tokenizer = BertTokenizerFast.from_pretrained(work / "tokenizer")
    agreement = least_agreement(package, model, tokenizer, texts[:: max(1, len(texts) // 200)])
    print(
        f"text encoder: {len(tokens)} of {len(vocabulary)} tokens, "
        f"least cosine to the full model {agreement:.6f}"
    )
    if agreement < LEAST_AGREEMENT:
        raise ValueError(f"trimmed text encoder agrees only to {agreement:.6f} with the full one")
    return model, tokenizer


@torch.inference_mode()
def least_agreement(package: Path, model: BertModel, tokenizer: BertTokenizerFast, texts: list[str]) -> float:
    """Return the smallest cosine between the trimmed and the full model's states of any token of `texts`."""
    original, original_tokenizer = full_model(package)
    original_tokenizer.no_padding()
    smallest = 1.0
    for text in texts:
        ours = model(**tokenizer(text, return_tensors="pt", truncation=True)).last_hidden_state[0]
        theirs = original(torch.tensor([original_tokenizer.encode(text).ids])).last_hidden_state[0]
        if ours.shape != theirs.shape:
            return 0.0
        smallest = min(smallest, float(torch.cosine_similarity(ours, theirs, dim=-1).min()))
    return smallest


def caption_shares(pictures: list[Picture], concepts: list[Concept]) -> list[dict[str, float]]:
    """Return, for each picture, its captions with their probabilities."""
    taken = frozenset(name for concept in concepts for name in concept.names)
    return [captions(picture.concept, picture.family.style, taken) for picture in pictures]


def save_pictures(pictures: list[Picture], concepts: list[Concept], work: Path) -> None:
    """Fit the latents and write pixels, latents and indices of all pictures."""
    pixels = torch.from_numpy(np.stack([picture.pixels for picture in pictures]))
    values = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1
    pca, kept = PatchPca.fit(values, LATENT_CHANNELS)
    pca.save(work / "latents.safetensors")
    print(f"latents: {LATENT_CHANNELS} components keep {kept:.1%} of the variance")
    numbers = {concept.code_point: number for number, concept in enumerate(concepts)}
    styles = sorted({picture.family.style for picture in pictures})
    tensors = {
        "pixels": pixels,
        "latents": pca.encode(values),
        "concept": torch.tensor([numbers[picture.concept.code_point] for picture in pictures]),
        "family": torch.tensor([styles.index(picture.family.style) for picture in pictures]),
        "weight": torch.tensor([picture.concept.weight for picture in pictures]),
    }
    save_file(tensors, work / "pictures.safetensors", {"styles": json.dumps(styles)})


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="work directory")
    work: Path = parser.parse_args().work
    sources, concepts = read_sources(), read_concepts()
    families = [source for source in sources.values() if source.style]
    pictures = render_pictures(concepts, families, work, read_labels(sources["emojibase"].folder(work)))
    print(f"pictures: {len(pictures)} of {len(concepts)} concepts in {len(families)} styles")
    save_pictures(pictures, concepts, work)
    shares = caption_shares(pictures, concepts)
    texts = ["", *sorted({text for table in shares for text in table})]
    model, tokenizer = prepare_text(sources, work, texts)
    save_file({"states": encode(model, tokenizer, texts).half()}, work / "captions.safetensors")
    numbers = {text: number for number, text in enumerate(texts)}
    table = [
        {"captions": [numbers[text] for text in share], "shares": list(share.values())} for share in shares
    ]
    (work / "captions.json").write_text(json.dumps({"texts": texts, "pictures": table}), encoding="utf-8")
    print(f"captions: {len(texts)}")


if __name__ == "__main__":
    main()
