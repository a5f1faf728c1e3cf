"""Last step of the second sprite model: a diffusers folder, float16, and what a step and a picture cost by onnxruntime.

The text encoder and tokenizer are the first model's and are not written again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import torch

from exemplar_device import load_weights
from exemplar_networks import (
    LATENT_CHANNELS,
    LATENT_SIDE,
    PICTURE_SIDE,
    build_autoencoder,
    build_denoiser,
    build_sampler,
)
from export import write_digests


def export(weights: Path, denoiser: str, folder: Path) -> None:
    """Write the folder from what training left in `weights`.

    Raises:
        FileNotFoundError: A network is missing.
    """
    unet, vae = build_denoiser(), build_autoencoder()
    for module, name in ((unet, denoiser), (vae, "autoencoder")):
        if not load_weights(module, weights, name):
            raise FileNotFoundError(f"no {name}-1.safetensors in {weights}")
    unet.half().save_pretrained(folder / "unet")
    vae.half().save_pretrained(folder / "vae")
    build_sampler().save_pretrained(folder / "scheduler")
    write_digests(folder)


class _Denoiser(torch.nn.Module):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.network = build_denoiser().from_pretrained(folder / "unet", torch_dtype=torch.float32)

    def forward(
        self, latents: torch.Tensor, times: torch.Tensor, states: torch.Tensor, told: torch.Tensor
    ) -> torch.Tensor:
        found: torch.Tensor = self.network(latents, times, states, timestep_cond=told, return_dict=False)[0]
        return found


def costs(folder: Path) -> dict[str, float]:
    """Return the milliseconds, on one thread by onnxruntime, of encoding an exemplar, of a step, and of decoding."""
    vae = build_autoencoder().from_pretrained(folder / "vae", torch_dtype=torch.float32).eval()
    latents = torch.randn(1, LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE)
    step = (torch.cat([latents, latents], 1), torch.tensor([500]), torch.randn(1, 24, 384), torch.ones(1, 2))
    picture = torch.randn(1, 4, PICTURE_SIDE, PICTURE_SIDE)
    return {
        "encode": _cost(vae.encoder, (picture,)),
        "step": _cost(_Denoiser(folder).eval(), step),
        "decode": _cost(vae.decoder, (latents,)),
    }


def _cost(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], runs: int = 12) -> float:
    import onnxruntime

    names = [f"input{number}" for number in range(len(inputs))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        torch.onnx.export(module, inputs, path, input_names=names, opset_version=17, dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        network = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    values = {name: value.numpy() for name, value in zip(names, inputs, strict=True)}
    seconds = []
    for _ in range(runs):
        began = time.process_time()
        network.run(None, values)
        seconds.append(time.process_time() - began)
    return round(1000 * sorted(seconds)[runs // 4], 1)


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path, help="what exemplar_train.py left")
    parser.add_argument("folder", type=Path, help="folder to write")
    parser.add_argument("--denoiser", default="denoiser-guided", choices=["denoiser", "denoiser-guided"])
    parser.add_argument("--costs", action="store_true", help="measure (needs onnx and onnxruntime)")
    options = parser.parse_args()
    export(options.weights, options.denoiser, options.folder)
    total = sum(path.stat().st_size for path in options.folder.rglob("*.safetensors"))
    found = costs(options.folder) if options.costs else {}
    print(json.dumps({"folder": str(options.folder), "bytes": total, "milliseconds": found}))


if __name__ == "__main__":
    main()
