"""After the export, and after scorer_training.py: the networks as ONNX graphs, which run without PyTorch.

A graph says how a network computes and holds no weight: it names their places in the safetensors files that ship
anyway, half precision, and a cast to float32 that ONNX Runtime folds while it loads. Equal networks give equal
bytes, whatever they were trained to.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from audobon_cli.engines.onnx.exports import (
    DECODER,
    DENOISER,
    ENCODER,
    EXPORTS_FILE,
    PICTURES,
    SCHEMA,
    TEXTS,
)
from audobon_cli.engines.scoring.image_scorer import ImageEncoder
from audobon_cli.engines.scoring.scored_pixels import SIDE, WEIGHTS_FILE
from diffusers import AutoencoderKL, UNet2DConditionModel
from onnx import TensorProto, helper
from safetensors.torch import load_file
from torch import nn
from transformers import BertModel

OPSET = 17
TEXTUAL, DENOISING, DECODING = (
    "text_encoder/model.safetensors",
    "unet/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.safetensors",
)


class _Called(nn.Module):
    """``network`` called by ``call`` with the graph's inputs: gives one tensor."""

    def __init__(self, network: nn.Module, call: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.network = network
        self._call = call

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self._call(self.network, *inputs)


@dataclass(frozen=True)
class _Part:
    """A network, how it is called, examples of its inputs by name (the first axis is free), and its weights."""

    network: nn.Module
    call: Callable[..., torch.Tensor]
    inputs: Mapping[str, torch.Tensor]
    weights: Path


def parts(model: Path, scorer: Path) -> dict[str, _Part]:
    """The networks that are exported, by the names of their graphs."""
    unet = UNet2DConditionModel.from_pretrained(model / "unet", torch_dtype=torch.float32)
    vae = AutoencoderKL.from_pretrained(model / "vae", torch_dtype=torch.float32)
    encoder = BertModel.from_pretrained(model / "text_encoder", torch_dtype=torch.float32)
    pictures = ImageEncoder()
    pictures.load_state_dict(
        {name: value.float() for name, value in load_file(scorer / WEIGHTS_FILE).items()}
    )
    length, side = encoder.config.max_position_embeddings, unet.config.sample_size
    latents = torch.zeros(2, unet.config.in_channels, side, side)
    ids = torch.ones(2, length, dtype=torch.long)
    states = torch.zeros(2, length, unet.config.cross_attention_dim)
    return {
        TEXTS: _Part(
            encoder,
            lambda m, i, a: m(i, attention_mask=a, return_dict=False)[0],
            {"ids": ids, "mask": ids},
            model / TEXTUAL,
        ),
        DENOISER: _Part(
            unet,
            lambda m, x, t, e: m(x, t, e, return_dict=False)[0],
            {"latents": latents, "time": torch.tensor([500.0, 500.0]), "states": states},
            model / DENOISING,
        ),
        DECODER: _Part(
            vae, lambda m, z: m.decode(z, return_dict=False)[0], {"latents": latents}, model / DECODING
        ),
        ENCODER: _Part(
            vae,
            lambda m, p: m.encode(p).latent_dist.parameters,
            {
                "pictures": torch.zeros(
                    2, vae.config.in_channels, vae.config.sample_size, vae.config.sample_size
                )
            },
            model / DECODING,
        ),
        PICTURES: _Part(
            pictures, lambda m, p: m(p), {"pictures": torch.zeros(2, 4, SIDE, SIDE)}, scorer / WEIGHTS_FILE
        ),
    }


def graph_of(part: _Part, base: Path) -> bytes:
    """The graph of a network, its weights left in their file below ``base``."""
    raw = base / ".graph.onnx.new"
    try:
        torch.onnx.export(
            _Called(part.network, part.call).eval(),
            tuple(part.inputs.values()),
            str(raw),
            input_names=list(part.inputs),
            output_names=["output"],
            dynamic_axes={name: {0: "count"} for name in (*part.inputs, "output")},
            opset_version=OPSET,
            dynamo=False,
            do_constant_folding=False,
        )
        model = onnx.load(str(raw))
    finally:
        raw.unlink(missing_ok=True)
    _leave_weights(model.graph, part.weights, base)
    _shorten(model.graph)
    _forget(model)
    return model.SerializeToString(deterministic=True)


def _leave_weights(graph: Any, weights: Path, base: Path) -> None:
    """Put a reference to the safetensors file, and a cast, in the place of each weight.

    Raises ValueError for one that is not in the file as it is, or not in half precision.
    """
    data, tensors = _header(weights)
    kept, casts = [], []
    for initializer in graph.initializer:
        name = initializer.name.removeprefix("network.")
        found = tensors.get(name)
        if found is None or found["shape"] != list(initializer.dims) or found["dtype"] != "F16":
            raise ValueError(f"{weights} has no {name} of {list(initializer.dims)} in half precision")
        start, end = found["data_offsets"]
        half = TensorProto(
            name=f"half {name}",
            data_type=TensorProto.FLOAT16,
            dims=initializer.dims,
            data_location=TensorProto.EXTERNAL,
        )
        place = {
            "location": weights.relative_to(base).as_posix(),
            "offset": data + start,
            "length": end - start,
        }
        for key, value in place.items():
            half.external_data.add(key=key, value=str(value))
        kept.append(half)
        casts.append(helper.make_node("Cast", [half.name], [initializer.name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)


def _header(path: Path) -> tuple[int, dict[str, Any]]:
    """Where the tensors of a safetensors file begin, and what its header says of each."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return 8 + length, json.loads(file.read(length))


def _shorten(graph: Any) -> None:
    """Call what is inside the graph by numbers: the names that it was exported with are most of its bytes."""
    outside = {value.name for value in (*graph.input, *graph.output)}
    short: dict[str, str] = {"": ""}

    def renamed(names: Sequence[str]) -> list[str]:
        return [name if name in outside else short.setdefault(name, str(len(short))) for name in names]

    for initializer in graph.initializer:
        (initializer.name,) = renamed([initializer.name])
    for node in graph.node:
        inputs, outputs = renamed(node.input), renamed(node.output)
        del node.input[:], node.output[:]
        node.input.extend(inputs)
        node.output.extend(outputs)
        node.ClearField("name")
        node.ClearField("doc_string")
        node.ClearField("metadata_props")
    del graph.value_info[:]


def _forget(model: Any) -> None:
    """Leave out what says who exported it."""
    for field in ("producer_name", "producer_version", "doc_string", "metadata_props"):
        model.ClearField(field)
    model.graph.name = "graph"


def export(model: Path, scorer: Path, folder: Path) -> dict[str, int]:
    """Write the graphs to ``folder`` and the list of digests last; the bytes of each graph.

    The list also names the digests of the weights, whose places the graphs know.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / EXPORTS_FILE).unlink(missing_ok=True)
    graphs, weights, sizes = {}, {}, {}
    with torch.inference_mode():
        for name, part in parts(model, scorer).items():
            base = scorer if name == PICTURES else model
            data = graph_of(part, base)
            (folder / name).write_bytes(data)
            graphs[name], sizes[name] = _digest(data), len(data)
            weights[part.weights.relative_to(base).as_posix()] = _digest(part.weights.read_bytes())
    listed = {"schema": SCHEMA, "graphs": graphs, "weights": weights}
    (folder / EXPORTS_FILE).write_text(json.dumps(listed, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return sizes


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="the model's diffusers folder")
    parser.add_argument("scorer", type=Path, help="the scorer's folder")
    parser.add_argument("folder", type=Path, help="folder to write")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(json.dumps(export(options.model, options.scorer, options.folder)))


if __name__ == "__main__":
    main()
