#!/usr/bin/env bash
# lycoris-lora 4.1.3: rank_dropout, "the dropout rate" of its documentation, is the share that is dropped; but for norms
# (train_norm) it is the share that is kept: 0.1 leaves a tenth of a norm's trained change in each step instead of nine
# tenths, while 0 leaves all of it.
# Seen on 2026-12-01 (share of trained values at work in training, rank_dropout 0.1):
#   norm 0.1 linear 0.9
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet lycoris-lora==4.1.3 torch==2.13.0
"$folder/venv/bin/python" - <<'PY'
import sys
import torch
from lycoris.modules.locon import LoConModule
from lycoris.modules.norms import NormModule

torch.manual_seed(1)
wide = 100_000
norm = NormModule("norm", torch.nn.LayerNorm(wide), rank_dropout=0.1).train()
linear = LoConModule("linear", torch.nn.Linear(1, wide), lora_dim=1, rank_dropout=0.1).train()
with torch.no_grad():
    norm.w_norm.fill_(1.0)
    linear.lora_up.weight.fill_(1.0)
    linear.lora_down.weight.fill_(1.0)
    of_norm = (norm.make_weight()[0] - norm.org_module[0].weight).mean().item()
    of_linear = linear.make_weight().mean().item()
print("norm", round(of_norm, 2), "linear", round(of_linear, 2))
sys.exit(round(of_norm, 2) != 0.1 or round(of_linear, 2) != 0.9)
PY
