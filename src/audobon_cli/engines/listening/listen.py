"""Listening to the sounds of a library, or looking at its pictures, with a pulled network."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener as EventListener
from audobon_cli.domain.events import ModelLoading, Progress
from audobon_cli.domain.media import DESCRIPTION, IMAGE, SOUND
from audobon_cli.domain.model import Model
from audobon_cli.engines.base import ShouldStop, stop_if_asked
from audobon_cli.engines.listening.answer import CAPTIONERS, LABELLED, PICTURED, ListenerAnswer
from audobon_cli.library.store.library import Library
from audobon_cli.media.sound.channels import one_channel
from audobon_cli.media.untrusted.decoding import first_frame, read_samples

LISTENED_SECONDS = 30.0
"""How much of a sound is listened to: from its beginning, as long as Whisper's window."""
SHORTEST_SECONDS = 0.1
"""What is shorter is followed by silence: networks of convolutions give nothing for less."""


def listen(
    model: Model,
    library: Library,
    assets: Sequence[Asset],
    labels: Sequence[str],
    listener: EventListener,
    should_stop: ShouldStop,
    device: str | None = None,
) -> list[tuple[Asset, ListenerAnswer]]:
    """What ``model`` hears or sees in each of ``assets``.

    Raises InvalidInput for what is not of its medium, for a model that does not listen, and for labels that are
    missing or have nothing to do; ModelDamaged; ModelUnsupported; Interrupted.
    """
    check_listening(model)
    medium = IMAGE if model.pipeline in PICTURED else SOUND
    for asset in assets:
        if asset.media.medium != medium:
            raise InvalidInput(
                f"{asset.name} ({asset.id}) is no {medium}, and {model.name} describes nothing else.",
                hint=f"add kind:{'sound' if medium == SOUND else 'sprite'} to what you look for",
            )
    chosen = tuple(dict.fromkeys(label.strip() for label in labels if label.strip()))
    _check_labels(model, chosen)
    listener(ModelLoading(model.name))
    from audobon_cli.engines.listening.loading import load_listener

    network = load_listener(model, device)
    heard = []
    for place, asset in enumerate(assets):
        stop_if_asked(should_stop)
        listener(Progress("listening", place, len(assets), "sounds"))
        data = library.blobs.read(asset.blob)
        content = _picture(data) if medium == IMAGE else _samples(data, network.rate)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the libraries to developers
            heard.append((asset, network.hear(content, chosen)))
    listener(Progress("listening", len(assets), len(assets), "sounds"))
    return heard


def captions_of(
    model: Model,
    pictures: Sequence[Callable[[], bytes]],
    listener: EventListener,
    should_stop: ShouldStop,
    device: str | None = None,
) -> list[str]:
    """What ``model`` sees in each of the picture files that ``pictures`` give, in a sentence each.

    Raises InvalidInput for a model that writes no captions of pictures, ModelDamaged, ModelUnsupported,
    PictureUnusable, Interrupted, and what ``pictures`` raise.
    """
    if model.pipeline not in CAPTIONERS:
        raise InvalidInput(
            f"The model {model.name} writes no captions of pictures.",
            hint="pull one that does: `audobon models pull blip`",
        )
    listener(ModelLoading(model.name))
    from audobon_cli.engines.listening.loading import load_listener

    network = load_listener(model, device)
    said = []
    for place, read in enumerate(pictures):
        stop_if_asked(should_stop)
        listener(Progress("captions", place, len(pictures), "pictures"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the libraries to developers
            said.append(network.hear(_picture(read()), ()).text)
    listener(Progress("captions", len(pictures), len(pictures), "pictures"))
    return said


def check_listening(model: Model) -> None:
    """Raise InvalidInput unless ``model`` describes sounds."""
    if model.produces != DESCRIPTION:
        raise InvalidInput(
            f"The model {model.name} describes no sounds: it makes {model.produces}s.",
            hint="name one that listens, such as ast, clap or whisper-tiny; `audobon models list` shows all",
        )


def _check_labels(model: Model, labels: tuple[str, ...]) -> None:
    wanted = model.pipeline in LABELLED
    if wanted and len(labels) < 2:
        raise InvalidInput(
            f"The model {model.name} chooses among labels, and there are {len(labels)}.",
            hint='give two or more: --labels "footsteps, rain, door"',
        )
    if labels and not wanted:
        raise InvalidInput(
            f"--labels has no effect on {model.name}, which has classes or words of its own.",
            hint="leave it out, or name a model such as clap with --model",
        )


def _picture(data: bytes) -> Any:
    """A picture file as Pillow's RGB, over white where it is clear. Raises PictureUnreadable."""
    from PIL import Image

    picture = first_frame(data)
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")


def _samples(data: bytes, rate: int) -> Any:
    """The beginning of a sound file as float32 of one channel at ``rate``. Raises PictureUnreadable."""
    samples, own_rate = read_samples(data)
    return prepared(one_channel(samples[: round(LISTENED_SECONDS * own_rate)]), own_rate, rate)


def prepared(samples: Any, own_rate: int, rate: int) -> Any:
    """``samples``, one channel at ``own_rate``, as float32 at ``rate``, no shorter than networks take."""
    from audobon_cli.media.sound.resample import resampled

    mono = samples[:, None].astype(np.float64)
    if own_rate != rate:
        mono = resampled(mono, own_rate, rate)
    mono = mono[:, 0].astype(np.float32)
    missing = round(SHORTEST_SECONDS * rate) - len(mono)
    return np.pad(mono, (0, missing)) if missing > 0 else mono
