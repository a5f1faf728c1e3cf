#!/usr/bin/env bash
# diffusers 0.42.1, DPMSolverMultistepScheduler: solver_order=3 with an algorithm_type that adds noise ("sde-dpmsolver++",
# "sde-dpmsolver") is let through: the documentation names all types and the orders 1, 2 and 3.
# "sde-dpmsolver++" draws something else than the model means: with final_sigmas_type="sigma_min" five times the contrast,
# and with "zero" the more of it the more steps are taken, where orders 1 and 2 come nearer to it. "sde-dpmsolver"
# raises an UnboundLocalError in the third step, and so does EDMDPMSolverMultistepScheduler with "sde-dpmsolver++".
# A model that knows that the pictures' values are normally distributed, with a deviation of 0.5. Seen on 2026-12-01
# (deviation of what is drawn; by steps and final_sigmas_type, for the orders 1, 2, 3):
#   20 sigma_min [0.42, 0.72, 2.44]  200 sigma_min [0.49, 0.51, 2.08]  20 zero [0.41, 0.47, 0.48]  200 zero [0.48, 0.5, 0.62]
#   sde-dpmsolver UnboundLocalError EDM, sde-dpmsolver++ UnboundLocalError
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 diffusers==0.42.1 transformers==5.24.0
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - <<'PY'
import sys
import torch
from diffusers import DPMSolverMultistepScheduler, EDMDPMSolverMultistepScheduler

def deviation(order, steps, last):
    scheduler = DPMSolverMultistepScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", algorithm_type="sde-dpmsolver++",
        solver_order=order, final_sigmas_type=last,
    )
    scheduler.set_timesteps(steps)
    lots = torch.Generator().manual_seed(1)
    sample = torch.randn(1, 4, 64, 64, generator=lots)
    for level, timestep in zip(scheduler.sigmas, scheduler.timesteps):
        kept = (1 / (1 + level**2)) ** 0.5
        noise = level * kept
        expected = 0.25 * kept / (0.25 * kept**2 + noise**2) * sample  # of the picture, where all are N(0, 0.25)
        sample = scheduler.step((sample - kept * expected) / noise, timestep, sample, generator=lots).prev_sample
    return round(sample.std().item(), 2)

def raised(scheduler):
    scheduler.set_timesteps(20)
    sample = torch.ones(1, 4, 8, 8)
    try:
        for timestep in scheduler.timesteps:
            sample = scheduler.step(sample, timestep, scheduler.scale_model_input(sample, timestep)).prev_sample
    except UnboundLocalError as error:
        return type(error).__name__
    return "drawn"

seen = {(steps, last): [deviation(order, steps, last) for order in (1, 2, 3)]
        for last in ("sigma_min", "zero") for steps in (20, 200)}
print(*(f"{steps} {last} {found}" for (steps, last), found in seen.items()), sep="  ")
plain = raised(DPMSolverMultistepScheduler(
    algorithm_type="sde-dpmsolver", solver_order=3, final_sigmas_type="sigma_min"
))
edm = raised(EDMDPMSolverMultistepScheduler(algorithm_type="sde-dpmsolver++", solver_order=3))
print("sde-dpmsolver", plain, "EDM, sde-dpmsolver++", edm)
wrong = seen[200, "sigma_min"][2] > 1 and seen[200, "zero"][2] > 0.57
right = all(abs(found - 0.5) < 0.05 for last in ("sigma_min", "zero") for found in seen[200, last][:2])
sys.exit(not (wrong and right and plain == edm == "UnboundLocalError"))
PY
