"""Processes, users and sockets as POSIX has them; files are in posix_files.py."""

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.platforms.posix_files import PosixFiles, is_private_file, is_private_folder
from audobon_cli.platforms.processes import ProcessFacts, process_facts, processor_percent

if TYPE_CHECKING:
    import subprocess
    from multiprocessing.connection import Connection

    from audobon_cli.platforms.base import Confinement, LocalListener

# Modules that only some commands need are imported where they are used: every command comes through here.


class PosixPlatform(PosixFiles):
    """See Platform. What Linux and macOS do differently is theirs to add."""

    name = "posix"
    run_here = ""

    def shortcomings(self) -> tuple[tuple[str, str], ...]:
        """See Platform."""
        return ()

    @property
    def stop_signals(self) -> tuple[int, ...]:
        """See Processes."""
        import signal

        return (signal.SIGINT, signal.SIGTERM)

    def interrupt_main_thread(self) -> None:
        """See Processes."""
        import signal
        import threading

        main = threading.main_thread().ident
        if main is not None:
            signal.pthread_kill(main, signal.SIGINT)

    def before_fork(self, call: Callable[[], None]) -> None:
        """See Processes."""
        os.register_at_fork(before=call)

    def limit_memory(self, count: int) -> bool:
        """See Machines: macOS takes such limits and does not keep to them."""
        return False

    def memory_limit(self) -> int:
        """See Machines."""
        return 0

    def apart(self) -> dict[str, Any]:
        """See Processes."""
        return {"start_new_session": True}

    def detached(self) -> dict[str, Any]:
        """See Processes."""
        return {"start_new_session": True}

    def inheriting(self, descriptors: Sequence[int]) -> dict[str, Any]:
        """See Processes."""
        return {"pass_fds": tuple(descriptors)}

    def ask_to_stop(self, process: "subprocess.Popen[str]") -> None:
        """See Processes."""
        process.terminate()

    def give_up(self, memory: int, readable: Sequence[str]) -> "frozenset[Confinement]":
        """See Processes: it writes no bytes to files; macOS has nothing more that needs no rights."""
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        return frozenset()

    def limit_seconds(self, seconds: int) -> bool:
        """See Processes."""
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        until = int(used.ru_utime + used.ru_stime) + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (until if hard < 0 else min(until, hard), hard))
        return True

    def enclosing(self, readable: Sequence[str]) -> list[str]:
        """See Processes."""
        return []

    def boot_id(self) -> str:
        """See Processes."""
        return ""

    def process_started(self, number: int) -> str:
        """See Processes."""
        import psutil

        try:
            return repr(psutil.Process(number).create_time())
        except (psutil.Error, ValueError, OverflowError):
            return ""

    def process_facts(self, number: int) -> ProcessFacts | None:
        """See Processes."""
        return process_facts(number)

    def processor_percent(self, seconds: float) -> float | None:
        """See Machines."""
        return processor_percent(seconds)

    def host_name(self) -> str:
        """See Machines."""
        return os.uname().nodename

    def account_name(self) -> str:
        """See Machines."""
        import pwd

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:  # a container's number without an account
            return ""

    def make_private_folder(self, folder: Path) -> bool:
        """See Machines."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return False
        return self.is_private(folder)

    def is_private(self, folder: Path) -> bool:
        """See Machines."""
        return is_private_folder(folder)

    def is_private_file(self, file: Path) -> bool:
        """See Machines."""
        return is_private_file(file)

    def make_private(self, file: Path) -> None:
        """See Machines."""
        file.chmod(0o600)

    @property
    def has_modes(self) -> bool:
        """See Machines."""
        return True

    def is_open_to_others(self, path: Path) -> bool:
        """See Machines."""
        return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))

    def close_to_others(self, path: Path) -> None:
        """See Machines."""
        path.chmod(path.stat().st_mode & stat.S_IRWXU)

    def resident_bytes(self) -> int:
        """See Machines."""
        import psutil

        try:
            return int(psutil.Process().memory_info().rss)
        except psutil.Error:
            return self.peak_bytes()

    def forget_peak(self) -> None:
        """See Machines."""

    def peak_bytes(self) -> int:
        """See Machines."""
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def memory_bytes(self) -> int:
        """See Machines."""
        try:
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        except (ValueError, OSError):
            return 0

    def available_bytes(self) -> int:
        """See Machines."""
        import psutil

        try:
            return int(psutil.virtual_memory().available)
        except (psutil.Error, OSError, RuntimeError):
            return 0

    def usable_cpus(self) -> int:
        """See Machines."""
        return os.cpu_count() or 1

    def return_large_blocks(self) -> None:
        """See Machines."""

    def prepare_streams(self) -> None:
        """See Machines."""
        from audobon_cli.platforms.streams import tolerate_code_pages

        tolerate_code_pages()

    def listen(self, place: Path) -> "LocalListener":
        """See Platform."""
        from audobon_cli.platforms.unix_sockets import UnixListener

        return UnixListener(place)

    def connect(self, place: Path, seconds: float) -> "Connection":
        """See Platform. The folder says who listens there."""
        from multiprocessing.connection import Client

        connection: Connection = Client(str(place), "AF_UNIX")
        return connection
