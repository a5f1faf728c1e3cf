"""What the doctor says of cards beside PyTorch, and of the models that a machine runs."""

import pytest

from audobon_cli.doctor.cards import TorchBuild, mismatches, torch_build
from audobon_cli.hardware.gpu import Gpu, GpuKind
from tests.conftest import Audobon

CUDA, ROCM, CPU = (TorchBuild("2.9", *built) for built in (("12.8", ""), ("", "6.4"), ("", "")))


def card(driver: str, kind: GpuKind = GpuKind.NVIDIA) -> Gpu:
    return Gpu("Card 6GB", 6 * 2**30, 5 * 2**30, driver, kind)


@pytest.mark.parametrize(
    ("gpu", "build", "words"),
    [
        (card("580.65.06"), CUDA, ""),
        (card(""), CUDA, ""),
        (card("470.82.01"), CUDA, "needs 525 or newer"),
        (card("580.65.06"), CPU, "without CUDA"),
        (card("580.65.06"), ROCM, "without CUDA"),
        (card("", GpuKind.AMD), CUDA, "without ROCm"),
        (card("", GpuKind.AMD), ROCM, ""),
        (card("", GpuKind.APPLE), CPU, ""),
    ],
)
def test_a_card_that_torch_cannot_use_is_said(gpu: Gpu, build: TorchBuild, words: str) -> None:
    found = list(mismatches([gpu], build))
    assert len(found) == bool(words)
    for fact, remedy in found:
        assert words in fact
        assert "pytorch.org" in remedy


def test_the_installed_build_is_read_without_importing_it() -> None:
    import torch

    build = torch_build()
    assert build is not None
    assert (build.version, build.cuda or None) == (torch.__version__, torch.version.cuda)


def test_the_models_that_run_here_are_named(audobon: Audobon) -> None:
    checks = audobon("doctor", "--json").data["checks"]
    message = next(check["message"] for check in checks if check["name"] == "models")
    assert message.startswith("you can run sprite, synth; after `audobon models pull`: ")
    assert "sd15" in message
