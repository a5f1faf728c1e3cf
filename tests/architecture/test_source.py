"""Rules of the house, held by looking at the source."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from audobon_cli.domain.errors import AudobonError, error_classes

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "audobon_cli"
FILES = sorted(SOURCE.rglob("*.py"))


def test_every_error_is_raised_somewhere_and_nothing_else_is() -> None:
    built = set()
    for path in FILES:
        if path.parent.name == "errors":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                built.add(node.func.id)
    listed = {cls.__name__ for cls in error_classes()}
    assert listed - built == set(), "listed but never raised"
    assert AudobonError.__name__ not in built, "the base has no code and cannot be raised"


def test_imports_go_one_way() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_domain_needs_the_standard_library_only() -> None:
    """import-linter knows no way to say so."""
    imported = set()
    for path in (SOURCE / "dataclass.py", *(SOURCE / "domain").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    foreign = {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names}
    assert {
        name for name in foreign if not name.startswith(("audobon_cli.domain.", "audobon_cli.dataclass"))
    } == set()


@pytest.mark.timeout(
    1800
)  # types take minutes of a processor, of which tests beside this one take their part
@pytest.mark.parametrize(
    "arguments",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
    ],
    ids=" ".join,
)
def test_linters_and_types_have_nothing_to_say(arguments: tuple[str, ...]) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
