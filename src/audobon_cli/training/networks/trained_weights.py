"""What a run trains: parameters by name, held in a model's networks."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor

Values = Mapping[str, Tensor]
"""Trained weights by name: of LoRAs component, layer, then ``lora_A`` (rank, in ...) or ``lora_B`` (out, rank ...); of
embeddings the key in the file, each (vectors, width)."""


class TrainedWeights(ABC):
    """``parameters`` of the networks by their ``names``, in one order. What draws and measures reads the networks."""

    parameters: list[torch.nn.Parameter]
    names: list[str]

    @property
    @abstractmethod
    def places(self) -> int:
        """In how many places of the networks something is trained: layers, or text encoders."""

    @abstractmethod
    def switched_off(self) -> AbstractContextManager[None]:
        """The networks without what was trained, for the block."""

    @property
    def count(self) -> int:
        """How many numbers are trained."""
        return sum(parameter.numel() for parameter in self.parameters)

    def values(self) -> dict[str, Tensor]:
        """The weights of now, by name; they share their memory with the networks'."""
        return {name: parameter.detach() for name, parameter in zip(self.names, self.parameters, strict=True)}

    @torch.no_grad()
    def put(self, values: Values) -> None:
        """Copy ``values`` into the networks."""
        for name, parameter in zip(self.names, self.parameters, strict=True):
            parameter.copy_(values[name])

    @contextmanager
    def holding(self, values: Values) -> Iterator[None]:
        """The networks with ``values`` for the block; exactly as before behind it."""
        before = {name: value.clone() for name, value in self.values().items()}
        self.put(values)
        try:
            yield
        finally:
            self.put(before)
