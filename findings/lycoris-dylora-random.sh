#!/usr/bin/env bash
# lycoris-lora 4.1.3: a DyLoRA network draws lots in every call for how many of its blocks work, in evaluation as in
# training, and when it is merged: after eval() one input still has several outputs, and merging is a gamble. None of them
# is what its file says, which is read as a LoRA of full rank scaled by alpha / rank: with all blocks the network scales
# by alpha / (number of blocks), block_size times as much.
# Seen on 2026-12-01 (rank 8 in blocks of 2, evaluation; 100 calls and 100 merges of one network):
#   outputs 4 merged weights 4 the strongest / the file's 2.0
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet lycoris-lora==4.1.3 torch==2.13.0
"$folder/venv/bin/python" - <<'PY'
import random, sys
import torch
from lycoris.modules.dylora import DyLoraModule

random.seed(1)
torch.manual_seed(1)
layer = torch.nn.Linear(16, 16)
adapter = DyLoraModule("one", layer, lora_dim=8, alpha=4.0, block_size=2).eval()
value = torch.randn(2, 16)
with torch.no_grad():
    for weight in adapter.parameters():
        weight.normal_()
    outputs = {adapter(value).numpy().tobytes() for _ in range(100)}
    changes = {}
    for _ in range(100):
        change = adapter.get_merged_weight(1.0)[0] - layer.weight
        changes[change.numpy().tobytes()] = change
    saved = adapter.state_dict()
    file = saved["lora_up.weight"] @ saved["lora_down.weight"] * saved["alpha"] / 8
ratios = [change / file for change in changes.values()]
alike = [ratio.median().item() for ratio in ratios if (ratio - ratio.median()).abs().max() < 0.01]
print("outputs", len(outputs), "merged weights", len(changes), "the strongest / the file's", round(alike[0], 2))
sys.exit((len(outputs), len(changes), len(alike), round(alike[0], 2)) != (4, 4, 1, 2.0))
PY
