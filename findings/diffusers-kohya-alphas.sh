#!/usr/bin/env bash
# diffusers 0.42.1 with peft 0.21.2: of a kohya LoRA whose layers have alphas of their own (as after resizing to dynamic
# ranks, or training with block_alphas), the layers of attention get the alpha that occurs most often, feed-forward
# layers their own. Alphas of to_q, to_k, to_v and to_out are passed on under names that no layer has
# ("….attn1.processor.to_q_lora.down.weight"); load_lora_weights() succeeds, and peft warns of keys that it ignores. In
# kohya's format each layer's change is scaled by its own alpha / rank.
# Seen on 2026-12-01 (a file with alpha = rank everywhere: each layer's scale should be 1; ranks 2, and 8 in the middle):
#   middle: to_q 0.25 ff 1.0 elsewhere: to_q 1.0 ff 1.0
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 diffusers==0.42.1 peft==0.21.2 transformers==5.24.0
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - "$folder" 2>/dev/null <<'PY'
import sys
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import save_file

unet = UNet2DConditionModel(
    sample_size=8, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, cross_attention_dim=8,
    attention_head_dim=2, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
    up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
)
pipeline = StableDiffusionPipeline(
    vae=None, text_encoder=None, tokenizer=None, unet=unet, scheduler=DDIMScheduler(), safety_checker=None,
    feature_extractor=None, requires_safety_checker=False,
)
tensors = {}
for name, layer in unet.named_modules():
    if isinstance(layer, torch.nn.Linear) and "transformer_blocks" in name:
        rank = 8 if name.startswith("mid_block") else 2
        key = "lora_unet_" + name.replace(".", "_")
        tensors[f"{key}.lora_down.weight"] = torch.randn(rank, layer.in_features)
        tensors[f"{key}.lora_up.weight"] = torch.randn(layer.out_features, rank)
        tensors[f"{key}.alpha"] = torch.tensor(float(rank))
save_file(tensors, f"{sys.argv[1]}/kohya.safetensors")
pipeline.load_lora_weights(sys.argv[1], weight_name="kohya.safetensors", adapter_name="one")

def scale(place, ending):
    found = {m.scaling["one"] for n, m in unet.named_modules() if place in n and n.endswith(ending)}
    assert len(found) == 1
    return found.pop()

blocks = {"middle": "mid_block", "elsewhere": "down_blocks"}
seen = {name: (scale(place, "attn1.to_q"), scale(place, "ff.net.2")) for name, place in blocks.items()}
print(" ".join(f"{name}: to_q {q} ff {ff}" for name, (q, ff) in seen.items()))
sys.exit(seen != {"middle": (0.25, 1.0), "elsewhere": (1.0, 1.0)})
PY
