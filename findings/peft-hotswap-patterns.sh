#!/usr/bin/env bash
# peft 0.21.2: hotswap_adapter() forgets alpha_pattern and rank_pattern. It looks the layers up under the names of their
# tensors ("….1.lora_A.default.weight"), which no pattern for a layer fits, and scales all of them by lora_alpha / r. So
# an adapter that is swapped for its own file gives other values than before. Only a file whose alpha_pattern differs is
# refused.
# Seen on 2026-12-01 (two layers, the second with alpha 16 of rank 4 by alpha_pattern; swapped for its own file):
#   scales before [1.0, 4.0] after [1.0, 1.0] loaded anew [1.0, 4.0] output unchanged: False
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet peft==0.21.2 torch==2.13.0
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - "$folder/adapter" 2>/dev/null <<'PY'
import sys
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.utils.hotswap import hotswap_adapter

def network():
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(16, 16), torch.nn.Linear(16, 16))

def scales(model):
    return [layer.scaling["default"] for layer in model.base_model.model]

settings = LoraConfig(
    r=4, lora_alpha=4, alpha_pattern={"1": 16}, target_modules=["0", "1"], init_lora_weights=False
)
model = get_peft_model(network(), settings).eval()
model.save_pretrained(sys.argv[1])
value = torch.ones(1, 16)
with torch.no_grad():
    before, output = scales(model), model(value)
    hotswap_adapter(model, sys.argv[1], adapter_name="default", torch_device="cpu")
    after, same = scales(model), torch.allclose(model(value), output)
anew = scales(PeftModel.from_pretrained(network(), sys.argv[1]))
print("scales before", before, "after", after, "loaded anew", anew, "output unchanged:", same)
sys.exit((before, after, anew, same) != ([1.0, 4.0], [1.0, 1.0], [1.0, 4.0], False))
PY
