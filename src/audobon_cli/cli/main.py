"""The ``audobon`` program: ``run(argv) -> status``, the same for users and for tests."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from audobon_cli.__about__ import __version__
from audobon_cli.cli.command_tree import CommandTree
from audobon_cli.cli.ending import Ending, interrupted
from audobon_cli.cli.grammar.usage_errors import ClickException, NoArgsIsHelpError, explain
from audobon_cli.cli.grammar.vocabulary import in_new_words, name_in_json
from audobon_cli.cli.options import PipeClosed, with_optional_values
from audobon_cli.cli.output import Output, OutputMode
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import AudobonError, InternalError, Interrupted, InvalidInput
from audobon_cli.domain.errors.exit_status import ExitStatus
from audobon_cli.domain.secrets import redact
from audobon_cli.platforms import current

if TYPE_CHECKING:
    from audobon_cli.engines.registry import EngineFactory

OUTPUT_FILE = "AUDOBON_OUTPUT_FILE"
"""See operations/output_file.py, which only processes in the background import."""

app = typer.Typer(
    name="audobon",
    cls=CommandTree,
    help="Make game art from text, on your own machine, and lose none of it.",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: rich would take longer than all the rest of the start-up
    pretty_exceptions_enable=False,
    add_completion=False,  # `audobon completion` is lighter, and edits nobody's files
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"audobon {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Make game art from text, on your own machine, and lose none of it."""


def run(argv: Sequence[str], engines: "EngineFactory | None" = None, ending: Ending | None = None) -> int:
    """Run one command line (without the program's name) and return the exit status.

    Every failure ends here: expected ones as a line and a hint (or a JSON envelope), anything else as
    one line and the path of the log. ``engines`` makes the engines (None: as the registry says);
    ``ending`` sees to signals (None: they are left to the caller).
    """
    if OUTPUT_FILE in os.environ:
        from audobon_cli.operations.output_file import keep_rotated

        keep_rotated()
    session = Session(engines)
    argv, said = in_new_words(argv)
    session.renamed += [said] if said else []
    session.argv = argv
    ending = ending or Ending()
    ending.session = session
    status: int = ExitStatus.BUG
    try:
        status = _run(argv, session, ending)
        session.out.flush()
    except (PipeClosed, BrokenPipeError):
        # Whoever read stdout is gone; point it elsewhere so that the interpreter's own flush at exit works.
        os.dup2(current().open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = ExitStatus.CLOSED_PIPE
    finally:
        session.end(status)
        session.close()
    return int(status)


def _run(argv: Sequence[str], session: Session, ending: Ending) -> int:
    try:
        # Typer returns what the command returns (None), or the status of a typer.Exit.
        status = (
            app(with_optional_values(argv), prog_name="audobon", obj=session, standalone_mode=False)
            or ExitStatus.OK
        )
        if status == ExitStatus.INTERRUPTED:  # so Typer answers a signal before the command has begun
            raise KeyboardInterrupt
        session.commit_changes()
        return status
    except NoArgsIsHelpError as error:
        error.show(sys.stdout)
        return ExitStatus.USAGE
    except ClickException as error:
        message, hint = explain(error)
        _output(argv, session).failure(InvalidInput(message, hint=hint))
        return ExitStatus.USAGE
    except AudobonError as error:
        failure: AudobonError = error
        trace = _traceback(session) if session.options.debug else ""
    except (PipeClosed, BrokenPipeError):
        raise
    except (KeyboardInterrupt, typer.Abort):  # before a command began, or at a question
        failure, trace = interrupted(session.out.command), ""
    except Exception as error:  # noqa: BLE001 - the root: whatever is left is a bug, and is logged
        # A library may swallow the interrupt and fail of what it left: torch 2.13 imports numpy in C and goes on.
        failure = interrupted(session.out.command) if ending.is_ending else _unforeseen(error, session)
        is_bug = isinstance(failure, InternalError)
        trace = _traceback(session) if is_bug or session.options.debug else ""
    session.log.failed(failure.code, failure.message, trace)
    if isinstance(failure, Interrupted):
        session.out = _output(argv, session)
        ending.tell(failure)
    else:
        _output(argv, session).failure(failure, failure.data)
    return failure.exit_status


def _unforeseen(error: Exception, session: Session) -> AudobonError:
    """The system's refusal, if it is one; else a bug."""
    from audobon_cli.storage.system_limits import explain

    return explain(error) or _bug(error, session)


def _bug(error: Exception, session: Session) -> InternalError:
    return InternalError(
        redact(f"This is a bug in audobon: {type(error).__name__}: {error}"),
        hint=f"the log has the details: {session.workspace.locations.log_file}",
        exception=type(error).__name__,
    )


def _traceback(session: Session) -> str:
    """Where the exception being handled came about, without keys and control characters; shown with -v or --debug."""
    import traceback

    from audobon_cli.domain.foreign.text import visible

    text = visible(redact(traceback.format_exc()))
    if session.options.debug or session.options.verbose:
        sys.stderr.write(text)
    return text


def _output(argv: Sequence[str], session: Session) -> Output:
    """The command's output; before options were parsed, one in the mode that ``argv`` asks for."""
    if session.out.command:
        return session.out
    options = argv[: argv.index("--")] if "--" in argv else argv
    mode = OutputMode.JSON if {"--json", "--events"} & set(options) else OutputMode.HUMAN
    output = Output(mode)
    output.name = " ".join(word for word in options[:2] if not word.startswith("-"))
    output.command = name_in_json(output.name)
    return output


def main() -> NoReturn:
    """The console script."""
    ending = Ending()
    ending.install()
    ending.leave(run(sys.argv[1:], ending=ending))
