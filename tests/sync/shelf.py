"""Models on the machines of ``workshop``, and how to tell that they are whole."""

import json
import random
from pathlib import Path

from audobon_cli.backup.destinations import Destination
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.models.install.add import add
from audobon_cli.models.install.keep import verify
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.settings.hub import HubAccess
from audobon_cli.sync.models.pull import ModelsPull, pull_models
from audobon_cli.sync.models.push import ModelsPush, own_models, push_models
from tests.sync.workshop import Machine


def registry_of(machine: Machine) -> ModelRegistry:
    hub = HubAccess("http://127.0.0.1:9", machine.home / "hub", None, True)
    return ModelRegistry(Presets((("built-in", shipped_presets()),)), machine.home / "models", hub)


def weights(path: Path, size: int, seed: int) -> Path:
    """A LoRA with ``size`` random bytes at ``path``."""
    half = size // 4
    shapes = {
        "unet.down.attn.to_q.lora_A.weight": {
            "dtype": "F16",
            "shape": [1, half],
            "data_offsets": [0, 2 * half],
        },
        "unet.down.attn.to_q.lora_B.weight": {
            "dtype": "F16",
            "shape": [half, 1],
            "data_offsets": [2 * half, 4 * half],
        },
    }
    header = json.dumps(shapes).encode()
    content = len(header).to_bytes(8, "little") + header + random.Random(seed).randbytes(4 * half)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def network_folder(folder: Path) -> Path:
    """A model that is a folder: a configuration and weights."""
    weights(folder / "model.safetensors", 6_000, 3)
    (folder / "config.json").write_text('{"architectures": ["CLIPModel"]}')
    return folder


def trained(machine: Machine, name: str, size: int, seed: int) -> Manifest:
    """A model of the machine's own."""
    return add(weights(machine.home / "own" / f"{name}.safetensors", size, seed), name, registry_of(machine))


def push(machine: Machine, *models: Manifest, replace: bool = False, listen: Listener = ignore) -> ModelsPush:
    """As `audobon models push`."""
    chosen = models or own_models(registry_of(machine))
    with machine.access.opened_or_made(Destination(machine.address), encrypted=True) as place:
        return push_models(place, chosen, replace=replace, listen=listen)


def pull(machine: Machine, *names: str, name: str | None = None, dry_run: bool = False) -> ModelsPull:
    """As `audobon models pull --from`."""
    with machine.place() as place:
        return pull_models(place, names, registry_of(machine), name=name, dry_run=dry_run)


def check_models(machine: Machine) -> dict[str, tuple[tuple[str, str], ...]]:
    """Every model that has a name here is whole, byte for byte: names and digests of the files of each."""
    registry = registry_of(machine)
    models = registry.manifests.all()
    if models:
        found = verify([one.name for one in models], registry, ignore)
        assert found.damaged == ()
    return {one.name: tuple((file.path, file.sha256) for file in one.files) for one in models}
