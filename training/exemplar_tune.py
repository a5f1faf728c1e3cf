"""The road without a GPU: goes on training the first model at 64 x 64, from an exemplar and looking at it.

The denoiser reads 96 channels: noisy latents, then the exemplar's own. Each path starts at the noisy exemplar at a time
of its own and ends at the target, on the line that the sampler follows, so that drawing is image-to-image:

    x_t = a x0 + b (n + k (e - x0)),   k = a_T / b_T,   t <= T

with x0 the target's latents, e the exemplar's, n noise, a and b of time t. The answer is the velocity of this line.
Things held out are never targets nor exemplars here, but the first model, from which this starts, has seen them.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from torch.nn.functional import avg_pool2d, mse_loss
from transformers import BertModel

from architecture import LATENT_CHANNELS, build_scheduler
from checkpoints import load_checkpoint, save_checkpoint
from exemplar_batches import Bank
from exemplar_device import Averages, Clock, log
from exemplar_pack import MODEL
from latents import PatchPca, _patches
from threads import PoliteThreads

EARLIEST, LATEST = 500, 900
"""Times that paths start at: strengths of 0.5 to 0.9."""

NEW_RATE = 4.0
"""How much faster the first layer learns than the rest."""

SAVE_SECONDS = 120.0


class SmallBank(Bank):
    """The same data at 64 x 64, with few captions: a thing's main name and the style, or the style alone."""

    def __init__(self, pack: Path, work: Path) -> None:
        super().__init__(pack, torch.device("cpu"), threads=2, texts=False)
        self.pixels = torch.cat(
            [avg_pool2d(part.float(), 2).round().byte() for part in self.pixels.split(256)]
        )
        self.pairs[:, 2] = 0
        self.coloured = torch.zeros_like(self.coloured)
        self.named = self.named[:, :1]
        self.texts = self._encoded(pack, work / "states.safetensors")

    def _encoded(self, pack: Path, path: Path) -> dict[int, torch.Tensor]:
        """Return the states (24, 384) of the texts that are drawn, by number; kept in a file, for they take minutes."""
        hands = range(1, 1 + len(self.hands))
        drawn = (self.present > 0) & (self.weight > 0)[:, None]
        numbers = [0, *hands, *(self.named + torch.tensor([*hands]))[drawn].tolist()]
        if not path.is_file():
            table = load_file(pack / "tables.safetensors")
            save_file({"states": _states(pack, table["tokens"][numbers], table["lengths"][numbers])}, path)
        return dict(zip(numbers, load_file(path)["states"], strict=True))


