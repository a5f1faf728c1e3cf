#!/usr/bin/env bash
# peft 0.21.2: add_weighted_adapter() of rank-stabilised LoRAs (use_rslora=True) gives an adapter that is sqrt(rank) times
# too strong, for every combination_type. The scale of each part is worked into the new weights, with lora_alpha = rank so
# that nothing is left to scale; but the new configuration keeps use_rslora, and scales by rank / sqrt(rank). Its own
# documentation calls "cat" and "svd" precise.
# Seen on 2026-12-01 (change by the combination / sum of the changes; two adapters of rank 4, "cat" has rank 8):
#   plain {'linear': 1.0, 'svd': 1.0, 'cat': 1.0} rslora {'linear': 2.0, 'svd': 2.0, 'cat': 2.828}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet peft==0.21.2 torch==2.13.0
"$folder/venv/bin/python" - <<'PY'
import sys
import torch
from peft import LoraConfig, get_peft_model

def ratios(rslora):
    torch.manual_seed(1)
    settings = LoraConfig(
        r=4, lora_alpha=6, target_modules=["0"], use_rslora=rslora, init_lora_weights=False
    )
    model = get_peft_model(torch.nn.Sequential(torch.nn.Linear(16, 16)), settings, "one")
    model.add_adapter("two", settings)
    layer = model.base_model.model[0]
    found = {}
    with torch.no_grad():
        for kind in ("linear", "svd", "cat"):
            # Adding the same weights twice, so that a rank of 4 holds the sum and "linear" is exact as well.
            layer.lora_A["two"].weight.copy_(layer.lora_A["one"].weight)
            layer.lora_B["two"].weight.copy_(layer.lora_B["one"].weight)
            model.add_weighted_adapter(["one", "two"], [0.25, 0.25] if kind == "linear" else [0.5, 0.5], kind, kind)
            change = layer.get_delta_weight(kind) / layer.get_delta_weight("one")
            found[kind] = round(change.median().item(), 3)
    return found

plain, rslora = ratios(False), ratios(True)
print("plain", plain, "rslora", rslora)
sys.exit(plain != {"linear": 1.0, "svd": 1.0, "cat": 1.0} or rslora != {"linear": 2.0, "svd": 2.0, "cat": 2.828})
PY
