"""From the options of ``audobon generate`` to requests: those of the command line, and those of a batch's rows."""

import inspect
from collections.abc import Sequence
from dataclasses import field, fields, replace
from functools import cache
from typing import Any

import typer

from audobon_cli.batch.syntax.rows import BatchRow
from audobon_cli.cli.grammar.usage_errors import ClickException, explain
from audobon_cli.cli.options import option_parameters
from audobon_cli.cli.requests.adapters import AdapterOptions
from audobon_cli.cli.requests.components import ComponentOptions
from audobon_cli.cli.requests.drawing import DrawingOptions
from audobon_cli.cli.requests.files import OutOption
from audobon_cli.cli.requests.inputs import ImageInputOptions
from audobon_cli.cli.requests.prompts import PromptOptions
from audobon_cli.cli.requests.providers import PlaceOptions
from audobon_cli.cli.requests.sounds import SYNTH, KindOptions, RequestKind, SoundOptions
from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.media import SOUND
from audobon_cli.domain.request import GenerationRequest


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """All options that decide on a picture, but the prompt."""

    drawing: DrawingOptions = field(default_factory=DrawingOptions)
    parts: ComponentOptions = field(default_factory=ComponentOptions)
    pictures: ImageInputOptions = field(default_factory=ImageInputOptions)
    adapters: AdapterOptions = field(default_factory=AdapterOptions)
    places: PlaceOptions = field(default_factory=PlaceOptions)
    kind: KindOptions = field(default_factory=KindOptions)
    sound: SoundOptions = field(default_factory=SoundOptions)
    words: PromptOptions = field(default_factory=PromptOptions)

    def of(self, prompt: str) -> GenerationRequest:
        """The request for ``prompt``. Raises InvalidInput."""
        from audobon_cli.generation.typed_prompts import read_typed, without_loras

        own = {one.name: getattr(self.drawing, one.name) for one in fields(self.drawing)}
        typed = read_typed(prompt)
        text, added = self._enhanced(typed.text)
        own["negative"] = without_loras(own["negative"])
        if self.kind.kind is RequestKind.SOUND:
            own["model"] = own["model"] or SYNTH
        adapters = self.adapters.parse()
        if typed.loras:
            adapters = replace(adapters, loras=(*adapters.loras, *typed.loras))
        return GenerationRequest(
            prompt=text,
            **own,
            inputs=self.pictures.parse(),
            adapters=adapters,
            scheduler=self.parts.scheduler,
            vae=self.parts.vae,
            components=tuple(self.parts.component or ()),
            where=self.places.parse(),
            sound=self.sound.parse(),
            medium=SOUND if self.kind.kind is RequestKind.SOUND else "",
            enhanced=added,
        )

    def _enhanced(self, text: str) -> tuple[str, str]:
        """``text`` with the words that --enhance adds, and these. Raises InvalidInput for sounds."""
        if not self.words.enhance:
            return text, ""
        if self.kind.kind is RequestKind.SOUND:
            raise InvalidInput(
                "--enhance adds what is seen, and a sound has none of it.", hint="leave it out"
            )
        from audobon_cli.prompts.enhance import enhanced

        found = enhanced(text)
        return found.text, " ".join(found.added)

    def changed(self, given: dict[str, Any]) -> "RequestOptions":
        """The same with the options that are ``given`` by field name."""
        changes = {}
        for group in fields(self):
            options = getattr(self, group.name)
            mine = {one.name: given[one.name] for one in fields(options) if one.name in given}
            if mine:
                changes[group.name] = replace(options, **mine)
        return replace(self, **changes) if changes else self


@dataclass(frozen=True, slots=True)
class RowOptions:
    """What a row of a batch can say besides."""

    out: OutOption = None


@dataclass(frozen=True, slots=True)
class RowRequest:
    """A row as a request; ``out`` is the file that it names."""

    request: GenerationRequest
    out: str | None


_GROUPS = (
    *(DrawingOptions, ComponentOptions, ImageInputOptions, AdapterOptions, PlaceOptions),
    *(KindOptions, SoundOptions, PromptOptions, RowOptions),
)


def row_options() -> frozenset[str]:
    """The long names, without dashes, of all options that a row of a batch can give."""
    return frozenset(
        name.removeprefix("--") for option in _row_parser().params for name in option.opts if "--" in name
    )


def row_switches() -> frozenset[str]:
    """The names of those among row_options that are on or off."""
    return frozenset(
        name.removeprefix("--")
        for option in _row_parser().params
        if getattr(option, "is_flag", False) and option.secondary_opts
        for name in option.opts
    )


def row_parameters() -> dict[str, Any]:
    """The same options with their types, by long name."""
    return {
        name.removeprefix("--"): option
        for option in _row_parser().params
        for name in option.opts
        if name.startswith("--")
    }


def read_row(row: BatchRow, defaults: RequestOptions) -> RowRequest:
    """The request of ``row``; what it does not say is as in ``defaults``. Raises InvalidInput."""
    try:
        given = _row_parser().read(row.flags)
    except ClickException as error:
        raise InvalidInput(
            explain(error)[0], hint="rows take options of `audobon generate`: see docs/batch.md"
        ) from error
    out = given.pop("out", None)
    if given.get("kind", defaults.kind.kind) is not defaults.kind.kind:
        # The command line speaks of rows of its own kind: a model, size or style of pictures is none of sounds.
        common = DrawingOptions(quality=defaults.drawing.quality, seed=defaults.drawing.seed)
        defaults = RequestOptions(common)
    return RowRequest(defaults.changed(given).of(row.prompt), out)


class _RowParser:
    """Reads the options of rows as the command line's are read, handling those alone that are given: a batch may have
    a hundred thousand rows, and each could have any of thirty options."""

    def __init__(self, command: Any) -> None:
        self.params = command.params
        self._convert = command.callback
        self._context = command.make_context("row", [])
        self._parser = command.make_parser(self._context)

    def read(self, flags: Sequence[str]) -> dict[str, Any]:
        """The values of the options in ``flags``, by field name. Raises ClickException."""
        found, rest, order = self._parser.parse_args(args=list(flags))
        self._context.params.clear()
        for option in dict.fromkeys(order):
            option.handle_parse_result(self._context, found, rest)
        if rest:
            self._context.fail(f"Got unexpected extra argument(s) ({' '.join(rest)})")
        converted = self._convert(**self._context.params)
        return {name: converted[name] for name in self._context.params}


@cache
def _row_parser() -> _RowParser:
    """A parser of generate's own options."""

    def row(**values: Any) -> dict[str, Any]:
        return values

    own = [option for group in _GROUPS for option in option_parameters(group)]
    row.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]
    row.__annotations__ = {p.name: p.annotation for p in own}
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(add_help_option=False)(row)
    return _RowParser(typer.main.get_command(app))
