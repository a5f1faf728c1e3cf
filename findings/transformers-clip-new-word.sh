#!/usr/bin/env bash
# diffusers 0.42.1 with transformers 5.24.0: with a textual inversion in the prompt, what SDXL is told of the whole prompt
# (the pooled embedding of its second text encoder) ends at the new word. load_textual_inversion() gives new words the
# numbers after the last; CLIP of transformers, where the configuration says eos_token_id 2 as SDXL's published ones do,
# takes the place of the highest number for the end of the text. All that follows the new word is lost, without a warning
# to who draws; with the tokenizer's own number in the configuration it is not.
# Seen on 2026-12-01 (whether "x cat" and "x dog" have one pooled embedding):
#   {'published, a': False, 'published, <fur>': True, 'own number, a': False, 'own number, <fur>': False}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 diffusers==0.42.1 transformers==5.24.0
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - 2>/dev/null <<'PY'
import string, sys
import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPTokenizer

words = [letter + end for letter in string.ascii_lowercase for end in ("", "</w>")]
words += ["<|startoftext|>", "<|endoftext|>"]

def look(eos):
    torch.manual_seed(1)
    tokenizer = CLIPTokenizer(vocab={word: n for n, word in enumerate(words)}, merges=[], model_max_length=16)
    encoder = CLIPTextModelWithProjection(CLIPTextConfig(
        vocab_size=len(words), hidden_size=16, intermediate_size=32, projection_dim=8, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=16, bos_token_id=0, eos_token_id=eos, pad_token_id=1,
    )).eval()
    pipeline = StableDiffusionXLPipeline(
        vae=None, unet=None, text_encoder=None, tokenizer=None, text_encoder_2=encoder, tokenizer_2=tokenizer,
        scheduler=EulerDiscreteScheduler(), add_watermarker=False,
    )
    pipeline.load_textual_inversion({"<fur>": torch.randn(16)}, tokenizer=tokenizer, text_encoder=encoder)

    def pooled(prompt):
        with torch.no_grad():
            return pipeline.encode_prompt(prompt, device="cpu", do_classifier_free_guidance=False)[2]

    return [torch.equal(pooled(f"{word} cat"), pooled(f"{word} dog")) for word in ("a", "<fur>")]

seen = {}
for name, eos in (("published", 2), ("own number", len(words) - 1)):
    seen[f"{name}, a"], seen[f"{name}, <fur>"] = look(eos)
print(seen)
sys.exit(list(seen.values()) != [False, True, False, False])
PY
