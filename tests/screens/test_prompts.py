"""Every question, answered with Ctrl-C and with Ctrl-D: status 130, and nothing is changed."""

import hashlib
import re
import sys
from pathlib import Path

import pytest

from tests.conftest import Audobon
from tests.screens.terminal import CTRL_C, CTRL_D, Terminal
from tests.tiny_models import clip_folder

CLI = Path(__file__).parents[2] / "src" / "audobon_cli" / "cli"
QUESTIONS = {
    ("assets", "purge", "--all"): ("Permanently delete", "assets/trash.py"),
    ("disk", "free", "--trash"): ("Permanently delete", "disk/free.py"),
    ("privacy", "erase"): ("Erase logs", "privacy/erase.py"),
    ("undo",): ("Undo", "system/undo.py"),
    ("models", "remove", "mine"): ("Delete the model", "models/remove.py"),
    ("backup", "prune", "--keep-last", "1"): ("Permanently remove", "backup/prune.py"),
    ("backup", "restore", "--into-library"): ("Replace", "backup/restore.py"),
    ("backup", "repair", "--drop-damaged"): ("Permanently remove", "backup/repair.py"),
    ("backup", "key", "remove", "713c"): ("Permanently remove", "backup/key.py"),
    ("backup", "key", "rotate", "--new-key-file", "other"): ("Remove all present keys", "backup/key.py"),
    ("library", "key", "remove", "713c"): ("Permanently remove", "library/key.py"),
    ("backup", "init", "other-disk"): ("New passphrase", "repository_options.py"),
    ("backup", "list", "--dest", "locked"): ("Passphrase", "repository_options.py"),
    ("models", "login"): ("Token", "token_prompt.py"),
    ("providers", "login", "replicate"): ("Token", "token_prompt.py"),
    ("generate", "castle", "--provider", "replicate", "--model", "flux-dev", "--count", "400"): (
        "This may cost",
        "spending_views.py",
    ),
}
"""What asks, what it asks, and the file that does."""
HELD_UP = """
import sys, time
class HoldUp:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("torch."):
            time.sleep(600)
sys.meta_path.insert(0, HoldUp())
from audobon_cli.cli.start import main
main()
"""
"""The program, on a machine on which PyTorch takes minutes to import."""
ASKING = re.compile(r"session\.confirm\(|\bis_agreed\(|\bask_secret\(")
ELSEWHERE = {
    "session.py",  # by which all others ask
    "screen/asking.py",
    "models/pull.py",  # needs a hub; asks as the others do
}
UNRECORDED = re.compile(r"\.cache|/cache/|\.log$|\.jsonl$|/metrics/|-wal$|-shm$|lock|/opened/")


def _files(*folders: Path) -> dict[str, str]:
    """Every file that matters, by what is in it."""
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not UNRECORDED.search(str(file))
    }


@pytest.fixture
def asked(filled: Path, audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library with all that the questions are about."""
    audobon("models", "add", str(clip_folder()), "--name", "mine")
    (filled / "words").write_text("a secret of some length\n")
    audobon("backup", "init", "locked", "--passphrase-file", "words")
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_made_up")
    return filled


def test_the_table_names_every_file_that_asks() -> None:
    asking = {
        str(file.relative_to(CLI)) for file in CLI.rglob("*.py") if ASKING.search(file.read_text("utf-8"))
    }
    assert asking - ELSEWHERE == {file for _, file in QUESTIONS.values()}


@pytest.mark.usefixtures("on_terminals")
def test_an_end_at_a_question_changes_nothing(asked: Path) -> None:
    home = asked.parent / "home"
    before = _files(asked, home)
    for argv, (question, _) in QUESTIONS.items():
        for key in (CTRL_C, CTRL_D):
            with Terminal(argv, folder=asked) as terminal:
                terminal.wait_for(question)
                terminal.type(key)
                status = terminal.status()
            assert status == 130, (argv, key, terminal.text)
            assert terminal.text.endswith("Nothing was changed."), (argv, key, terminal.text)
            assert "bug" not in terminal.text
            assert _files(asked, home) == before, (argv, key)


@pytest.mark.usefixtures("on_terminals")
def test_a_no_is_no_error(asked: Path) -> None:
    for argv in (("assets", "purge", "--all"), ("models", "remove", "mine")):
        with Terminal(argv, folder=asked) as terminal:
            terminal.wait_for("[y/N]")
            terminal.type(b"n\n")
            assert terminal.status() == 0
        assert terminal.text.endswith("Nothing was changed.")
        assert "error" not in terminal.text


def test_asked_of_nobody_it_names_its_option(audobon: Audobon, asked: Path) -> None:
    ran = audobon("models", "remove", "mine")
    assert ran.status == 2
    assert "stdin is not a terminal" in ran.err
    assert "--yes" in ran.err


@pytest.mark.usefixtures("on_terminals")
def test_nothing_is_waited_for_while_it_loads(isolation: Path) -> None:
    drawn = ("generate", "zebra", "--model", "sprite", "--scheduler", "euler-a", "--library-only")
    with Terminal(drawn, folder=isolation, program=(sys.executable, "-c", HELD_UP)) as terminal:
        terminal.wait_for("Importing torch")
        terminal.type(CTRL_C)
        assert terminal.status() == 130, terminal.text
    assert terminal.text.startswith("Interrupted.")
    assert "after this step" not in terminal.text
