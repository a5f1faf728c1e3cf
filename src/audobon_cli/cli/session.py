"""What every command receives: the output, and the workspace that its flags describe."""

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from audobon_cli.cli.grammar.vocabulary import name_in_json
from audobon_cli.cli.logging import record_viewer, words_of_the_user
from audobon_cli.cli.output import Output, OutputMode
from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import AudobonError, InvalidInput, LibraryReadOnly
from audobon_cli.operations.run_log import LogPlaces, RunLog
from audobon_cli.sandbox.source import take_policy_from

if TYPE_CHECKING:
    from audobon_cli.engines.registry import EngineFactory
    from audobon_cli.sandbox.policy import SandboxPolicy
    from audobon_cli.settings.settings import Settings
    from audobon_cli.workspace import Workspace

OTLP_ENDPOINTS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    *(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT" for signal in ("TRACES", "METRICS", "LOGS")),
)
"""Variables by which any program is told to send its telemetry: looked at in every run, so without an import."""
COMMITTING = ("version commit", "version merge", "version revert")
"""Commands that commit, besides those after which ``auto_commit`` does."""


UNTIL_STOPPED = ("logs", "mcp", "monitor", "queue watch", "studio", "train watch")
"""Commands that run until somebody stops them."""

COLLECT_AFTER = 10_000
"""So many more objects that may hold others are there before Python looks for garbage: at its own 700 it looked sixty
times while one sound was made, a twenty-fifth of the command's time."""

_MORE_ROOM = "`audobon assets clean` and `audobon disk free` make room."


AUDITED = (
    *("assets export", "assets prune", "assets purge", "sound export", "sprite export", "train export"),
    *("backup create", "backup prune", "backup restore", "backup key", "library push", "library pull"),
    *("library encrypt", "library key", "version ", "undo", "disk free"),
)
"""Commands that are recorded as such, by how their names begin."""


@dataclass(frozen=True, slots=True)
class CommonOptions:
    """The options that every command takes."""

    json: bool = False
    events: bool = False
    quiet: bool = False
    verbose: int = 0
    debug: bool = False
    library: str | None = None
    offline: bool = False
    read_only: bool = False
    color: str = "auto"
    log_format: str = ""

    @property
    def mode(self) -> OutputMode:
        """The output mode that these options ask for."""
        if self.events:
            return OutputMode.EVENTS
        return OutputMode.JSON if self.json else OutputMode.HUMAN


