"""Which device and number format are chosen, on machines of every kind."""

import pytest
import torch

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.engines.diffusers.memory.device import available_devices, choose_placement


@pytest.fixture
def no_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def pretend_cuda(monkeypatch: pytest.MonkeyPatch, count: int, capability: tuple[int, int]) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)


@pytest.mark.usefixtures("no_accelerator")
def test_the_cpu_computes_in_single_precision() -> None:
    placement = choose_placement()
    assert (placement.device, placement.kind, placement.dtype_name) == ("cpu", "cpu", "float32")


@pytest.mark.usefixtures("no_accelerator")
@pytest.mark.parametrize("name", ["cuda", "cuda:1", "mps", "tpu", "", "cpu:0"])
def test_a_device_that_is_not_here_is_named(name: str) -> None:
    with pytest.raises(InvalidInput, match="no device") as caught:
        choose_placement(name)
    assert caught.value.details["available"] == ["cpu"]


@pytest.mark.parametrize(
    ("capability", "dtype"), [((8, 0), torch.bfloat16), ((9, 0), torch.bfloat16), ((7, 5), torch.float16)]
)
def test_cuda_comes_first(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], dtype: torch.dtype
) -> None:
    pretend_cuda(monkeypatch, 2, capability)
    assert choose_placement().device == "cuda"
    assert choose_placement().dtype is dtype
    assert choose_placement("CUDA:1").device == "cuda:1"
    assert choose_placement("cuda:1").kind == "cuda"
    assert choose_placement("cpu").dtype is torch.float32
    assert "cuda:2" not in available_devices()


def test_mps_comes_before_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    placement = choose_placement()
    assert (placement.kind, placement.dtype) == ("mps", torch.float16)
