"""How the house is kept: sizes, names, and documents that say what is there."""

import ast
import io
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from audobon_cli.cli import reference

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "audobon_cli"
FILES = sorted(SOURCE.rglob("*.py"))
PACKAGES = [path for path in FILES if path.name == "__init__.py"]
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("training/*.md"))
    if path.name != "CHANGELOG.md"  # it tells of what was
)

FOLDER_FILES = 24
FILE_LINES = 350
FUNCTION_LINES = 60
PARAMETERS = 8
PACKAGE_LINE = 110

PRIVATE_WORDS = frozenset(
    {
        *("crowd", "desk", "easel", "errand", "foretell", "foretold", "heap", "hop", "ladder", "misfit"),
        *("rung", "shelf", "shelves", "told", "trouble", "unseen", "upkeep", "whereabouts", "wish"),
    }
)
"""Words of our own that say nothing to others. In their place: the command's word, else the field's."""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def _trees_are_kept_for_these_tests_alone() -> Iterator[None]:
    """They are 400 MB, which every later test of the process would carry."""
    yield
    tree_of.cache_clear()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_folders_stay_small() -> None:
    counts = Counter(relative(path.parent) for path in FILES)
    assert {folder: count for folder, count in counts.items() if count > FOLDER_FILES} == {}


def test_files_stay_short() -> None:
    long = {relative(path) for path in FILES if path.read_text(encoding="utf-8").count("\n") > FILE_LINES}
    assert long == set()


def test_functions_fit_a_screen() -> None:
    long = {
        f"{relative(path)} {node.name}"
        for path in FILES
        for node in functions(path)
        if (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES
    }
    assert long == set()


def parameters(node: ast.FunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def is_option_group(argument: ast.arg) -> bool:
    named = argument.annotation
    return isinstance(named, ast.Name) and named.id.endswith(("Options", "Output"))


def test_functions_take_few_parameters() -> None:
    """A group of options is one parameter: an options dataclass."""
    many = {
        f"{relative(path)} {node.name}"
        for path in FILES
        for node in functions(path)
        if len([one for one in parameters(node) if not is_option_group(one)]) > PARAMETERS
    }
    assert many == set()


def test_no_two_public_classes_share_a_name() -> None:
    places = defaultdict(set)
    for path in FILES:
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].add(relative(path))
    shared = {name: sorted(found) for name, found in places.items() if len(found) > 1}
    assert shared == {}


def test_modules_say_what_they_are() -> None:
    silent = {relative(path) for path in FILES if tree_of(path).body and not ast.get_docstring(tree_of(path))}
    assert silent == set()


def test_packages_say_in_one_line_what_they_are() -> None:
    unclear = {}
    for path in PACKAGES:
        first, *rest = (ast.get_docstring(tree_of(path)) or "").split("\n")
        if not re.fullmatch(rf".{{10,{PACKAGE_LINE}}}[.?]", first) or rest[:1] not in ([], [""]):
            unclear[relative(path)] = first
    assert unclear == {}


def test_the_page_of_packages_is_what_the_packages_say() -> None:
    written = (ROOT / "docs" / "packages.md").read_text(encoding="utf-8")
    assert written == reference.packages_page(), "run `python -m audobon_cli.cli.reference docs`"


def test_words_are_those_that_people_guess() -> None:
    found = set()
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        if not any(word in text.lower() for word in PRIVATE_WORDS):  # most files: they need no tokens
            continue
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME and PRIVATE_WORDS & set(_words(token.string)):
                found.add(f"{relative(path)} {token.string}")
    assert found == set()


def _words(name: str) -> list[str]:
    """The words of an identifier, in lower case, singular where an s was added."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return [form for part in parts for form in (part.lower(), part.lower().removesuffix("s"))]


PATH = re.compile(r"(?<![\w/.:<>{}-])(?:[\w-]+/)+[\w.-]*\w/?(?![\w/<>{}*-])")
TOP_FOLDERS = frozenset({"src", "presets", "tests", "docs", "bench", "training", "examples"})
MODULE_FOLDERS = frozenset(path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file())


def paths_named_in(text: str) -> Iterator[str]:
    """Files and folders of this repository, and modules as people write them (``generation/run.py``)."""
    for match in PATH.finditer(text):
        named = match.group()
        first = named.split("/")[0]
        if first in TOP_FOLDERS or (first in MODULE_FOLDERS and named.endswith((".py", "/"))):
            yield named


def is_there(named: str, where: Path) -> bool:
    """A word in capitals stands for any name: ``presets/providers/NAME.toml``."""
    if named.startswith(("training/.work", "tests/peers/node_modules")):
        return True  # made by programs, not kept
    pattern = re.sub(r"\b[A-Z]{3,}\b", "*", named.rstrip("/"))
    return any(any(folder.glob(pattern)) for folder in (ROOT, SOURCE, where.parent))


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_documents_name_what_is_there(path: Path) -> None:
    named = set(paths_named_in(path.read_text(encoding="utf-8")))
    lost = {f"{relative(path)} {name}" for name in named if not is_there(name, path)}
    assert lost == set()


def test_docstrings_and_comments_name_what_is_there() -> None:
    lost = set()
    for path in (*FILES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "bench").rglob("*.py"))):
        if not any(
            paths_named_in(path.read_text(encoding="utf-8"))
        ):  # most files: they need no tree and no tokens
            continue
        for text in _prose(path):
            lost |= {f"{relative(path)} {name}" for name in paths_named_in(text) if not is_there(name, path)}
    assert lost == set()


def _prose(path: Path) -> Iterator[str]:
    """Comments and docstrings of a file."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.string


def test_the_commits_that_blame_leaves_out_are_named_in_full() -> None:
    """What git does with an abbreviated name is to ignore the whole file."""
    text = (ROOT / ".git-blame-ignore-revs").read_text(encoding="utf-8")
    listed = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert listed
    assert all(re.fullmatch(r"[0-9a-f]{40}", line) for line in listed)
