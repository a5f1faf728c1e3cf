#!/usr/bin/env bash
# torch 2.13.0: FlopCounterMode counts no operation of scaled_dot_product_attention on the processor. Attention runs there
# as one operator (aten._scaled_dot_product_flash_attention_for_cpu) of which the counter has no formula, and what it does
# not know is 0, without a word. The same attention as two matrix products is counted, on every device.
# Seen on 2026-12-01 (2 heads, 64 tokens of 16; two products are 524288):
#   fused 0 matrices 524288
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0
"$folder/venv/bin/python" - 2>/dev/null <<'PY'
import sys
import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.flop_counter import FlopCounterMode

query, key, value = (torch.randn(1, 2, 64, 16) for _ in range(3))

def by_hand(query, key, value):
    return torch.softmax(query @ key.transpose(-1, -2) / 16**0.5, -1) @ value

def count(function):
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        found = function(query, key, value)
    return counter.get_total_flops(), found

(fused, one), (matrices, other) = count(scaled_dot_product_attention), count(by_hand)
assert torch.allclose(one, other, atol=1e-5)
print("fused", fused, "matrices", matrices)
sys.exit(fused != 0 or matrices != 2 * 2 * 2 * 64 * 64 * 16)
PY
