#!/usr/bin/env bash
# diffusers 0.42.1, DDPMScheduler and DDPMParallelScheduler: variance_type="fixed_large_log", one of the six of their
# documentation, gives NaN from the first step on. It is the logarithm of beta, which is below 0, and step() takes the square
# root of it, as it does of variances that are no logarithms. Nothing is raised. "fixed_large" means the same variance, and
# draws; "fixed_small_log" is treated as a logarithm.
# Seen on 2026-12-01 (values that are finite after one step, of 256):
#   DDPMScheduler {'fixed_small': 256, 'fixed_small_log': 256, 'fixed_large': 256, 'fixed_large_log': 0}
#   DDPMParallelScheduler {'fixed_small': 256, 'fixed_small_log': 256, 'fixed_large': 256, 'fixed_large_log': 0}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 diffusers==0.42.1 transformers==5.24.0
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - <<'PY'
import sys
import torch
from diffusers import DDPMParallelScheduler, DDPMScheduler

def finite(kind, variance):
    scheduler = kind(variance_type=variance)
    scheduler.set_timesteps(50)
    sample = torch.ones(1, 4, 8, 8)
    drawn = scheduler.step(0.5 * sample, scheduler.timesteps[0], sample).prev_sample
    return int(drawn.isfinite().sum())

right = {"fixed_small": 256, "fixed_small_log": 256, "fixed_large": 256}
changed = False
for kind in (DDPMScheduler, DDPMParallelScheduler):
    seen = {variance: finite(kind, variance) for variance in (*right, "fixed_large_log")}
    print(kind.__name__, seen)
    changed |= seen != right | {"fixed_large_log": 0}
sys.exit(changed)
PY
