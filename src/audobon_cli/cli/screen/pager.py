"""Long lists on a terminal, a screen at a time, as git shows them: in $PAGER, else less."""

import os
import shlex
import shutil
import signal
import sys

from audobon_cli.storage.child_environment import child_environment

LESS_FLAGS = "FRX"
"""As git has them: leave at once what fits, show colours, and leave on the screen what was read."""


def pager_command() -> list[str]:
    """What pages; empty where the reader wants none (PAGER empty or cat), or where there is none."""
    asked = os.environ.get("PAGER")
    words = shlex.split(asked) if asked is not None else ["less"]
    return words if words and words != ["cat"] and shutil.which(words[0]) else []


def page(text: str, height: int) -> None:
    """Show ``text`` on this terminal, in the pager if it is higher than ``height`` lines."""
    command = pager_command() if text.count("\n") >= height and sys.stdin.isatty() else []
    if not command:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    # Ctrl-C is the pager's while it runs, as in git; the program is not to end beneath it.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _feed(command, text)
    finally:
        signal.signal(signal.SIGINT, before)


def _feed(command: list[str], text: str) -> None:
    import subprocess

    environment = {"LESS": LESS_FLAGS, "LV": "-c", **child_environment()}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, env=environment, text=True, encoding="utf-8"
    ) as pager:
        try:
            pager.communicate(text)
        except BrokenPipeError:
            pager.wait()  # the reader has seen enough