class Session:
    """One run of one command. Made before the command line is parsed, filled in by ``start``."""

    def __init__(self, engines: "EngineFactory | None" = None) -> None:
        """``engines`` makes the engines (None: as the registry says)."""
        self._engines = engines
        self.options = CommonOptions()
        self.out = Output()
        self.log = RunLog()
        self.argv: Sequence[str] = ()
        """The command line, without the program's name."""
        self.renamed: list[str] = []

    def start(self, command: str, options: CommonOptions) -> None:
        """Take the command's name and common options; nothing is opened yet."""
        if not gc.isenabled():  # turned off by the console script; what is there now stays to the end
            gc.freeze()
            gc.set_threshold(COLLECT_AFTER)
            gc.enable()
        self.options = options
        take_policy_from(self._sandbox_policy)
        self.log = RunLog(
            record_viewer(options.verbose, options.log_format), words_of_the_user(self.argv, command)
        )
        self.log.command = command
        self.out = Output(options.mode, options.quiet, self.log.hear, options.color, self.log.run)
        self.out.name, self.out.command = command, name_in_json(command)
        # To a person at a terminal: the logs of scripts stay as they are.
        for words in dict.fromkeys(self.renamed if sys.stderr.isatty() else ()):
            self.out.note(words)

    @cached_property
    def workspace(self) -> "Workspace":
        """What the command works with. Made when it is first asked for: help and usage errors need none."""
        from audobon_cli.workspace import Workspace

        # Flags that were not given leave the setting as it is.
        flags = {"library": self.options.library, **self._held_flags()}
        workspace = Workspace(Path.cwd(), os.environ, flags, engines=self._engines, ask=_library_passphrase)
        workspace.command = self.out.name
        places = workspace.locations

        def keeps_prompts() -> bool:
            """By the settings, once they are read: what they fail of must not fail the log."""
            return "loaded_settings" in workspace.__dict__ and workspace.settings.log_prompts

        self.log.places = LogPlaces(places.log_file, places.metrics, keeps_prompts)
        workspace.on_settings = self._heed_settings
        workspace.listen = self.out.tell
        return workspace

    def workspace_of(self, library: Path) -> "Workspace":
        """Another workspace with the same settings and engines, on the library in the folder ``library``. Close it."""
        from audobon_cli.workspace import Workspace

        flags = {"library": str(library), **self._held_flags()}
        return Workspace(Path.cwd(), os.environ, flags, engines=self._engines)

    def _held_flags(self) -> dict[str, object]:
        """What the common options hold the settings to."""
        held = {"offline": self.options.offline, "read_only": self.options.read_only}
        return {key: True if given else None for key, given in held.items()}

    def _heed_settings(self, settings: "Settings") -> None:
        """Look at the settings when they are first read. Raises LibraryReadOnly where the command could not be
        recorded as the audit log wants it."""
        if settings.read_only and settings.audit_log and self.out.name.startswith(AUDITED):
            raise LibraryReadOnly(
                f"`{self.out.name}` is recorded in the audit log, which read-only mode does not allow.",
                hint="run it without --read-only and AUDOBON_READ_ONLY",
            )
        self._begin_export(settings)

    def _begin_export(self, settings: "Settings") -> None:
        """Send what happens by OTLP from now on, if the settings or OpenTelemetry's variables say where to."""
        if not settings.otel_endpoint and not any(map(os.environ.get, OTLP_ENDPOINTS)):
            return
        from audobon_cli.operations.telemetry.target import telemetry_target

        target = telemetry_target(settings.otel_endpoint, os.environ, settings.offline)
        if target is None:
            return
        if target.unusable:
            message = f"{target.unusable}: {target.remedy}"
            self.log.record("WARNING", "telemetry_unsent", {"message": message})
            return
        from audobon_cli.operations.telemetry.standing import CollectorStanding

        standing = CollectorStanding(self.workspace.locations.collector, target.digest)
        # What runs for hours outlasts a pause, and its end is nobody's to wait for.
        if self.out.name not in (*UNTIL_STOPPED, "queue run") and not standing.admits():
            message = (
                f"the collector did not answer; it is left alone for another {standing.seconds_left:.0f} s"
            )
            self.log.record("WARNING", "telemetry_unsent", {"message": message})
            return
        from audobon_cli.operations.telemetry.export import TelemetryExport

        began = self.log.began_ns
        self.log.export = TelemetryExport(target, self.log.run, self.out.name, began, standing.note)

    @property
    def has_own_engines(self) -> bool:
        """Whether its engines were given and are no other process's: those of the registry are everybody's."""
        return self._engines is not None

    def commit_changes(self) -> None:
        """Commit what the command changed, and back up what was committed, where the settings ask for it; and say when
        the library is nearly full."""
        if "workspace" not in self.__dict__:
            return
        committed = self.workspace.commit_after(self.out.command)
        self._note_in_audit_log()
        library = self.workspace.__dict__.get("library")
        if library is not None and library.given_by_rules:
            given = ", ".join(f"{tag} {count}" for tag, count in sorted(library.given_by_rules.items()))
            self.out.note(f"By tag rules: {given}.")
        quota = library.quota if library is not None and library.has_grown else None
        if quota is not None and quota.is_nearly_used:
            self._log_warning(quota.words)
            self.out.note(
                f"{quota.words[0].upper()}{quota.words[1:]}; at 100 % nothing is added. {_MORE_ROOM}"
            )
        if committed or self.out.command.startswith(COMMITTING):
            self._back_up_commit()

    def _back_up_commit(self) -> None:
        from audobon_cli.backup.after_commit import back_up_after_commit

        failed = back_up_after_commit(self.workspace)
        if failed is not None:
            self.out.warn(
                f"The commit is made; the backup after it is not: {failed.why} It is tried again after the next "
                "commit; `audobon backup create` makes it now."
            )

    def _log_warning(self, message: str) -> None:
        from audobon_cli.domain.events import Warned  # thirty classes, which few commands need

        self.log.hear(Warned(message))

    def _sandbox_policy(self) -> "SandboxPolicy":
        from audobon_cli.sandbox.policy import sandbox_policy

        return sandbox_policy(self.workspace.settings)

    def _note_in_audit_log(self) -> None:
        """Record what leaves the library or replaces much of it: such commands change no asset one by one."""
        if self.out.name.startswith(AUDITED) and self.workspace.settings.audit_log:
            from audobon_cli.library.audit.writer import note_command

            note_command(self.workspace.library)

    def end(self, status: int) -> None:
        """Write the log of a command that was begun."""
        if self.out.command:
            self._read_settings_for_export()
            self._tell_end(status)
            self.log.end(status)

    def _tell_end(self, status: int) -> None:
        """Tell of the end of a run, if the settings were read and ask for it."""
        workspace = self.__dict__.get("workspace")
        if workspace is None or "loaded_settings" not in workspace.__dict__:
            return
        # Of a worker its supervisor tells; what runs until it is stopped was stopped by somebody.
        is_own = not {"--forever", "--supervised"} & set(self.argv) and self.out.name not in UNTIL_STOPPED
        if not workspace.settings.notify_after or not is_own:
            return
        from audobon_cli.monitoring.notices import EndedRun, tell_end

        ended = EndedRun(
            *(self.out.name, self.log.run, int(status), self.log.code),
            *(round(self.log.seconds, 3), "--detached" in self.argv),
        )
        for problem in tell_end(ended, workspace.settings, os.environ):
            self._log_warning(f"could not tell of the end: {problem}")
            self.out.note(f"Could not tell of the end: {problem}.")

    def _read_settings_for_export(self) -> None:
        """A command that asked for no setting has not yet said whether it may send."""
        workspace = self.__dict__.get("workspace")
        if workspace is not None and any(map(os.environ.get, OTLP_ENDPOINTS)):
            with contextlib.suppress(AudobonError):
                _ = workspace.settings

    def close(self) -> None:
        """Close what was opened."""
        take_policy_from(None)
        if "workspace" in self.__dict__:
            self.workspace.close()

    def confirm(self, yes: bool, question: str, refusal: str, hint: str = "") -> None:
        """Ask before something that cannot be undone, or costs money, unless ``yes`` was given.

        A no ends the command, and is no error. Raises what `is_agreed` raises; see there for ``refusal`` and ``hint``.
        """
        from audobon_cli.cli.screen.asking import NOTHING_CHANGED, is_agreed

        if yes or is_agreed(question, refusal, hint):
            return
        if self.out.for_scripts:
            raise InvalidInput(NOTHING_CHANGED, hint="answer y, or add --yes")
        self.out.note(NOTHING_CHANGED)
        raise typer.Exit

    def finish(self, data: dict[str, Any], view: Callable[[], None], error: AudobonError | None) -> None:
        """Give the command's result; with an ``error``, what was done nevertheless, and raise it."""
        if error is None:
            self.out.result(data, view)
            return
        if not self.out.for_scripts:
            view()
        error.data = data
        raise error


def _library_passphrase() -> str | None:
    """The passphrase of the library typed by a person, or None where nobody is there."""
    from audobon_cli.cli.screen.asking import ask_secret

    return ask_secret("Passphrase of the library")
