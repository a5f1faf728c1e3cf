"""``.toml``: defaults, a list of jobs, and a matrix whose every combination is drawn of each job.

prompts = ["a red apple", "an iron sword"]      # short for jobs that have nothing but a prompt

[defaults]
quality = "draft"

[matrix]                                        # for every job
style = ["outlined", "flat"]

[[job]]
prompt = "a {colour} dragon"
[job.matrix]                                    # for this one
colour = ["red", "green"]

[variables]                                     # names for texts, usable in every job
metal = ["iron", "gold"]
"""

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audobon_cli.batch.syntax.fields import PROMPT, Vocabulary, names_in, option_name, rows_of
from audobon_cli.batch.syntax.rows import (
    MAX_PROBLEMS,
    MAX_ROWS,
    BatchProblem,
    BatchRow,
    Gathering,
    ParsedBatch,
    too_many,
)
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import parse_toml as read_toml
from audobon_cli.domain.foreign.documents import shortened

PARTS = {"prompts": list, "job": list, "defaults": dict, "matrix": dict, "variables": dict}
_AT_LINE = re.compile(r"\(at line (\d+)")
_JOB = re.compile(r"^[ \t]*\[\[[ \t]*job[ \t]*\]\]", re.MULTILINE)


def parse_toml(text: str, vocabulary: Vocabulary) -> ParsedBatch:
    """The rows of ``text``: job after job, the first axis of a matrix changing slowest.

    A job's own value takes the place of a default, and of an axis of the matrix for all.
    """
    try:
        data = read_toml(text)
    except ValueError as error:
        place = _AT_LINE.search(str(error))
        line = int(place[1]) if place else max(1, text.count("\n"))
        return ParsedBatch((), (BatchProblem(line, f"The file is not TOML: {error}."),))
    problems = [
        problem
        for name, value in itertools.islice(data.items(), MAX_PROBLEMS)
        for problem in _misplaced(text, name, value)
    ]
    if problems:
        return ParsedBatch((), tuple(problems))
    found = Gathering()
    used = names_in({"": [one for value in data.values() for one in _strings(value)]})
    for line, job in _jobs(text, data):
        if found.is_full:
            break
        found.take(line, _rows(line, job, _File(data, vocabulary, used)))
    return found.parsed()


@dataclass(frozen=True, slots=True)
class _File:
    """The file's tables; ``used`` are the names in braces in any of its texts."""

    data: dict[str, Any]
    vocabulary: Vocabulary
    used: frozenset[str]


def _strings(value: object) -> Iterator[str]:
    """All texts in ``value``, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _strings(one)


def _rows(line: int, job: object, file: _File) -> Iterator[BatchRow]:
    if not isinstance(job, Mapping):
        raise InvalidInput(f"{shortened(job)} is no job.", hint='write [[job]] and prompt = "..." under it')
    variables = file.data.get("variables", {})
    for fields in _combinations(job, file):
        named = {name: variables[name] for name in sorted(names_in(fields)) if name in variables}
        yield from rows_of(line, named | fields, file.vocabulary, file.used)


def _misplaced(text: str, name: str, value: object) -> Iterator[BatchProblem]:
    line = _line_of(text, name)
    if name not in PARTS:
        yield BatchProblem(line, f"{name!r} is no part of a batch file.", f"parts are {', '.join(PARTS)}")
    elif not isinstance(value, PARTS[name]):
        yield BatchProblem(line, f"{name!r} has to be a {'list' if PARTS[name] is list else 'table'}.")


def _line_of(text: str, name: str) -> int:
    """The line where ``name`` is first written as a key or table, 1 if it is written in another way."""
    found = re.search(rf"^[ \t]*\[{{0,2}}[ \t]*[\"']?{re.escape(name)}\b", text, re.MULTILINE)
    return text.count("\n", 0, found.start() + len(found[0])) + 1 if found else 1


def _jobs(text: str, data: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    """The jobs with the lines where they begin; one without a prompt where the matrix has the prompts."""
    first = _line_of(text, "prompts")
    yield from ((first, {PROMPT: prompt}) for prompt in data.get("prompts", ()))
    jobs = data.get("job", [])
    begins = [text.count("\n", 0, found.end()) + 1 for found in _JOB.finditer(text)]
    if len(begins) != len(jobs):  # written as a list of inline tables
        begins = [_line_of(text, "job")] * len(jobs)
    yield from zip(begins, jobs, strict=True)
    if not jobs and "prompts" not in data and data.get("matrix"):
        yield _line_of(text, "matrix"), {}


def _combinations(job: Mapping[str, Any], file: _File) -> Iterator[dict[str, Any]]:
    """The fields of ``job`` for each combination of the matrices. A variable of the file's matrix that the job
    does not name is left out of it, for it would only give the same again."""
    own = dict(job)
    mine = own.pop("matrix", {})
    if not isinstance(mine, Mapping):
        raise InvalidInput("'matrix' has to be a table.", hint="write [job.matrix] under the job")
    shared = {name: values for name, values in file.data.get("matrix", {}).items() if name not in own}
    axes = {
        name: values if isinstance(values, list) else [values]
        for name, values in (shared | dict(mine)).items()
    }
    named = names_in({"": [*_strings(own), *_strings(axes)]})
    for name in list(axes):
        if not axes[name]:
            raise InvalidInput(
                f"The axis {name!r} of the matrix is empty.", hint="give it values, or leave it out"
            )
        if not (
            name in named or name in mine or name == PROMPT or option_name(name) in file.vocabulary.options
        ):
            axes[name] = axes[name][:1]
    count = math.prod(len(values) for values in axes.values())
    if count > MAX_ROWS:
        raise too_many(count)
    for combination in itertools.product(*axes.values()):
        yield file.data.get("defaults", {}) | own | dict(zip(axes, combination, strict=True))
