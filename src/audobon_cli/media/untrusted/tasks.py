"""The child's side: the tasks of `sandbox.tasks` that the media do."""

from typing import Any

from audobon_cli.media.registry import inspect_file, medium_named, medium_of, recipe_in
from audobon_cli.media.untrusted import answers
from audobon_cli.media.untrusted.pictures import picture_function
from audobon_cli.sandbox.tasks import Answer


def inspect(facts: dict[str, Any], data: bytes) -> Answer:
    """What ``data`` is."""
    return answers.inspected_answer(inspect_file(data))


def decode(facts: dict[str, Any], data: bytes) -> Answer:
    """All of ``data``: ``medium``, ``name``."""
    from audobon_cli.media.image.pixels import DecodedImage
    from audobon_cli.media.sound.samples import DecodedSound

    content = medium_named(facts["medium"]).decode(data, facts["name"])
    if isinstance(content, DecodedImage):
        return answers.image_answer(content)
    if isinstance(content, DecodedSound):
        return answers.sound_answer(content)
    return Answer(None)


def measure(facts: dict[str, Any], data: bytes) -> Answer:
    """Sides and number of frames of the picture ``data``, called ``name``."""
    from audobon_cli.media.image.pixels import measure as sides

    return Answer(sides(data, facts["name"]))


def picture(facts: dict[str, Any], data: bytes) -> Answer:
    """The picture that the one of pictures.PICTURES called ``by`` makes of ``data``, called ``name``."""
    return answers.picture_answer(picture_function(facts["by"])(data, facts["name"]))


def preview(facts: dict[str, Any], data: bytes) -> Answer:
    """A small picture that shows ``data``, of ``medium``."""
    small = medium_named(facts["medium"]).preview(data)
    return Answer(small is not None, [small or b""])


def fingerprint(facts: dict[str, Any], data: bytes) -> Answer:
    """What tells contents like ``data``, of ``medium``."""
    return answers.appearance_answer(medium_named(facts["medium"]).fingerprint(data))


def samples(facts: dict[str, Any], data: bytes) -> Answer:
    """All samples of the sound ``data``, as media.sound.decoding.read_all gives them."""
    from audobon_cli.media.sound.decoding import read_all

    found, rate = read_all(data)
    return Answer([found.shape, rate], [found.data])


def convert(facts: dict[str, Any], data: bytes) -> Answer:
    """``data`` in another format: see answers.conversion."""
    asset, options = answers.conversion(facts)
    if "samples" not in options:
        return Answer(
            None, [medium_of(asset.media).convert(asset, data, options["form"], options["optimize"])]
        )
    from audobon_cli.media.sound.convert import convert as converted
    from audobon_cli.media.sound.formats import SampleType, SoundFormat

    kept = SampleType(options["samples"])
    return Answer(None, [converted(asset, data, SoundFormat(options["form"]), kept, options["loops"])])


def recipe(facts: dict[str, Any], data: bytes) -> Answer:
    """The recipe that ``data`` carries."""
    found = recipe_in(data)
    return Answer(None if found is None else found.to_json())
