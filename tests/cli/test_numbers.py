"""Options that take numbers, in every command: what is none, or beyond all bounds, is a wrong command line."""

from typing import Any

import pytest

from audobon_cli.cli.grammar.command_line import LARGEST
from audobon_cli.cli.grammar.usage_errors import ClickException
from audobon_cli.cli.reference import commands
from tests.conftest import Audobon, Engines
from tests.fakes.fake_engine import FakeEngine

NUMBERS = [
    (name, command, param)
    for name, command in commands()
    for param in command.params
    if any(word in type(param.type).__name__ for word in ("Int", "Float")) and param.name != "verbose"
]
IDS = [f"{name} {param.opts[0]}" for name, _, param in NUMBERS]
NO_NUMBERS = ("9e26", "nan", "inf", "-inf", str(2**64), str(-(2**64)), "9" * 5000)


def _some(option: Any) -> str:
    """A value that a required option takes."""
    return str(next(iter(getattr(option.type, "choices", ["x"]))))


@pytest.mark.parametrize(("name", "command", "param"), NUMBERS, ids=IDS)
def test_what_no_option_takes(name: str, command: Any, param: Any) -> None:
    required = [one for one in command.params if one.required and one is not param]
    needed = ["x" for one in required if one.param_type_name == "argument"]
    needed += [f"{one.opts[0]}={_some(one)}" for one in required if one.param_type_name == "option"]
    for value in NO_NUMBERS:
        with pytest.raises(ClickException) as refused:
            command.make_context(name, [*needed, f"{param.opts[0]}={value}"])
        assert getattr(refused.value, "param", None) is param, value


@pytest.mark.parametrize("value", ["9e26", str(2**63), "-1", "nan", "inf", str(LARGEST)])
@pytest.mark.parametrize(
    "line",
    [
        "version prune --dry-run --keep-days",
        "version log --limit",
        "queue list --limit",
        "queue run --workers",
        "queue run --max-jobs",
        "queue add fox --quality draft --priority",
        "queue add fox --quality draft --timeout",
        "queue command --timeout",
        "assets list --limit",
        "assets search fox --limit",
        "assets prune --dry-run --grace",
        "generate fox --quality draft --dry-run --timeout",
        "generate fox --quality draft --dry-run --threads",
        "vram plan sdxl --batch-size",
    ],
)
def test_numbers_at_the_ends_are_no_bugs(audobon: Audobon, engines: Engines, line: str, value: str) -> None:
    engines.give(FakeEngine())
    assert audobon("init").status == 0
    if line == "queue run --workers" and value == str(LARGEST):
        assert audobon(*line.split(), value).status == 2
        return
    command = ["--", "true"] if line.startswith("queue command") else []
    ran = audobon(*line.split(), value, *command)
    assert "bug" not in ran.err
    assert ran.status in (0, 2)
