#!/usr/bin/env bash
# diffusers 0.42.1, UniPCMultistepScheduler: with solver_type="bh1", which its documentation recommends for fewer than 10
# steps, every picture is NaN from the last step on; so it is with predict_x0=False. The last noise level is 0 where nothing
# else is said (final_sigmas_type="zero"), the step to it is infinitely long, and both multiply by its length. No error and
# no warning, but a black picture. With final_sigmas_type="sigma_min" all of them draw.
# Seen on 2026-12-01 (whether all values are finite, by solver_type, predict_x0 and final_sigmas_type):
#   {'bh1, True, zero': False, 'bh1, True, sigma_min': True, 'bh1, False, zero': False, 'bh1, False, sigma_min': True,
#    'bh2, True, zero': True, 'bh2, True, sigma_min': True, 'bh2, False, zero': False, 'bh2, False, sigma_min': True}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 diffusers==0.42.1 transformers==5.24.0
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - <<'PY'
import itertools
import sys
import torch
from diffusers import UniPCMultistepScheduler

def finite(solver, predict, last):
    scheduler = UniPCMultistepScheduler(solver_type=solver, predict_x0=predict, final_sigmas_type=last)
    scheduler.set_timesteps(8)
    sample = torch.ones(1, 4, 8, 8)
    for timestep in scheduler.timesteps:
        sample = scheduler.step(0.5 * sample, timestep, sample).prev_sample
    return bool(sample.isfinite().all())

choices = list(itertools.product(("bh1", "bh2"), (True, False), ("zero", "sigma_min")))
seen = {", ".join(map(str, choice)): finite(*choice) for choice in choices}
print(seen)
sys.exit(seen != {", ".join(map(str, c)): c[2] == "sigma_min" or c[:2] == ("bh2", True) for c in choices})
PY
