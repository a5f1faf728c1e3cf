"""Pictures of a model that is being trained, drawn by the engine as the program does, with the weights in memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from audobon_cli.domain.adapters import Adapters
from audobon_cli.domain.events import ignore
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import ShouldStop
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.training.networks.trainable import TrainableModel

if TYPE_CHECKING:
    from PIL.Image import Image

ENCODING = "encode_prompt"
"""What the engine puts a cache of its own in front of."""


def draw_in_memory(
    trainable: TrainableModel, requests: Sequence[ResolvedRequest], should_stop: ShouldStop
) -> list["Image"]:
    """The picture of each request's own seed, with the networks as they are. Raises Interrupted.

    Threads and random numbers of the training are as before afterwards.
    """
    if not requests:
        return []
    threads = torch.get_num_threads()
    engine = LocalEngine(str(trainable.device))
    engine.hold(requests[0], trainable.pipeline)
    try:
        return [engine.render(one, one.seed, 0, ignore, should_stop).image for one in requests]
    finally:
        vars(trainable.pipeline).pop(ENCODING, None)
        torch.set_num_threads(threads)


def draw_with_files(
    device: str, requests: Sequence[ResolvedRequest], worn: Sequence[Adapters], should_stop: ShouldStop
) -> list[list["Image"]]:
    """For each of ``worn`` the same, with a model that is loaded anew, and with that."""
    threads = torch.get_num_threads()
    engine = LocalEngine(device)
    try:
        return [
            [
                engine.render(replace(one, adapters=adapters), one.seed, 0, ignore, should_stop).image
                for one in requests
            ]
            for adapters in worn
        ]
    finally:
        torch.set_num_threads(threads)


def levels_apart(one: "Image", other: "Image") -> int:
    """The largest difference of a channel, of 255, colours multiplied by alpha: of clear pixels none is seen."""
    import numpy as np

    def seen(image: "Image") -> "np.ndarray":
        return np.asarray(image.convert("RGBA").convert("RGBa"), dtype=np.int16)

    return int(np.abs(seen(one) - seen(other)).max())
