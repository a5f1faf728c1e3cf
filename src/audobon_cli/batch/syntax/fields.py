"""Rows that are written as fields: options by name, and variables for the texts."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from audobon_cli.batch.syntax.rows import MAX_LINE, BatchRow, line_too_long
from audobon_cli.batch.syntax.templates import Names, Wildcards, expand, names_used, no_wildcards
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import shortened

PROMPT = "prompt"
ON, OFF = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
"""What spreadsheets and people write for a switch, in any case."""
Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the names in a batch file may be: the long ``options`` of ``generate`` without dashes
    (``init-image``), those ``switches`` among them that are on or off, and wildcards."""

    options: frozenset[str]
    wildcards: Wildcards = no_wildcards
    switches: frozenset[str] = frozenset()


def option_name(field: str) -> str:
    """The option that ``field`` names: ``init_image`` and ``--init-image`` are ``init-image``."""
    return field.strip().removeprefix("--").replace("_", "-")


def names_in(fields: Fields) -> frozenset[str]:
    """The names in braces in the texts of ``fields``."""
    values = [one for value in fields.values() for one in (value if isinstance(value, list) else [value])]
    return frozenset(name for text in values if isinstance(text, str) for name in names_used(text))


def rows_of(
    line: int, fields: Fields, vocabulary: Vocabulary, used: frozenset[str] = frozenset()
) -> Iterator[BatchRow]:
    """The rows of ``fields``: a prompt, options, and whatever the texts name in braces.

    ``used`` are names that texts elsewhere in the file use, so that a row need not.

    Values are texts or numbers; None and "" count as not given. Several values give an option several
    times, and a variable as many rows. Raises InvalidInput.
    """
    given = {name: value for name, value in fields.items() if value is not None and value != ""}
    texts: list[tuple[str, str]] = []
    switched: list[str] = []
    variables: dict[str, tuple[str, ...]] = {}
    for name, value in given.items():
        option = option_name(name)
        if option in vocabulary.switches:
            switched.append(f"--{option}" if _is_on(name, value) else f"--no-{option}")
        elif name == PROMPT or option in vocabulary.options:
            texts += [(option, text) for text in _texts(name, value)]
        elif isinstance(value, bool):
            raise _unknown(name, vocabulary)  # no variable
        else:
            variables[name] = _texts(name, value)
    prompts = [text for name, text in texts if name == PROMPT]
    if len(prompts) != 1:
        fact = "There are several prompts." if prompts else "There is no prompt."
        raise InvalidInput(fact, hint="give each row one prompt; prompts of a matrix stand under [matrix]")
    options = [(name, text) for name, text in texts if name != PROMPT]
    for name in variables:
        if name not in used | names_in(given):
            raise _unknown(name, vocabulary)
    names = Names(variables, vocabulary.wildcards)
    for words in expand((prompts[0], *(text for _, text in options)), names):
        flags = tuple(f"--{name}={text}" for (name, _), text in zip(options, words[1:], strict=True))
        yield BatchRow(line, words[0], (*flags, *switched))


def _unknown(name: str, vocabulary: Vocabulary) -> InvalidInput:
    """A name that is neither an option nor used in a text is a slip of the pen."""
    near = difflib.get_close_matches(option_name(name), [*vocabulary.options, PROMPT], 1, cutoff=0.7)
    meant = f"{near[0]} is one; " if near else ""
    return InvalidInput(
        f"{shortened(name)} is no option of `audobon generate` that a row can have.",
        hint=f"{meant}a variable is used as {{{name}}} in the prompt",
    )


def _is_on(name: str, value: object) -> bool:
    """What a switch says; a column gives it in a list. Raises InvalidInput."""
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        return value
    said = str(value).strip().lower()
    if said not in ON | OFF:
        raise InvalidInput(
            f"{shortened(name)} is on or off, and {shortened(value)} is neither.", hint="write true or false"
        )
    return said in ON


def _texts(name: str, value: object) -> tuple[str, ...]:
    """One value or several as texts. Raises InvalidInput."""
    values = value if isinstance(value, list | tuple) else [value]
    for one in values:
        if isinstance(one, bool) or not isinstance(one, str | int | float):
            raise InvalidInput(
                f"The value of {name!r} is {shortened(one)}.",
                hint="write a text or a number, or a list of them",
            )
        if isinstance(one, str) and len(one) > MAX_LINE:
            raise line_too_long(len(one))
    return tuple(str(one) for one in values)
