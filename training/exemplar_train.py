"""Trains the second sprite model on one large GPU in minutes; tries the same on a processor with tiny settings.

    python exemplar_train.py PACK OUT autoencoder --seconds 110
    python exemplar_train.py PACK OUT denoiser --seconds 400 --guidance-seconds 70
    python exemplar_train.py PACK OUT speed                      samples a second

Writes weights into OUT as it goes, and goes on from the weights that lie there.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from exemplar_autoencoder import AutoencoderTrainer
from exemplar_batches import Bank
from exemplar_denoiser import DenoiserSettings, DenoiserTrainer
from exemplar_device import load_weights, log
from exemplar_networks import Latents, build_autoencoder

SEED = 20261129


def load_latents(out: Path, device: torch.device, trained: bool = True) -> Latents:
    """Return the autoencoder as training left it, folded; an untrained one will do unless `trained`.

    Raises:
        FileNotFoundError: It has not been trained.
    """
    latents = Latents(build_autoencoder())
    if not load_weights(latents.autoencoder, out, "autoencoder") and trained:
        raise FileNotFoundError(f"no autoencoder in {out}: run that phase first")
    return latents.to(device, memory_format=torch.channels_last).eval()


def measure(bank: Bank, out: Path, pairs: int, compiled: bool) -> None:
    """Say how many samples a second the denoiser trains and learns guidance at; also fills the compiler's cache."""
    settings = DenoiserSettings(pairs, compiled=compiled)
    trainer = DenoiserTrainer(bank, load_latents(out, bank.device, trained=False), out / "speed", settings)
    optimiser = trainer.optimiser(1e-4)
    teacher = trainer.teacher()
    for name, loss_of in (("data", trainer._data_loss), ("guidance", lambda: trainer._guided_loss(teacher))):
        began = time.monotonic()
        for step in range(23):
            if step == 3:
                first, began = time.monotonic() - began, time.monotonic()
            torch.autograd.backward(loss_of())
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            if bank.device.type == "cuda":
                torch.cuda.synchronize()
        rate = 20 * pairs * settings.copies / (time.monotonic() - began)
        log(out / "speed.log", loss=name, pairs=pairs, samples_per_second=rate, first_steps=first)


def main() -> None:
    """Run a phase."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack", type=Path, help="what exemplar_pack.py wrote")
    parser.add_argument("out", type=Path, help="folder for weights and logs")
    parser.add_argument("phase", choices=["autoencoder", "denoiser", "speed"])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--guidance-seconds", type=float, default=0)
    parser.add_argument(
        "--batch", type=int, default=256, help="pictures (autoencoder) or pairs (denoiser) a step"
    )
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--no-compile", action="store_true")
    options = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(SEED)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    began = time.monotonic()
    bank = Bank(options.pack, device, texts=options.phase == "denoiser" and device.type == "cuda")
    log(
        options.out / "device.log",
        phase=options.phase,
        pictures=len(bank.pixels),
        texts=len(bank.states),
        load=time.monotonic() - began,
    )
    compiled = not options.no_compile
    if options.phase == "speed":
        measure(bank, options.out, options.batch, compiled)
    elif options.phase == "autoencoder":
        AutoencoderTrainer(bank, options.out, options.batch, options.rate).run(options.seconds)
    else:
        settings = DenoiserSettings(options.batch, rate=options.rate, compiled=compiled)
        trainer = DenoiserTrainer(bank, load_latents(options.out, device), options.out, settings)
        if options.seconds:
            trainer.train(options.seconds)
        if options.guidance_seconds:
            trainer.learn_guidance(options.guidance_seconds)


if __name__ == "__main__":
    main()
