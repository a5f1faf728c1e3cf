"""LoRA layers in a model's networks, by peft: put in, switched off, their weights by name."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.training.networks.trainable import TrainableModel
from audobon_cli.training.networks.trained_weights import TrainedWeights
from audobon_cli.training.settings import TrainingSettings

ADAPTER = "default"
"""What peft calls the adapter; no file has it."""


@dataclass(frozen=True, slots=True)
class LoraLayer:
    """What changes ``layer`` of ``component``: ``down`` and ``up`` are peft's ``lora_A`` and ``lora_B``; the change is
    scaled by ``alpha`` / ``rank``."""

    component: str
    layer: str
    down: torch.nn.Parameter
    up: torch.nn.Parameter
    rank: int
    alpha: float
    file_name: str
    """What diffusers' files call it."""

    @property
    def name(self) -> str:
        """Component and layer."""
        return f"{self.component}.{self.layer}"


class LoraLayers(TrainedWeights):
    """The trained layers of ``trainable``. The first factors are drawn from the settings' seed, the second are 0, so
    that the model is at first what it was."""

    def __init__(self, trainable: TrainableModel, settings: TrainingSettings) -> None:
        """Put them in. Raises InvalidInput for a set of layers that the family does not have."""
        from peft import LoraConfig, inject_adapter_in_model
        from peft.tuners.lora import LoraLayer as PeftLayer

        chosen = settings.targets or trainable.usual_targets
        if chosen not in trainable.targets:
            raise InvalidInput(
                f"The family {trainable.model.family} has no set of layers called {chosen!r}.",
                hint=f"give --set targets= one of: {', '.join(trainable.targets)}",
            )
        torch.manual_seed(settings.seed)
        self.layers: list[LoraLayer] = []
        self._tuned: list[PeftLayer] = []
        for component, network in trainable.networks.items():
            config = LoraConfig(
                r=settings.rank,
                lora_alpha=settings.alpha,
                target_modules=list(trainable.targets_of(component, chosen)),
            )
            inject_adapter_in_model(config, network, ADAPTER)
            for name, module in network.named_modules():
                if isinstance(module, PeftLayer):
                    self._tuned.append(module)
                    down, up = module.lora_A[ADAPTER].weight, module.lora_B[ADAPTER].weight
                    for weight in (down, up):
                        weight.data = weight.data.float()
                    rank = settings.rank
                    called = trainable.diffusers_name(component, name)
                    self.layers.append(LoraLayer(component, name, down, up, rank, settings.alpha, called))
        self.parameters = [w for one in self.layers for w in (one.down, one.up)]
        self.names = [f"{one.name}.{end}" for one in self.layers for end in ("lora_A", "lora_B")]

    @property
    def places(self) -> int:
        """See TrainedWeights: layers."""
        return len(self.layers)

    @contextmanager
    def switched_off(self) -> Iterator[None]:
        """See TrainedWeights."""
        for module in self._tuned:
            module.enable_adapters(False)
        try:
            yield
        finally:
            for module in self._tuned:
                module.enable_adapters(True)