def _states(pack: Path, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    model = BertModel.from_pretrained(pack / "text_encoder", dtype=torch.float32).eval()
    parts = []
    with torch.inference_mode():
        for ids, counts in zip(tokens.split(64), lengths.split(64), strict=True):
            mask = (torch.arange(ids.shape[1]) < counts[:, None]).long()
            parts.append(model(ids.long(), attention_mask=mask).last_hidden_state.half())
    return torch.cat(parts)


def recovered_latents(bank: Bank) -> PatchPca:
    """Return the linear map that the shipped autoencoder encodes by, found by least squares.

    A rerun of `prepare.py` finds components with other signs and in another order: not those
    of the shipped networks.
    """
    vae = AutoencoderKL.from_pretrained(MODEL / "vae", torch_dtype=torch.float32).eval()
    rows = torch.randperm(len(bank.pixels), generator=torch.Generator().manual_seed(1))[:800]
    values = bank.pixels[rows].float() / 127.5 - 1
    with torch.inference_mode():
        wanted = torch.cat([vae.encode(part).latent_dist.mode() for part in values.split(50)])
    wanted = wanted.permute(0, 2, 3, 1).reshape(-1, LATENT_CHANNELS).double()
    patches = _patches(values).double()
    mean = patches.mean(0)
    inputs = patches - mean
    gram = inputs.T @ inputs + 1e-4 * len(inputs) * torch.eye(inputs.shape[1]).double()
    matrix = torch.linalg.solve(gram, inputs.T @ wanted).T
    norms = matrix.norm(dim=1)
    mean = mean - torch.linalg.lstsq(matrix, wanted.mean(0)[:, None]).solution[:, 0]
    found = PatchPca(mean.float(), (matrix / norms[:, None]).float(), (1 / norms).float())
    error = (
        found.encode(values).permute(0, 2, 3, 1).reshape(wanted.shape) - wanted
    ).square().mean() / wanted.var()
    print(f"linear map of the shipped autoencoder: {float(error):.1%} of the variance not explained")
    return found


def widened(folder: Path) -> UNet2DConditionModel:
    """Return the first model's denoiser with room for an exemplar's latents, which count for nothing yet."""
    old = UNet2DConditionModel.from_pretrained(folder, torch_dtype=torch.float32)
    model = UNet2DConditionModel.from_config({**old.config, "in_channels": 2 * LATENT_CHANNELS})
    state = old.state_dict()
    weight = state["conv_in.weight"]
    state["conv_in.weight"] = torch.cat([weight, torch.zeros_like(weight)], 1)
    model.load_state_dict(state)
    return model


class Tuner:
    """The denoiser in training; goes on from its checkpoint."""

    def __init__(self, bank: SmallBank, work: Path, minutes: float, batch: int, rate: float) -> None:
        self.bank, self.work, self.batch = bank, work, batch
        self.pca = recovered_latents(bank)
        self.model = widened(MODEL / "unet")
        self.parameters = list(self.model.parameters())
        first = [self.model.conv_in.weight]
        rest = [parameter for parameter in self.parameters if parameter is not first[0]]
        self.optimiser = torch.optim.AdamW(
            [{"params": first}, {"params": rest}], rate, (0.9, 0.99), weight_decay=0.01, fused=True
        )
        self.averages = Averages(self.parameters, 0.998)
        self.kept = build_scheduler().alphas_cumprod
        self.clock = Clock(60 * minutes, rate, 0.4, 100)
        state = load_checkpoint(work / "checkpoint.pt")
        if state is not None:
            self.model.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.averages.values, self.averages.step = state["averages"], state["step"]
            self.clock.step = state["step"]
            self.clock.began -= state["seconds"]

    def run(self) -> None:
        """Train until the time is used up."""
        threads, saved, total = PoliteThreads(torch.get_num_threads()), time.monotonic(), 0.0
        while self.clock.share < 1:
            torch.manual_seed(1_000_003 + self.clock.step)
            self.clock.tick(self.optimiser)
            self.optimiser.param_groups[0]["lr"] *= NEW_RATE
            loss = self.loss()
            self.optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
            self.optimiser.step()
            self.averages.follow()
            total += loss.item()
            if self.clock.step % 40 == 0:
                log(
                    self.work / "log.jsonl",
                    samples=self.clock.step * self.batch,
                    share=self.clock.share,
                    loss=total / 40,
                )
                total = 0.0
                threads.adjust()
            if time.monotonic() - saved > SAVE_SECONDS:
                self.save()
                saved = time.monotonic()
        self.save()

    def loss(self) -> torch.Tensor:
        """Return the mean squared error of the velocity; some paths start from noise alone, without exemplar."""
        drawn = self.bank.draw(self.batch)
        target, shown = self.pca.encode(drawn.target), self.pca.encode(drawn.shown)
        states = torch.stack([self.bank.texts[number] for number in drawn.text.tolist()]).float()
        size, seen = self.batch, drawn.seen
        ends = torch.where(seen, EARLIEST + torch.rand(size) * (LATEST - EARLIEST), 1000.0)
        last = self.kept[ends.long().clamp(max=999)]
        pull = ((last / (1 - last)).sqrt() * seen).view(-1, 1, 1, 1)
        noise = torch.randn_like(target) + pull * (shown - target)
        times = ((torch.randperm(size) + torch.rand(size)) / size * ends).long().clamp(max=999)
        signal, sigma = (
            self.kept[times].sqrt().view(-1, 1, 1, 1),
            (1 - self.kept[times]).sqrt().view(-1, 1, 1, 1),
        )
        inputs = torch.cat([signal * target + sigma * noise, shown * seen.view(-1, 1, 1, 1)], 1)
        found = self.model(inputs, times, states).sample
        return mse_loss(found, signal * noise - sigma * target)

    def save(self) -> None:
        """Write the checkpoint, and the averaged weights as a diffusers folder."""
        state = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "averages": self.averages.values,
        }
        seconds = time.monotonic() - self.clock.began
        save_checkpoint({**state, "step": self.clock.step, "seconds": seconds}, self.work / "checkpoint.pt")
        kept = [p.detach().clone() for p in self.parameters]
        self.averages.write_to(self.model)
        self.model.save_pretrained(self.work / "unet")
        with torch.no_grad():
            torch._foreach_copy_([p.data for p in self.parameters], kept)


def main() -> None:
    """Train, or go on training."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack", type=Path, help="what exemplar_pack.py wrote")
    parser.add_argument("work", type=Path, help="folder for the checkpoint, the log and the weights")
    parser.add_argument("--minutes", type=float, default=60, help="in all, over every resumed run")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-4)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    bank = SmallBank(options.pack, options.work)
    Tuner(bank, options.work, options.minutes, options.batch, options.rate).run()


if __name__ == "__main__":
    main()
