"""LoRA, textual inversion, ControlNet, IP-Adapter, refiner: files with random weights, made for the family."""

from pathlib import Path

import torch

from audobon_cli.domain.adapters import (
    AdapterChoices,
    ControlChoice,
    ControlKind,
    LoraChoice,
    ReferenceChoice,
    RefinerChoice,
)
from audobon_cli.domain.capabilities import Option
from audobon_cli.models.files.safetensors_header import read_header
from tests.capabilities.probing import Bench, Probe
from tests.tiny_models import adapters as tiny
from tests.tiny_models.adapters import tiny_files


def lora_is_heeded(bench: Bench) -> bool:
    path = bench.work / "lora.safetensors"
    if not tiny.has_attention(bench.folder):
        return False
    tiny.diffusers_lora(bench.folder, path)
    return bench.obeys({}, {"adapters": AdapterChoices(loras=(LoraChoice(str(path)),))})


def embedding_is_heeded(bench: Bench) -> bool:
    widths = [
        shape[1]
        for file in sorted(bench.folder.glob("text_encoder*/*.safetensors"))
        for name, shape in read_header(bench.folder, file.relative_to(bench.folder).as_posix()).shapes.items()
        if name.endswith(("token_embedding.weight", "word_embeddings.weight"))
    ]
    names = {1: ["<fur>"], 2: ["clip_l", "clip_g"]}.get(len(widths))
    if names is None:
        return False
    noise = torch.Generator().manual_seed(3)
    vectors = {
        name: torch.randn(2, width, generator=noise) for name, width in zip(names, widths, strict=True)
    }
    path = tiny.save(vectors, bench.work / "fur.safetensors")
    word = "<fur>" if len(widths) == 1 else "fur"
    with_it = {"adapters": AdapterChoices(embeddings=(str(path),))}
    return bench.obeys({"prompt": f"cute {word}"}, {"prompt": f"cute {word}", **with_it})


def control_is_heeded(bench: Bench) -> bool:
    folder = tiny.any_controlnet(bench.folder, bench.work / "controlnet")
    if folder is None:
        return False
    choice = ControlChoice(ControlKind.CANNY, tiny_files().picture())
    choices = AdapterChoices(controls=(choice,), control_models=(str(folder),))
    return bench.obeys({}, {"adapters": choices})


def reference_is_heeded(bench: Bench) -> bool:
    if not tiny.has_attention(bench.folder, "unet", ("attn2.to_k.weight",)):
        return False
    path = tiny.ip_adapter(bench.folder, bench.work / "ip")
    choice = ReferenceChoice(tiny_files().picture())
    return bench.obeys({}, {"adapters": AdapterChoices(references=(choice,), reference_model=str(path))})


def refiner_is_heeded(bench: Bench) -> bool:
    choice = RefinerChoice(str(tiny_files().refiner()), 0.5)
    return bench.obeys({}, {"adapters": AdapterChoices(refiner=choice)})


def _asks(**choices: object) -> dict[str, object]:
    return {"adapters": AdapterChoices(**choices)}  # type: ignore[arg-type]


NOWHERE = Path("nowhere")

PROBES = (
    Probe(Option.LORA, lora_is_heeded, _asks(loras=(LoraChoice("nothing"),))),
    Probe(Option.TEXTUAL_INVERSION, embedding_is_heeded, _asks(embeddings=("nothing",))),
    Probe(
        Option.CONTROLNET,
        control_is_heeded,
        _asks(controls=(ControlChoice(ControlKind.CANNY, NOWHERE),)),
    ),
    Probe(Option.IP_ADAPTER, reference_is_heeded, _asks(references=(ReferenceChoice(NOWHERE),))),
    Probe(Option.REFINER, refiner_is_heeded, _asks(refiner=RefinerChoice("nothing"))),
)
