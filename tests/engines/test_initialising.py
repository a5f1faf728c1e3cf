"""Networks are made without numbers that their files replace; everything else is drawn as ever."""

import torch
from torch.nn import init

from audobon_cli.engines.diffusers.loading.initialising import plain_meta_tensors


def test_tensors_without_numbers_are_left_as_they_are() -> None:
    with plain_meta_tensors(), torch.device("meta"):
        layer = torch.nn.Linear(3, 4)
        made = torch.empty_like(layer.weight, device="cpu")
    assert layer.weight.is_meta
    assert (made.device.type, made.shape, made.dtype) == ("cpu", (4, 3), torch.float32)


def test_tensors_with_numbers_are_drawn_as_ever() -> None:
    torch.manual_seed(3)
    expected = init.normal_(torch.empty(4))
    torch.manual_seed(3)
    with plain_meta_tensors():
        drawn = init.normal_(torch.empty(4))
        alike = torch.empty_like(torch.ones(2, 3).t())
    assert torch.equal(drawn, expected)
    assert alike.stride() == torch.empty_like(torch.ones(2, 3).t()).stride()


def test_afterwards_all_is_as_before() -> None:
    before = (init.normal_, torch.empty_like)
    with plain_meta_tensors():
        assert init.normal_ is not before[0]
    assert (init.normal_, torch.empty_like) == before
