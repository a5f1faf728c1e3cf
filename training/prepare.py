"""Second step: renders the pictures, fits the latents, trims the text encoder and encodes every caption.

Takes about five minutes on two cores. Writes, under the work directory:
    pictures.safetensors   the rendered pictures: pixels (N, 64, 64, 4) uint8 premultiplied, latents (N, 48, 8, 8),
                           numbers of concept and style
    examples.safetensors   all training examples, those first: pixels, weight, mirrors
    latents.safetensors    the linear map between pictures and latents
    captions.safetensors   states (captions, 24, 384) float16; caption 0 is the empty one
    captions.json          caption texts, and the captions of each example
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

from architecture import LATENT_CHANNELS
from concepts import Concept, chosen_concepts, read_concepts
from dataset import as_values
from examples import SHARES, Example, make_examples, sampling_weights
from latents import PatchPca
from pictures import Picture, read_labels, render_pictures
from sources import Source, read_sources
from text_encoder import encode, full_model, full_vocabulary, kept_tokens, trim, used_tokens, write_tokenizer
from tiles import read_tiles

FITTED_ON = 6000
"""Examples, drawn as in training, that the components are fitted on."""

SEED = 20261121
"""Fixes captions, colours and pairs."""

LEAST_AGREEMENT = 0.9999
"""Cosine below which the trimmed text encoder is taken to be broken."""


def prepare_text(
    sources: dict[str, Source], work: Path, texts: list[str], keywords: list[str]
) -> tuple[BertModel, BertTokenizerFast]:
    """Write the trimmed text encoder and its tokenizer, check them against the full model, and return them.

    Beside the words of the captions it keeps those of `keywords` and of the game icons: what people ask for.

    Raises:
        ValueError: The trimmed model disagrees with the full one on a caption.
    """
    package = sources["minilm"].folder(work)
    vocabulary = full_vocabulary(package)
    icons = json.loads((sources["game-icons"].folder(work) / "icons.json").read_text(encoding="utf-8"))[
        "icons"
    ]
    words = [*texts, *keywords, *(name.replace("-", " ") for name in icons)]
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


def save_examples(
    examples: list[Example], pictures: list[Picture], concepts: list[Concept], work: Path
) -> None:
    """Fit the latents and write the examples, and of the rendered pictures also what they show."""
    pixels = torch.from_numpy(np.stack([example.pixels for example in examples]))
    weights = torch.tensor(sampling_weights(examples))
    sample = torch.multinomial(
        weights, FITTED_ON, replacement=True, generator=torch.Generator().manual_seed(0)
    )
    pca, kept = PatchPca.fit(as_values(pixels[sample]), LATENT_CHANNELS)
    pca.save(work / "latents.safetensors")
    print(f"latents: {LATENT_CHANNELS} components keep {kept:.1%} of the variance")
    numbers = {concept.code_point: number for number, concept in enumerate(concepts)}
    styles = sorted({picture.family.style for picture in pictures})
    rendered = pixels[: len(pictures)]
    tensors = {
        "pixels": rendered.clone(),
        "latents": pca.encode(as_values(rendered)),
        "concept": torch.tensor([numbers[picture.concept.code_point] for picture in pictures]),
        "family": torch.tensor([styles.index(picture.family.style) for picture in pictures]),
        "weight": weights[: len(pictures)].clone(),
    }
    save_file(tensors, work / "pictures.safetensors", {"styles": json.dumps(styles)})
    mirrors = torch.tensor([example.mirrors for example in examples])
    save_file({"pixels": pixels, "weight": weights, "mirrors": mirrors}, work / "examples.safetensors")


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="work directory")
    work: Path = parser.parse_args().work
    sources = read_sources()
    emojibase = sources["emojibase"].folder(work)
    concepts, chosen = read_concepts(emojibase), len(chosen_concepts())
    families = [source for source in sources.values() if source.holds_icons]
    pictures = render_pictures(concepts, families, work, read_labels(emojibase))
    tiles = read_tiles(sources["crawl"].folder(work) / "source" / "rltiles")
    examples = make_examples(pictures, tiles, concepts, chosen, SEED)
    print(
        f"pictures: {len(pictures)} of {len(concepts)} concepts in {len(families)} styles, {len(tiles)} tiles"
    )
    for kind in SHARES:
        print(
            f"examples: {sum(example.kind == kind for example in examples)} {kind}, {SHARES[kind]:.0%} of samples"
        )
    save_examples(examples, pictures, concepts, work)
    texts = ["", *sorted({text for example in examples for text in example.captions})]
    keywords = [word for concept in concepts for word in concept.keywords]
    model, tokenizer = prepare_text(sources, work, texts, keywords)
    save_file({"states": encode(model, tokenizer, texts)}, work / "captions.safetensors")
    numbers = {text: number for number, text in enumerate(texts)}
    table = [[numbers[text] for text in example.captions] for example in examples]
    (work / "captions.json").write_text(json.dumps({"texts": texts, "examples": table}), encoding="utf-8")
    print(f"captions: {len(texts)}")


if __name__ == "__main__":
    main()
