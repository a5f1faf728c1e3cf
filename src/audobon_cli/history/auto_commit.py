"""Commits that nobody has to ask for, by the setting ``auto_commit``."""

from enum import StrEnum

from audobon_cli.domain.errors import SettingInvalid
from audobon_cli.history.commits import commit_changes
from audobon_cli.history.model.commits import CommitId
from audobon_cli.history.worktree import operation, reading
from audobon_cli.library.store.library import Library

MAKING = ("generate", "assets import", "sprite", "queue run")
"""Commands that may make many assets at once: each run of one is a batch."""


class AutoCommit(StrEnum):
    """When the library is committed by itself."""

    OFF = "off"
    PER_COMMAND = "per-command"
    PER_BATCH = "per-batch"


def policy_of(chosen: str) -> AutoCommit:
    """The policy that the setting names. Raises SettingInvalid."""
    try:
        return AutoCommit(chosen)
    except ValueError as error:
        raise SettingInvalid(
            f"auto_commit is {chosen!r}.", hint=f"set it to one of {', '.join(AutoCommit)}"
        ) from error


def commit_after(library: Library, command: str, policy: AutoCommit, author: str) -> CommitId | None:
    """Commit what a command changed, if the policy says so; the commit, or None.

    `version` commands are left alone: what they leave uncommitted is meant to be.
    """
    makes = command.startswith(MAKING)
    if (
        policy is AutoCommit.OFF
        or command.startswith("version")
        or (policy is AutoCommit.PER_BATCH and not makes)
    ):
        return None
    with reading(library) as history:
        if not history.rows.changed() or history.rows.state("merge") is not None:
            return None
    with operation(library, f"commit after {command}") as history:
        return commit_changes(history, f"audobon {command}", author).id
