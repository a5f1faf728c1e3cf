"""Rows of a batch are read with generate's own options, and known by what they will make."""

from dataclasses import replace

import pytest

from audobon_cli.batch.resolve import AskedRow, BatchJob, chosen_jobs, resolve_jobs
from audobon_cli.batch.syntax.rows import BatchRow
from audobon_cli.cli.requests.drawing import DrawingOptions
from audobon_cli.cli.requests.request import RequestOptions, read_row, row_options
from audobon_cli.domain.errors import BatchInvalid, InvalidInput
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.generation.cache import make_recipe
from audobon_cli.workspace import Workspace
from tests.fakes.fake_engine import FakeEngine

DEFAULTS = RequestOptions(DrawingOptions(quality="draft", seed=3))


def test_a_row_takes_generates_options_and_leaves_the_rest_as_it_is() -> None:
    row = BatchRow(1, "cat", ("--seed", "7", "--tile=x", "--lora=a:0.4", "-o", "cat.png"))
    read = read_row(row, DEFAULTS)
    assert (read.request.seed, read.request.quality, read.request.inputs.tile) == (7, "draft", "x")
    assert (read.request.adapters.loras[0].weight, read.out) == (0.4, "cat.png")
    assert read_row(BatchRow(1, "cat"), DEFAULTS).request == DEFAULTS.of("cat")


@pytest.mark.parametrize(
    "flags", [("--seed=x",), ("--sede=3",), ("red",), ("--help",), ("--count=0",), ("-q",)]
)
def test_a_row_with_other_options_is_refused(flags: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        read_row(BatchRow(1, "cat", flags), DEFAULTS)


def test_the_options_of_rows_are_those_that_decide_on_pictures() -> None:
    assert {"seed", "init-image", "lora", "scheduler", "out"} <= row_options()
    assert not {"plan", "fresh", "batch", "json", "library"} & row_options()


def jobs(*requests: GenerationRequest, out: str = "") -> tuple[BatchJob, ...]:
    from pathlib import Path

    from audobon_cli.generation.resolve.local import resolve

    workspace = Workspace(Path.cwd(), {})
    rows = [AskedRow(line, request, out) for line, request in enumerate(requests, 1)]
    return resolve_jobs(rows, lambda asked: resolve(asked, workspace.settings, workspace.models), "batch.txt")


def test_seeds_come_of_the_prompt_and_equal_rows_are_pictures_of_their_own() -> None:
    cat, dog = GenerationRequest("cat"), GenerationRequest("dog")
    first = [job.request.seed for job in jobs(cat, dog, cat, replace(cat, quality="high"))]
    assert len({first[0], first[1], first[2]}) == 3
    assert first[3] == first[0]
    assert [job.request.seed for job in jobs(dog, cat)] == [first[1], first[0]]


def test_a_row_of_several_pictures_is_so_many_jobs() -> None:
    found = jobs(GenerationRequest("cat", seed=5, count=3), GenerationRequest("dog", seed=1))
    assert [(job.index, job.line, job.request.seed, job.request.count) for job in found] == [
        (0, 1, 5, 1),
        (1, 1, 6, 1),
        (2, 1, 7, 1),
        (3, 2, 1, 1),
    ]


def test_what_is_wrong_in_all_rows_is_told_at_once() -> None:
    with pytest.raises(BatchInvalid) as caught:
        jobs(
            GenerationRequest("cat", model="nope"),
            GenerationRequest("cat"),
            GenerationRequest("cat", size="7x9"),
            GenerationRequest("cat", quality="nope"),
        )
    assert [line["line"] for line in caught.value.details["lines"]] == [1, 3, 4]  # type: ignore[index, attr-defined]
    with pytest.raises(BatchInvalid, match="2 pictures"):
        jobs(GenerationRequest("cat", count=2), out="cat.png")


def test_a_key_changes_with_whatever_changes_the_picture(fake_engine: FakeEngine) -> None:
    def key(request: GenerationRequest) -> str:
        resolved = jobs(request)[0].request
        return make_recipe(resolved, resolved.seed, fake_engine.facts(), resolved.seed).digest

    cat = GenerationRequest("cat")
    assert key(cat) == key(GenerationRequest("cat"))
    changed = [
        replace(cat, steps=3),
        replace(cat, prompt="a cat"),
        replace(cat, seed=1),
        replace(cat, size="32"),
    ]
    assert len({key(request) for request in (cat, *changed)}) == 5


def test_lines_ranges_and_words_choose_jobs() -> None:
    found = jobs(*(GenerationRequest(word) for word in ("cat", "Red Dragon", "dog", "owl")))
    assert [job.line for job in chosen_jobs(found, ["3-9", "dragon"])] == [2, 3, 4]
    assert [job.line for job in chosen_jobs(found, ["1"])] == [1]
    assert chosen_jobs(found, []) == found
    with pytest.raises(InvalidInput):
        chosen_jobs(found, ["7"])
