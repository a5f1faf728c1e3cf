"""Bytes from outside, decoded in the sandbox: each function gives what the one of the medium would, or its error.

``from_outside`` False is for what this program made itself, which the medium decodes here. So do media of plugins: the
child knows those that ship alone.
A file that ends its decoder, or takes more of memory or time than the settings ``import.*`` allow, is one that cannot
be read. All raise SandboxUnavailable and SettingInvalid besides.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import (
    AudobonError,
    InvalidInput,
    PictureUnreadable,
    PictureUnusable,
    SoundUnusable,
)
from audobon_cli.domain.media import IMAGE, SOUND
from audobon_cli.domain.recipe import Recipe, recipe_from_json
from audobon_cli.media import registry
from audobon_cli.media.types import NO_APPEARANCE, Appearance, DecodedContent, InspectedFile
from audobon_cli.media.untrusted import answers
from audobon_cli.media.untrusted.pictures import picture_function
from audobon_cli.sandbox.child import Refused, Result
from audobon_cli.sandbox.policy import SandboxMode
from audobon_cli.sandbox.pool import ask, ask_many, warm_up
from audobon_cli.sandbox.source import current_policy
from audobon_cli.sandbox.tasks import Answer

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    from audobon_cli.media.image.pixels import DecodedImage

T = TypeVar("T")
Refusal = Callable[[str], AudobonError]
"""The error for a file of which only why it cannot be read is known."""

MOST_PREVIEW_BYTES = 2**20


def prepare_import() -> None:
    """Begin the child that an import needs, while this process does other things."""
    if _is_on():
        warm_up(["inspect"])


def inspect_file(data: bytes, from_outside: bool = True) -> InspectedFile:
    """See media.registry.inspect_file."""
    if not (from_outside and _is_on()) or registry.added_medium(data) is not None:
        return registry.inspect_file(data)
    return _given(ask("inspect", {}, data, 0), _unreadable, answers.inspected)


def inspect_files(contents: Iterable[bytes]) -> Iterator[InspectedFile | PictureUnreadable]:
    """The same of many, in their order: what is no file that can be read has its error. ``contents`` is read some
    files ahead."""
    if not _is_on():
        yield from map(_inspected_or_error, contents)
        return
    waiting: deque[bytes | None] = deque()
    """Of each file: itself if it is done here, None if the child has it."""

    def for_child() -> Iterator[bytes]:
        for content in contents:
            waiting.append(None if registry.added_medium(content) is None else content)
            if waiting[-1] is None:
                yield content

    def done_here() -> Iterator[InspectedFile | PictureUnreadable]:
        while waiting and (content := waiting[0]) is not None:
            waiting.popleft()
            yield _inspected_or_error(content)

    for result in ask_many("inspect", for_child()):
        yield from done_here()
        waiting.popleft()
        try:
            yield _given(result, _unreadable, answers.inspected)
        except PictureUnreadable as error:
            yield error
    yield from done_here()


def _inspected_or_error(data: bytes) -> InspectedFile | PictureUnreadable:
    try:
        return registry.inspect_file(data)
    except PictureUnreadable as error:
        return error


def recipe_in(data: bytes) -> Recipe | None:
    """See media.registry.recipe_in."""
    if not _is_on() or registry.added_medium(data) is not None:
        return registry.recipe_in(data)
    facts = _given(ask("recipe", {}, data, 0), _unreadable, lambda answer: answer.facts)
    return None if facts is None else recipe_from_json(facts)


def decode_content(medium: str, data: bytes, name: str, from_outside: bool = True) -> DecodedContent:
    """See Medium.decode."""
    own = registry.medium_or_unknown(medium)
    if not (from_outside and _is_on()) or medium not in registry.SHIPPED:
        return own.decode(data, name)

    def content(answer: Answer) -> DecodedContent:
        if medium == IMAGE:
            return answers.decoded_image(answer, name)
        if medium == SOUND:
            return answers.decoded_sound(answer, name, data)
        return own.decode(data, name)  # weights: only their header is read, as JSON

    return _given(ask("decode", {"medium": medium, "name": name}, data), _unusable(medium, name), content)


def read_picture(data: bytes, name: str = "the picture") -> "DecodedImage":
    """See media.image.pixels.read_picture."""
    content = decode_content(IMAGE, data, name)
    return cast("DecodedImage", content)


def measure(data: bytes, name: str, from_outside: bool = True) -> tuple[int, int, int]:
    """See media.image.pixels.measure."""
    if not (from_outside and _is_on()):
        from audobon_cli.media.image.pixels import measure as sides

        return sides(data, name)

    def sides_of(answer: Answer) -> tuple[int, int, int]:
        width, height, frames = map(int, answer.facts)
        return width, height, frames

    return _given(ask("measure", {"name": name}, data, 0), _unusable(IMAGE, name), sides_of)


def first_frame(data: bytes, name: str = "the picture", from_outside: bool = True) -> "Image":
    """See media.image.pixels.first_frame."""
    return picture_by("first frame", data, name, _unusable(IMAGE, name), from_outside)


def picture_by(by: str, data: bytes, name: str, refuse: Refusal, from_outside: bool = True) -> "Image":
    """The picture that the function ``by`` of tasks.PICTURES makes of ``data``; ``refuse`` gives the error for a file
    of which only why it cannot be read is known."""
    if not (from_outside and _is_on()):
        return picture_function(by)(data, name)
    return _given(ask("picture", {"by": by, "name": name}, data), refuse, answers.pillow_picture)


def preview(medium: str, data: bytes, from_outside: bool = True) -> bytes | None:
    """See Medium.preview."""
    if not (from_outside and _is_on()) or medium not in registry.SHIPPED:
        return registry.medium_or_unknown(medium).preview(data)

    def small(answer: Answer) -> bytes | None:
        return bytes(answer.contents[0]) if answer.facts else None

    try:
        return _given(ask("preview", {"medium": medium}, data, MOST_PREVIEW_BYTES), _unreadable, small)
    except PictureUnreadable:
        return None


def fingerprint(medium: str, data: bytes, from_outside: bool = True) -> Appearance:
    """See Medium.fingerprint."""
    if not (from_outside and _is_on()) or medium not in registry.SHIPPED:
        return registry.medium_or_unknown(medium).fingerprint(data)
    try:
        return _given(ask("fingerprint", {"medium": medium}, data, 0), _unreadable, answers.appearance)
    except PictureUnreadable:
        return NO_APPEARANCE


def read_samples(data: bytes, from_outside: bool = True) -> "tuple[np.ndarray, int]":
    """See media.sound.decoding.read_all."""
    if not (from_outside and _is_on()):
        from audobon_cli.media.sound.decoding import read_all

        return read_all(data)

    def samples(answer: Answer) -> "tuple[np.ndarray, int]":
        import numpy as np

        shape, rate = answer.facts
        return np.frombuffer(answer.contents[0], dtype=np.float32).reshape(shape).copy(), int(rate)

    return _given(ask("samples", {}, data), _unreadable, samples)


def convert(asset: Asset, data: bytes, form: str | None, optimize: bool) -> bytes:
    """See Medium.convert. What stays as it is goes nowhere."""
    medium = registry.medium_of(asset.media)
    unchanged = form in (None, asset.format) and not optimize
    if not (asset.is_from_outside and _is_on()) or unchanged or medium.name not in registry.SHIPPED:
        return medium.convert(asset, data, form, optimize)
    facts = answers.conversion_facts(asset, form=form, optimize=optimize)
    return _given(ask("convert", facts, data), _undecodable(asset), lambda answer: bytes(answer.contents[0]))


def convert_sound(
    asset: Asset, data: bytes, form: str, samples: str, loops: Sequence[dict[str, Any]] = ()
) -> bytes:
    """See media.sound.convert.convert."""
    if not (asset.is_from_outside and _is_on()):
        from audobon_cli.media.sound.convert import convert as converted
        from audobon_cli.media.sound.formats import SampleType, SoundFormat

        return converted(asset, data, SoundFormat(form), SampleType(samples), loops)
    facts = answers.conversion_facts(asset, form=form, samples=samples, loops=list(loops))
    return _given(ask("convert", facts, data), _undecodable(asset), lambda answer: bytes(answer.contents[0]))


def from_sandbox(
    task: str,
    facts: Mapping[str, Any],
    data: bytes,
    here: Callable[[], T],
    read: Callable[[Answer], T],
    refuse: Refusal | None = None,
    from_outside: bool = True,
) -> T:
    """What ``task`` of sandbox.tasks finds in ``data``, as ``read`` reads it; with the sandbox off, what ``here`` does.
    ``refuse`` gives the error for a file of which only why it cannot be read is known (None: PictureUnreadable)."""
    if not (from_outside and _is_on()):
        return here()
    return _given(ask(task, facts, data), refuse or _unreadable, read)


def _is_on() -> bool:
    return current_policy().mode is not SandboxMode.OFF


def _given(result: Result, refuse: Refusal, read: Callable[[Answer], T]) -> T:
    """What ``read`` makes of an answer; raised is the error that came in its place, or that ``refuse`` makes."""
    if isinstance(result, AudobonError):
        raise result
    if isinstance(result, Refused):
        raise refuse(result.why)
    try:
        return read(result)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise refuse("its decoder failed") from error


def _unreadable(why: str) -> PictureUnreadable:
    return PictureUnreadable(
        f"This is no picture or sound that can be read: {why}.", hint="open it elsewhere", why=why
    )


def _undecodable(asset: Asset) -> Refusal:
    return lambda why: PictureUnreadable(
        f"{asset.name} cannot be decoded: {why}.", hint="run `audobon assets verify`", why=why
    )


def _unusable(medium: str, name: str) -> Refusal:
    if medium == SOUND:
        return lambda why: SoundUnusable(
            f"{name} cannot be worked on: {why}.",
            hint="name a WAV, FLAC, Ogg, MP3 or AIFF that plays elsewhere",
        )
    if medium == IMAGE:
        return lambda why: PictureUnusable(f"{name} cannot be decoded: {why}.", hint="make or fetch it again")
    return lambda why: InvalidInput(f"{name} cannot be used: {why}.", hint="make or fetch it again")
