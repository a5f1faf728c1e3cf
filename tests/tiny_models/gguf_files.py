"""Tiny transformers as GGUF files, written with the package of the format's authors."""

from pathlib import Path

import pytest
from safetensors.torch import load_file

from tests.tiny_models.families import TINY_FAMILIES
from tests.tiny_models.transformer_checkpoints import write_transformer_checkpoint

PREFIX = "model.diffusion_model."


def write_gguf(
    weights: Path, file: Path, kind: str = "Q8_0", architecture: str = "sd3", odd: str = ""
) -> Path:
    """The tensors of the safetensors file ``weights`` as ``file``: matrices of whole blocks packed as ``kind``, all
    others in float32. The tensor ``odd`` is packed too, whatever its shape."""
    gguf = pytest.importorskip("gguf")
    writer = gguf.GGUFWriter(str(file), architecture)
    packed = gguf.GGMLQuantizationType[kind]
    for key, tensor in load_file(weights).items():
        if not key.startswith(PREFIX) and any(name.startswith(PREFIX) for name in load_file(weights)):
            continue  # the autoencoder of a checkpoint
        values = tensor.float().numpy()
        name = key.removeprefix(PREFIX)
        if (values.ndim == 2 and not values.shape[-1] % 32) or name == odd:
            writer.add_tensor(name, gguf.quants.quantize(values, packed), raw_dtype=packed)
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def first_layout(folder: Path, file: Path, kind: str = "Q8_0") -> Path:
    """The transformer of the model in ``folder`` under the names of its first release, as published files are."""
    checkpoint = write_transformer_checkpoint(folder, file.with_suffix(".safetensors"))
    write_gguf(checkpoint, file, kind)
    checkpoint.unlink()
    return file


def own_layout(family: str, file: Path, kind: str = "Q8_0") -> Path:
    """The transformer of a tiny family under diffusers' own names."""
    weights = TINY_FAMILIES[family].folder() / "transformer" / "diffusion_pytorch_model.safetensors"
    return write_gguf(weights, file, kind, family)
