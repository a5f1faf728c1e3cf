"""What was found in a file as plain data, and back. What comes back is checked: a stranger's file was read to make it.

Each pair is of a function to `Answer` and one from it; the latter raises ValueError, TypeError, LookupError or
AttributeError for what the former did not make.
"""

import math
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.ids import BlobId
from audobon_cli.domain.media import media_dict
from audobon_cli.domain.recipe import recipe_from_json
from audobon_cli.domain.serialization import all_facts, from_plain
from audobon_cli.media.registry import media_from_dict, medium_named
from audobon_cli.media.types import Appearance, Foreign, InspectedFile
from audobon_cli.sandbox.tasks import Answer

if TYPE_CHECKING:
    from PIL.Image import Image

    from audobon_cli.media.image.pixels import DecodedImage
    from audobon_cli.media.sound.samples import DecodedSound

CHANNELS = {"RGBA": 4, "RGB": 3}
NOTHING_FOREIGN = Foreign()


def inspected_answer(found: InspectedFile) -> Answer:
    """See inspected."""
    foreign = None if found.foreign == NOTHING_FOREIGN else _foreign_facts(found.foreign)
    return Answer([found.kind.value, found.format, found.media.medium, all_facts(found.media), foreign])


def inspected(answer: Answer) -> InspectedFile:
    """What an inspection found."""
    kind, form, medium, info, foreign = answer.facts
    return InspectedFile(
        AssetKind(kind),
        _text(form),
        from_plain(medium_named(medium).info, info),
        NOTHING_FOREIGN if foreign is None else _foreign(foreign),
    )


def _foreign_facts(foreign: Foreign) -> dict[str, Any]:
    return all_facts(foreign) | {"recipe": foreign.recipe.to_json() if foreign.recipe is not None else None}


def _foreign(facts: dict[str, Any]) -> Foreign:
    recipe = facts.pop("recipe")
    found = from_plain(Foreign, facts | {"recipe": None})
    if recipe is None:
        return found
    return Foreign(
        **{name: getattr(found, name) for name in facts if name != "recipe"}, recipe=recipe_from_json(recipe)
    )


def image_answer(image: "DecodedImage") -> Answer:
    """See decoded_image."""
    facts = {
        "shapes": [frame.shape[:2] for frame in image.frames],
        "durations": [Fraction(ms).as_integer_ratio() for ms in image.durations_ms],
        "texts": dict(image.texts),
        "format": image.format,
        "mode": image.mode,
        "plays": image.plays,
    }
    return Answer(facts, [frame.data for frame in image.frames])


def decoded_image(answer: Answer, name: str) -> "DecodedImage":
    """A decoded picture, called ``name``."""
    import numpy as np

    from audobon_cli.media.image.pixels import DecodedImage

    facts, pixels = answer.facts, memoryview(answer.contents[0])
    frames, at = [], 0
    for height, width in facts["shapes"]:
        size = height * width * CHANNELS["RGBA"]
        part = np.frombuffer(pixels[at : at + size], dtype=np.uint8)
        frames.append(part.reshape(height, width, CHANNELS["RGBA"]).copy())
        at += size
    times = [Fraction(top, bottom) for top, bottom in facts["durations"]]
    if at != len(pixels) or not frames or len(times) != len(frames):
        raise ValueError("there are more or fewer pixels than was said")
    durations = tuple(int(ms) if ms.denominator == 1 else ms for ms in times)
    texts = {_text(key): _text(value) for key, value in facts["texts"].items()}
    return DecodedImage(
        *(name, tuple(frames), durations, texts),
        *(_text(facts["format"]), _text(facts["mode"]), int(facts["plays"])),
    )


def sound_answer(sound: "DecodedSound") -> Answer:
    """See decoded_sound."""
    facts = {
        "shape": sound.samples.shape,
        "rate": sound.rate,
        "type": sound.type.value,
        "loops": list(sound.loops),
        "format": sound.format,
    }
    return Answer(facts, [sound.samples.data])


def decoded_sound(answer: Answer, name: str, data: bytes) -> "DecodedSound":
    """The decoded sound of the file ``data``, called ``name``."""
    import numpy as np

    from audobon_cli.media.sound.formats import SampleType
    from audobon_cli.media.sound.samples import DecodedSound

    facts = answer.facts
    samples = np.frombuffer(answer.contents[0], dtype=np.float64).reshape(facts["shape"]).copy()
    if samples.ndim != 2 or not np.isfinite(samples).all():
        raise ValueError("these are no samples")
    loops = tuple({_text(key): value for key, value in loop.items()} for loop in facts["loops"])
    return DecodedSound(
        name, samples, int(facts["rate"]), SampleType(facts["type"]), loops, _text(facts["format"]), data
    )


def picture_answer(image: "Image") -> Answer:
    """See pillow_picture."""
    return Answer([image.mode, image.width, image.height], [image.tobytes()])


def pillow_picture(answer: Answer) -> "Image":
    """A picture as Pillow has it, RGB or RGBA."""
    from PIL import Image

    mode, width, height = answer.facts
    if len(answer.contents[0]) != math.prod((width, height, CHANNELS[mode])):
        raise ValueError("there are more or fewer pixels than was said")
    return Image.frombytes(mode, (width, height), answer.contents[0])


def appearance_answer(found: Appearance) -> Answer:
    """See appearance."""
    return Answer([found.dhash, found.colors])


def appearance(answer: Answer) -> Appearance:
    """What tells alike pictures."""
    dhash, colors = answer.facts
    if not 0 <= dhash < 2**64 or not all(0 <= level < 256 for colour in colors for level in colour):
        raise ValueError("this is no hash, or these are no colours")
    return Appearance(dhash, tuple((int(red), int(green), int(blue)) for red, green, blue in colors))


def conversion_facts(asset: Asset, **options: Any) -> dict[str, Any]:
    """What a conversion of the file of ``asset`` needs to know: see conversion."""
    return {
        "asset": {"id": asset.id, "name": asset.name, "kind": asset.kind.value, "format": asset.format},
        "media": media_dict(asset.media),
        "recipe": asset.recipe.to_json() if asset.recipe is not None else None,
        "options": options,
    }


def conversion(facts: dict[str, Any]) -> tuple[Asset, dict[str, Any]]:
    """The asset, as far as conversions go by it, and the options."""
    own, recipe = facts["asset"], facts["recipe"]
    asset = Asset(
        id=own["id"],
        name=own["name"],
        kind=AssetKind(own["kind"]),
        format=own["format"],
        media=media_from_dict(facts["media"]),
        recipe=None if recipe is None else recipe_from_json(recipe),
        blob=BlobId(""),
        size_bytes=0,
        created=datetime.now(UTC),
    )
    return asset, facts["options"]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("it is no text")
    return value
