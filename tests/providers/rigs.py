"""How each provider is set up for trials: its double, the command line, and what only it can have go wrong.

A new provider is a subclass of Rig and an entry in RIGS.
"""

from collections.abc import Callable, Mapping

from tests.doubles.comfyui_server import ComfyDouble
from tests.doubles.replicate_server import ReplicateDouble
from tests.doubles.service import ServiceDouble


class Rig:
    """One provider on its double. ``phases`` are those in which a fault may strike, in order; the picture's file
    comes in the last."""

    name: str
    arguments: tuple[str, ...] = ()
    has_safety = True
    """Whether the service has a safety system that refuses pictures."""
    phases: tuple[str, ...] = ("submit", "poll", "fetch")
    double: ServiceDouble

    def __init__(self) -> None:
        self.double = self.make()

    def make(self) -> ServiceDouble:
        """A new double."""
        raise NotImplementedError

    def variables(self, address: str) -> Mapping[str, str]:
        """The environment with which the provider is found at ``address`` and given its key."""
        raise NotImplementedError

    def refuse_content(self) -> None:
        """Make the double refuse pictures as the service's safety system does."""
        raise NotImplementedError


class ReplicateRig(Rig):
    name = "replicate"
    double: ReplicateDouble

    def make(self) -> ReplicateDouble:
        return ReplicateDouble()

    def variables(self, address: str) -> Mapping[str, str]:
        return {"REPLICATE_BASE_URL": address, "REPLICATE_API_TOKEN": self.double.key}

    def refuse_content(self) -> None:
        self.double.safety = True


class ComfyRig(Rig):
    name = "comfyui"
    arguments = ("--model", "sd15", "--size", "64", "--steps", "3")
    has_safety = False
    double: ComfyDouble

    def make(self) -> ComfyDouble:
        return ComfyDouble()

    def variables(self, address: str) -> Mapping[str, str]:
        return {"AUDOBON_COMFYUI_SERVERS": address}


RIGS: dict[str, Callable[[], Rig]] = {rig.name: rig for rig in (ComfyRig, ReplicateRig)}
