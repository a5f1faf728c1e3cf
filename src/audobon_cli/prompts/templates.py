"""Templates: prompts with fields in braces, kept as TOML files of the user's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from audobon_cli.domain.errors import InvalidInput, OutputExists
from audobon_cli.domain.foreign.documents import parse_toml, read_bounded
from audobon_cli.storage.durable_files import output_errors, write_output

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
FIELD = re.compile(r"\{([a-z][a-z0-9_]*)(?:=([^{}]*))?\}")
MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A prompt with fields: ``{creature}``, or ``{mood=angry}`` with what stands there unless another is given."""

    name: str
    text: str
    about: str = ""

    @property
    def fields(self) -> Mapping[str, str | None]:
        """The fields with what stands there unless another is given; None for those that must be given."""
        found: dict[str, str | None] = {}
        for match in FIELD.finditer(self.text):
            if found.get(match[1]) is None:
                found[match[1]] = match[2]
        return found

    def filled(self, values: Mapping[str, str]) -> str:
        """The prompt. Raises InvalidInput for fields that are missing, or that there are none of."""
        unknown = next((name for name in values if name not in self.fields), None)
        if unknown is not None:
            raise InvalidInput(
                f"{self.name} has no field {unknown!r}.", hint=f"it has {', '.join(self.fields)}"
            )
        missing = [name for name, usual in self.fields.items() if usual is None and name not in values]
        if missing:
            raise InvalidInput(f"{self.name} needs {', '.join(missing)}.", hint=f"add {missing[0]}=WORDS")
        return FIELD.sub(lambda match: values.get(match[1]) or self.fields[match[1]] or "", self.text).strip()


@dataclass(frozen=True, slots=True)
class UnusableTemplate:
    """A file among the templates that is none, and what is wrong with it."""

    path: Path
    reason: str


def templates_in(folder: Path) -> tuple[PromptTemplate, ...]:
    """All of them by name; files that are none are passed over, see read_templates."""
    return read_templates(folder)[0]


def read_templates(folder: Path) -> tuple[tuple[PromptTemplate, ...], tuple[UnusableTemplate, ...]]:
    """All templates by name, and the files that are none."""
    found: list[PromptTemplate] = []
    unusable: list[UnusableTemplate] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            found.append(_read(path))
        except InvalidInput as error:
            unusable.append(UnusableTemplate(path, error.message))
    return tuple(found), tuple(unusable)


def template_named(folder: Path, name: str) -> PromptTemplate:
    """The template ``name``. Raises InvalidInput where there is none, or its file is none."""
    path = folder / f"{name}.toml"
    if not NAME.fullmatch(name) or not path.is_file():
        known = ", ".join(one.name for one in templates_in(folder))
        raise InvalidInput(
            f"There is no template {name!r}.",
            hint=f"there are: {known}" if known else "make one: `audobon prompts new`",
        )
    return _read(path)


def save_template(folder: Path, template: PromptTemplate, overwrite: bool = False) -> Path:
    """Keep ``template``. Raises InvalidInput for a name or text that cannot be, OutputExists, OutputUnwritable."""
    if not NAME.fullmatch(template.name):
        raise InvalidInput(f"{template.name!r} is no name.", hint="write small letters, digits and -")
    if not template.text.strip() or re.search(r"[{}]", FIELD.sub("", template.text)):
        raise InvalidInput(
            "The text of a template has words, and fields in braces.",
            hint="write 'a {mood=angry} {creature}'",
        )
    path = folder / f"{template.name}.toml"
    if path.exists() and not overwrite:
        raise OutputExists(
            f"There is a template {template.name} already.",
            hint="take another name, or --overwrite",
            paths=[str(path)],
        )
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_output(
        path, tomli_w.dumps({"text": template.text, "about": template.about}).encode(), overwrite=True
    )
    return path


def _read(path: Path) -> PromptTemplate:
    try:
        data: Mapping[str, Any] = parse_toml(read_bounded(path, MOST_BYTES))
        return PromptTemplate(path.stem, str(data["text"]), str(data.get("about", "")))
    except KeyError as error:
        raise _no_template(path, f"it lacks {error}") from error
    except (OSError, ValueError) as error:
        raise _no_template(path, str(error)) from error


def _no_template(path: Path, fact: str) -> InvalidInput:
    return InvalidInput(f"{path} is no template: {fact}.", hint='write text = "a {creature}"')
