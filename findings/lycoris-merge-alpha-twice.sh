#!/usr/bin/env bash
# lycoris-lora 4.1.3: a LoHa or LoKr network changes a layer by alpha / rank while it is attached, and by (alpha / rank)
# squared once it is merged (its documentation: "Merge ratio is alpha/dimension"). get_weight() has the scale in it, and
# get_diff_weight(), from which merge_to() and onfly_merge() take the change, multiplies by it again. LoCon is right, and
# so is LoKr of two whole factors, whose scale is 1. With alpha 1 and rank 4 three quarters of the effect are gone.
# Seen on 2026-12-01 (change by merging / change while attached; alpha / rank is 0.25):
#   {'locon': 1.0, 'loha': 0.25, 'lokr': 0.25}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet lycoris-lora==4.1.3 torch==2.13.0
"$folder/venv/bin/python" - <<'PY'
import logging, sys
import torch
from lycoris import create_lycoris

logging.disable(logging.WARNING)
seen = {}
for algorithm in ("locon", "loha", "lokr"):
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Linear(256, 256))
    value = torch.randn(3, 256)
    with torch.no_grad():
        plain = network(value)
        adapter = create_lycoris(network, 1.0, linear_dim=4, linear_alpha=1.0, algo=algorithm)
        adapter.apply_to()
        for weight in adapter.parameters():
            weight.normal_()
        attached = network(value) - plain
        adapter.restore()
        adapter.merge_to(1.0)
        merged = network(value) - plain
    ratios = merged / attached
    assert attached.abs().mean() > 0.1 and (ratios - ratios.median()).abs().median() < 1e-3
    seen[algorithm] = round(ratios.median().item(), 3)
print(seen)
sys.exit(seen != {"locon": 1.0, "loha": 0.25, "lokr": 0.25})
PY
