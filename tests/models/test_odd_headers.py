"""Headers of weights that no tool writes: a status and one line, in time and memory, whatever they are given as."""

import json
import os
import random
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.models.files.safetensors_header import read_header
from audobon_cli.models.files.weight_kinds import weight_facts
from tests.conftest import Audobon
from tests.tiny_models import clip_folder, sdxl_folder

SIZES = {"F32": 4, "F16": 2, "I64": 8, "NEW": 4}
SECONDS = 20.0
"""Of processor time, on a slow machine: what goes through all again for each of thousands takes minutes."""
QUICK = ("--steps", "1", "--size", "64", "--style", "none", "--json")


def write(path: Path, header: Any, data: bytes = b"") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def tensors(path: Path, shapes: dict[str, tuple[int, ...]], dtype: str = "F16", **metadata: str) -> Path:
    """A file whose header is right, with these shapes."""
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    at = 0
    for name, shape in shapes.items():
        size = SIZES[dtype]
        for side in shape:
            size *= side
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    return write(path, header, bytes(at))


def entry(shape: Any, offsets: Any = (0, 4), dtype: Any = "NEW") -> dict[str, Any]:
    return {"a": {"dtype": dtype, "shape": shape, "data_offsets": list(offsets)}}


WRONG: dict[str, tuple[Any, bytes]] = {
    "sides in words": (entry(["a"]), bytes(4)),
    "a shape in words": (entry("abc"), bytes(4)),
    "a shape that is none": (entry(None), bytes(4)),
    "a shape by name": (entry({"1": 1}), bytes(4)),
    "sides without end": (json.dumps(entry([1])).replace("[1]", "[1e999]").encode(), bytes(4)),
    "sides that are no number": (json.dumps(entry([1])).replace("[1]", "[NaN]").encode(), bytes(4)),
    "half a side": (entry([0.5]), bytes(4)),
    "a true side": (entry([True]), bytes(4)),
    "a negative side": (entry([-1, -1]), bytes(4)),
    "a side past counting": (entry([1 << 63]), bytes(4)),
    "a product past counting": (entry([1 << 40, 1 << 40]), bytes(4)),
    "many sides": (entry([1] * 9), bytes(4)),
    "thousands of long sides": (
        b'{"a": {"dtype": "NEW", "shape": ['
        + b",".join([b"9" * 4000] * 2000)
        + b'], "data_offsets": [0, 4]}}',
        bytes(4),
    ),
    "an offset in words": (entry([1], (0, "4")), bytes(4)),
    "half an offset": (entry([1], (0, 3.5)), bytes(4)),
    "an offset past counting": (entry([1], (0, 1 << 70)), bytes(4)),
    "an end before the beginning": (entry([1], (4, 0)), bytes(4)),
    "three offsets": (entry([1], (0, 2, 4)), bytes(4)),
    "no entry": ({"a": 5}, b""),
    "a list": ([1, 2], b""),
    "deep": (b"[" * 100_000 + b"]" * 100_000, b""),
    "metadata in a list": ({"__metadata__": [1], **entry([1])}, bytes(4)),
    "a name longer than any": ({"a" * 2_000: entry([1])["a"]}, bytes(4)),
    "more tensors than any": (
        {f"a{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(25_000)},
        b"",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_header_is_damage(audobon: Audobon, tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / "odd.safetensors", *WRONG[kind])
    began = time.process_time()
    with pytest.raises(ModelDamaged):
        read_header(path.parent, path.name)
    assert time.process_time() - began < SECONDS
    assert audobon("models", "show", str(path), "--json").status == 23


NAMES = (
    "emb_params",
    "clip_l",
    "clip_g",
    "ip_adapter.1.to_k_ip.weight",
    "image_proj.proj.weight",
    "image_proj.proj_in.weight",
    "control_model.input_hint_block.0.weight",
    "controlnet_x_embedder.weight",
    "token_embedding.weight",
    "encoder.block.0.layer.0.SelfAttention.q.weight",
    "decoder.conv_in.weight",
    "first_stage_model.encoder.conv_in.weight",
    "first_stage_model.decoder.mid.block_1.conv1.weight",
    "cond_stage_model.x.weight",
    "conditioner.embedders.0.x.weight",
    "model.diffusion_model.input_blocks.0.0.weight",
    "model.diffusion_model.label_emb.0.0.weight",
    "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight",
    "model.diffusion_model.joint_blocks.0.context_block.adaLN_modulation.1.bias",
    "model.diffusion_model.context_embedder.weight",
    "double_blocks.0.img_attn.norm.key_norm.scale",
    "double_blocks.0.img_attn.qkv.weight",
    "transformer_blocks.0.attn.to_q.weight",
    "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight",
    "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight",
    "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.alpha",
    "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.hada_w1_b",
    "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lokr_w1",
    "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lokr_w2",
    "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.dora_scale",
    "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.diff",
    "v_pred",
    "conv_in.weight",
)
SHAPES: tuple[tuple[int, ...], ...] = (
    (),
    (0,),
    (1,),
    (4,),
    (0, 0),
    (4, 32),
    (32, 4),
    (1, 1, 1),
    (4, 4, 3, 3),
    (32, 0),
)
WAYS = (
    ("models", "show", "{}", "--json"),
    ("generate", "cat", "--model", "tiny-sd", "--lora", "{}", *QUICK),
    ("generate", "cat", "--model", "{}", *QUICK),
    ("generate", "cat", "--model", "tiny-sd", "--vae", "{}", *QUICK),
    ("generate", "cat", "--model", "tiny-sd", "--component", "unet={}", *QUICK),
    ("generate", "cat odd", "--model", "tiny-sd", "--embedding", "{}", *QUICK),
    ("generate", "cat", "--model", "tiny-xl", "--refiner", "{}", *QUICK),
    ("models", "add", "{}", "--name", "odd", "--json"),
    ("models", "list", "--json"),
)


def try_files(audobon: Audobon, work: Path, seed: int, count: int) -> None:
    for name, folder in (("tiny-sd", clip_folder()), ("tiny-xl", sdxl_folder())):
        assert audobon("models", "add", str(folder), "--name", name).status == 0
    chance = random.Random(seed)
    faults = []
    for number in range(count):
        names = chance.sample(NAMES, chance.randint(1, 5))
        shapes = {name: chance.choice(SHAPES) for name in names}
        path = tensors(work / f"odd{number}.safetensors", shapes, chance.choice(sorted(SIZES)))
        for way in WAYS:
            began = time.process_time()
            ran = audobon(*(part.format(path) for part in way))
            if ran.status == 1 or time.process_time() - began > SECONDS:
                faults.append((way[:4], shapes, ran.status, ran.out[-300:]))
        audobon("models", "remove", "odd", "--yes")
    assert faults == []


def test_odd_shapes_are_no_bugs(audobon: Audobon, tmp_path: Path) -> None:
    try_files(audobon, tmp_path, seed=15, count=12)


@pytest.mark.slow
@pytest.mark.timeout(7_200)
def test_many_odd_shapes_are_no_bugs(audobon: Audobon, tmp_path: Path) -> None:
    try_files(audobon, tmp_path, seed=1, count=300)


LARGE = {
    "names of a checkpoint": {f"first_stage_model.encoder.{n}": (0,) for n in range(18_000)},
    "names of a LoRA": {f"lora_unet_blocks_{n}_attn.lora_down.weight": (0, 0) for n in range(18_000)},
    "names of blocks": {f"joint_blocks.0.{'x_block.' * 33}{n}": (0,) for n in range(18_000)},
    "names of endings": {f"a{'.lora_A.x' * 30}{n}.weight": (0,) for n in range(18_000)},
}


@pytest.mark.posix
@pytest.mark.parametrize("kind", LARGE)
def test_many_names_take_no_time(tmp_path: Path, kind: str) -> None:
    path = tensors(tmp_path / "large.safetensors", LARGE[kind])
    code = (
        "import resource, sys, time; from pathlib import Path;"
        "from audobon_cli.models.files.safetensors_header import read_header;"
        "from audobon_cli.models.files.weight_kinds import weight_facts;"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; began = time.process_time();"
        f"weight_facts(read_header(Path({str(path.parent)!r}), {path.name!r}));"
        "print(time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    seconds, kilobytes = map(float, ran.stdout.split())
    assert seconds < SECONDS
    assert kilobytes < 200_000


def test_metadata_of_trainers_is_read(tmp_path: Path) -> None:
    words = {"ss_tag_frequency": json.dumps({"set": {f"tag {n}": n for n in range(50_000)}}), "format": "pt"}
    path = tensors(tmp_path / "large.safetensors", {"a.lora_down.weight": (4, 768)}, **words)
    header = read_header(path.parent, path.name)
    assert header.metadata == words
    assert weight_facts(header).kind.value == "LoRA"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files")
@pytest.mark.parametrize("words", [("models", "add"), ("generate", "imp", "--plan", "--lora")])
def test_what_is_neither_file_nor_folder_is_refused(
    audobon: Audobon, tmp_path: Path, words: tuple[str, ...]
) -> None:
    pipe, device = tmp_path / "pipe.safetensors", tmp_path / "device.safetensors"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path in (pipe, device):
        ran = audobon(*words, str(path))
        assert ran.status == 15, ran.err
        assert "neither a file nor a folder" in ran.err
