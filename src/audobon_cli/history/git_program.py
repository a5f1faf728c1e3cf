"""The git program, run on repositories that others may have configured.

A repository's own configuration names programs (hooks, monitors, filters, transports), and variables that git sets
for its hooks (GIT_DIR and others) go before any folder given. Neither has a say here: each call gets an environment
of its own in which all that runs or reaches anything is switched off. Sources: git-config(1), git(1) "ENVIRONMENT
VARIABLES", gitattributes(5).
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import IO

from audobon_cli.domain.errors import GitMissing
from audobon_cli.storage.child_environment import child_environment

_SWITCHED_OFF = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.pager": "cat",
    "core.sshCommand": "false",
    "core.askPass": "",
    "core.alternateRefsCommand": "true",
    "core.gitProxy": "",
    "credential.helper": "",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "log.showSignature": "false",
    "submodule.recurse": "false",
    "protocol.allow": "never",
    "i18n.logOutputEncoding": "UTF-8",
}
"""What a repository may have set to the name of a program, or what would start one, by its safe value."""

_VARIABLES = {
    "GIT_ALLOW_PROTOCOL": "",  # goes before protocol.*.allow: none may be spoken
    "GIT_NO_LAZY_FETCH": "1",  # known to git 2.45 and later; partial clones are refused beforehand
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}


def find_git() -> str:
    """The git program. Raises GitMissing."""
    git = shutil.which("git")
    if git is None:
        raise GitMissing("git is not installed.", hint="install git, then run the command again")
    return git


class GitFailed(ValueError):
    """git ended with another status than 0; the text is what it said, in one line."""


class Git:
    """Runs git for one folder. ``own`` folders have their `.git` in them; others are looked for upward."""

    def __init__(self, folder: Path, own: bool = False) -> None:
        """Raises GitMissing."""
        self.folder = folder.absolute()
        self._words = [find_git(), "--no-pager", "-C", str(self.folder)]
        if own:
            # core.worktree of the configuration would send files elsewhere.
            self._words += [f"--git-dir={self.folder / '.git'}", f"--work-tree={self.folder}"]
        self._overrides = dict(_SWITCHED_OFF)

    def switch_off_drivers(self) -> None:
        """Empty every filter, diff and merge driver that the repository's configuration defines. Raises GitFailed."""
        listed = self.run("config", "--list", "--name-only", "-z").decode("utf-8", "replace")
        for name in listed.split("\0"):
            section, _, key = name.partition(".")
            last = key.rpartition(".")[2]
            if section == "filter" and last in ("clean", "smudge", "process"):
                self._overrides[name] = ""
            elif section == "filter" and last == "required":
                self._overrides[name] = "false"
            elif section in ("diff", "merge") and last in ("command", "textconv", "driver", "external"):
                self._overrides[name] = ""

    def lacks_objects(self) -> bool:
        """Whether the repository is a partial clone, whose missing objects git would fetch when it meets them."""
        pattern = r"^(extensions\.partialclone|remote\..*\.(promisor|partialclonefilter))$"
        ran = self._ran("config", "--get-regexp", pattern)
        return ran.returncode == 0 and bool(ran.stdout.strip())

    def run(self, *words: str, stdin: bytes = b"") -> bytes:
        """What a git command prints. Raises GitFailed."""
        ran = self._ran(*words, stdin=stdin)
        if ran.returncode:
            raise GitFailed(one_line(ran.stderr))
        return ran.stdout

    def start(self, words: list[str], stdin: int, stderr: IO[bytes]) -> "subprocess.Popen[bytes]":
        """Begin a git command that is written to."""
        return subprocess.Popen(
            [*self._words, *words],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=self._environment(),
        )

    def _ran(self, *words: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [*self._words, *words], input=stdin, capture_output=True, check=False, env=self._environment()
        )

    def _environment(self) -> dict[str, str]:
        """Configuration by variables goes before every file of it, and its names may hold any character."""
        given = child_environment({**_VARIABLES, "GIT_CONFIG_COUNT": str(len(self._overrides))})
        for number, (name, value) in enumerate(self._overrides.items()):
            given[f"GIT_CONFIG_KEY_{number}"] = name
            given[f"GIT_CONFIG_VALUE_{number}"] = value
        return given


def one_line(said: bytes) -> str:
    """git's words without their prefix and line ends."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return (
        "; ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in lines[:3])
        or "no reason given"
    )
