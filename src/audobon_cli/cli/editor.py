"""The user's own editor."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.storage.child_environment import child_environment


def editor_command(file: Path, otherwise: str) -> list[str]:
    """The editor that VISUAL or EDITOR name. Raises InvalidInput where there is none, and without a terminal, with the
    hint what to do ``otherwise`` to ``file``."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise InvalidInput("No editor is known.", hint=f"set EDITOR, or edit {file} yourself")
    if not sys.stdin.isatty():
        raise InvalidInput("An editor needs a terminal.", hint=otherwise)
    return shlex.split(editor)


def run_editor(command_line: list[str], draft: Path) -> int:
    """The status that the editor ends with, once ``draft`` is closed."""
    return subprocess.run([*command_line, str(draft)], check=False, env=child_environment()).returncode
