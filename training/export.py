"""Last step: writes the model as an ordinary diffusers folder, float16 safetensors, about 60 MB."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from transformers import BertModel, BertTokenizerFast

from architecture import build_scheduler
from autoencoder_training import averaged_vae
from unet_training import averaged_unet


def assemble(work: Path) -> tuple[StableDiffusionPipeline, dict[str, dict[str, float]]]:
    """Put the pipeline together from the checkpoints, in float32; also return how far each was trained."""
    unet, unet_state = averaged_unet(work)
    vae, vae_state = averaged_vae(work)
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=BertModel.from_pretrained(work / "text_encoder"),
        tokenizer=BertTokenizerFast.from_pretrained(work / "tokenizer"),
        unet=unet,
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    return pipeline, {"unet": unet_state, "autoencoder": vae_state}


def export(work: Path, folder: Path) -> dict[str, dict[str, float]]:
    """Write the diffusers folder; whole or not at all, replacing the components of an older one.

    Other files in the folder (a model card) stay. Returns how far each network was trained.
    """
    pipeline, states = assemble(work)
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    pipeline.to(dtype=torch.float16).save_pretrained(fresh, safe_serialization=True)
    folder.mkdir(parents=True, exist_ok=True)
    for part in fresh.iterdir():
        target = folder / part.name
        for file in (part, *part.rglob("*")):
            file.chmod(0o755 if file.is_dir() else 0o644)
        if target.is_dir():
            shutil.rmtree(target)
        part.replace(target)
    fresh.rmdir()
    write_digests(folder)
    return states


def write_digests(folder: Path) -> None:
    """List the SHA-256 of every file but the texts about it, as ``sha256sum`` does: the program checks them."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".json", ".safetensors", ".txt"))
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="work directory")
    parser.add_argument("folder", type=Path, help="folder to write")
    options = parser.parse_args()
    states = export(options.work, options.folder)
    total = sum(path.stat().st_size for path in options.folder.rglob("*") if path.is_file())
    print(json.dumps({"folder": str(options.folder), "bytes": total, "trained": states}))


if __name__ == "__main__":
    main()
