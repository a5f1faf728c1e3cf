"""The pictures of a run as tensors: encoded once, kept by the digest of their bytes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from audobon_cli.engines.base import ShouldStop, stop_if_asked
from audobon_cli.training.networks.trainable import EncodedCaption, EncodedPicture, TrainableModel

if TYPE_CHECKING:
    from PIL.Image import Image

    from audobon_cli.training.pictures.training_set import TrainingPicture, TrainingSet

PictureOpener = Callable[["TrainingPicture"], "Image"]
"""Opens a picture of the set: RGBA, straight alpha."""


@dataclass(frozen=True, slots=True)
class Examples:
    """``learnt`` pictures and ``held_out`` ones with their captions' places in ``captions``; ``mirrored`` are the
    learnt ones the other way round, if wanted. ``texts`` are the captions in words; the first is empty."""

    learnt: Sequence[EncodedPicture]
    held_out: Sequence[EncodedPicture]
    learnt_captions: Sequence[int]
    held_out_captions: Sequence[int]
    texts: Sequence[str]
    captions: Sequence[EncodedCaption]
    mirrored: Sequence[EncodedPicture] = field(default=())


def encode_set(
    trainable: TrainableModel,
    pictures: "TrainingSet",
    open_picture: PictureOpener,
    mirror: bool = False,
    should_stop: ShouldStop = lambda: False,
) -> Examples:
    """All pictures and captions of the set as ``trainable`` learns them; equal pictures are encoded once.

    Captions are encoded once only where they are fixed. Raises what ``open_picture`` raises, and Interrupted.
    """
    from PIL import Image, ImageOps

    kept: dict[tuple[str, bool], EncodedPicture] = {}

    def encoded(index: int, turned: bool = False) -> EncodedPicture:
        one = pictures.pictures[index]
        key = (one.digest, turned)
        if key not in kept:
            stop_if_asked(should_stop)
            image: Image.Image = open_picture(one).convert("RGBA")
            image = ImageOps.mirror(image) if turned else image
            kept[key] = trainable.encode_picture(image, int(one.digest[:8], 16))
        return kept[key]

    texts = [*dict.fromkeys(["", *(one.caption for one in pictures.pictures)])]
    places = {text: place for place, text in enumerate(texts)}
    with torch.no_grad():
        learnt = [encoded(index) for index in pictures.learnt]
        return Examples(
            learnt,
            [encoded(index) for index in pictures.held_out],
            [places[pictures.pictures[index].caption] for index in pictures.learnt],
            [places[pictures.pictures[index].caption] for index in pictures.held_out],
            texts,
            [trainable.encode_caption(text) for text in texts] if trainable.captions_are_fixed else [],
            [encoded(index, True) for index in pictures.learnt] if mirror else (),
        )


def chunks(count: int, size: int) -> Iterator[range]:
    """0 to ``count`` in ranges of at most ``size``."""
    for start in range(0, count, size):
        yield range(start, min(count, start + size))
