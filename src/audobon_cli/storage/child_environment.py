"""The environment of every process that is begun here: what steers git or the interpreter elsewhere stays behind.

In a hook git sets GIT_DIR, GIT_INDEX_FILE and others, which go before any folder given; they are of that repository
alone. `python -m` looks for modules in the current folder first, which may be anybody's project: PYTHONSAFEPATH keeps
it from that (docs.python.org/3/using/cmdline.html). Programs that belong to the user (a pager) get the rest as it is.
"""

import os
from collections.abc import Mapping

KEPT_OF_GIT = frozenset(
    {"GIT_EXEC_PATH", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"}
)
"""Variables of git that name no repository and nothing that a repository decides."""

OF_THE_INTERPRETER = frozenset(
    {"PYTHONINSPECT", "PYTHONSTARTUP", "PYTHONDEBUG", "PYTHONVERBOSE", "PYTHONBREAKPOINT", "PYTHONOPTIMIZE"}
    | {"PYTHONDUMPREFS", "PYTHONPROFILEIMPORTTIME", "PYTHONCASEOK", "PYTHONPLATLIBDIR", "PYTHONWARNINGS"}
)
"""What makes an interpreter stay, say other things than the program does, or leave out its checks."""


def child_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment for a child, with ``more`` in it."""
    given = {
        name: value
        for name, value in os.environ.items()
        if (not name.startswith("GIT_") or name in KEPT_OF_GIT) and name not in OF_THE_INTERPRETER
    }
    return given | {"PYTHONSAFEPATH": "1"} | dict(more or {})
