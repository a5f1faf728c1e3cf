"""How each provider is set up for trials: its double, the command line, and what only it can have go wrong.

A new provider is a subclass of Rig and an entry in RIGS.
"""

from collections.abc import Mapping

from tests.doubles.azure_server import AzureDouble
from tests.doubles.bedrock_server import BedrockDouble
from tests.doubles.comfyui_server import ComfyDouble
from tests.doubles.huggingface_server import HuggingFaceDouble
from tests.doubles.replicate_server import ReplicateDouble
from tests.doubles.service import ServiceDouble
from tests.doubles.vertex_endpoint_server import NAME as ENDPOINT
from tests.doubles.vertex_endpoint_server import VertexEndpointDouble
from tests.doubles.vertex_server import VertexDouble
from tests.providers.accounts import service_account


class Rig:
    """One provider on its double. ``phases`` are those in which a fault may strike, in order; the picture's file
    comes in the last."""

    name: str
    needs: str = ""
    """The module of its SDK; where it is not installed, trials are skipped."""
    arguments: tuple[str, ...] = ()
    seed: tuple[str, ...] = ("--seed", "5")
    """How a seed is asked for; nothing where the service has none."""
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


class AzureRig(Rig):
    name = "azure"
    needs = "openai"
    seed = ()
    phases = ("submit",)
    double: AzureDouble

    def make(self) -> AzureDouble:
        return AzureDouble()

    def variables(self, address: str) -> Mapping[str, str]:
        return {"AZURE_OPENAI_ENDPOINT": address, "AZURE_OPENAI_API_KEY": self.double.key}

    def refuse_content(self) -> None:
        self.double.safety = True


class VertexRig(Rig):
    """Signed in with a service account, whose tokens the double gives out too."""

    name = "vertex"
    needs = "google.genai"
    phases = ("submit",)
    double: VertexDouble

    def make(self) -> VertexDouble:
        return VertexDouble()

    def variables(self, address: str) -> Mapping[str, str]:
        return {
            "GOOGLE_VERTEX_BASE_URL": address,
            "GOOGLE_APPLICATION_CREDENTIALS": str(service_account(f"{self.double.address}/token")),
        }

    def refuse_content(self) -> None:
        self.double.safety = "picture"


class VertexEndpointRig(Rig):
    """An endpoint of one's own; ``name`` is found by the setting, the address by its variable."""

    name = "vertex-endpoint"
    needs = "google.auth"
    arguments = ("--size", "256")
    seed = ()
    phases = ("submit",)
    double: VertexEndpointDouble

    def make(self) -> VertexEndpointDouble:
        return VertexEndpointDouble()

    def variables(self, address: str) -> Mapping[str, str]:
        return {
            "VERTEX_ENDPOINT_BASE_URL": address,
            "AUDOBON_VERTEX_ENDPOINT": ENDPOINT,
            "VERTEX_ENDPOINT_TOKEN": self.double.key,
        }

    def refuse_content(self) -> None:
        self.double.safety = True


class BedrockRig(Rig):
    """Signed with an access key."""

    name = "bedrock"
    needs = "botocore"
    phases = ("submit",)
    double: BedrockDouble

    def make(self) -> BedrockDouble:
        return BedrockDouble()

    def variables(self, address: str) -> Mapping[str, str]:
        return {
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": address,
            "AWS_ACCESS_KEY_ID": self.double.access_key,
            "AWS_SECRET_ACCESS_KEY": self.double.secret_key,
        }

    def refuse_content(self) -> None:
        self.double.safety = True


class HuggingFaceRig(Rig):
    """An Inference Endpoint; the router and its partners have tests of their own."""

    name = "huggingface"
    needs = "huggingface_hub"
    arguments = ("--model", "flux-dev")
    phases = ("submit",)
    double: HuggingFaceDouble

    def make(self) -> HuggingFaceDouble:
        return HuggingFaceDouble()

    def variables(self, address: str) -> Mapping[str, str]:
        return {"HF_INFERENCE_ENDPOINT": address, "HF_TOKEN": self.double.key}

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


RIGS: dict[str, type[Rig]] = {
    rig.name: rig
    for rig in (ComfyRig, ReplicateRig, HuggingFaceRig, BedrockRig, AzureRig, VertexRig, VertexEndpointRig)
}
