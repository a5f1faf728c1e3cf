"""Windows. Nothing in here has run on Windows: see docs/platforms.md."""

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.platforms.processes import ProcessFacts, process_facts, processor_percent
from audobon_cli.platforms.windows_calls import WindowsCalls, registry_value, windows_module
from audobon_cli.platforms.windows_files import LONG_PATHS_KEY, MACHINE_KEY, SHORT_PATH, WindowsFiles

if TYPE_CHECKING:
    import subprocess
    from multiprocessing.connection import Connection

    from audobon_cli.platforms.base import Confinement, LocalListener

DEVELOPER_KEY = r"SOFTWARE\Microsoft\Windows\CurrentVersion\AppModelUnlock"
LONG_PATHS_ON = rf"reg add HKLM\{LONG_PATHS_KEY} /v LongPathsEnabled /t REG_DWORD /d 1 /f"
CREATE_NEW_PROCESS_GROUP, DETACHED_PROCESS = 0x200, 0x8  # winbase.h
CTRL_BREAK_EVENT = 1


class WindowsPlatform(WindowsFiles):
    """See Platform."""

    name = "windows"
    run_here = "Windows: nothing has been run on it yet, only a stand-in for it on Linux (docs/platforms.md)"
    longest_place: int | None = None  # it is a port, which a file names

    def __init__(self) -> None:
        super().__init__(WindowsCalls())

    def shortcomings(self) -> tuple[tuple[str, str], ...]:
        """See Platform: long paths, and symbolic links for those who are no administrators."""
        found = []
        if self.longest_path == SHORT_PATH:
            found.append(
                (f"paths have at most {SHORT_PATH - 1} characters", f"as administrator: {LONG_PATHS_ON}")
            )
        if registry_value(DEVELOPER_KEY, "AllowDevelopmentWithoutDevLicense") != 1:
            fact = "without developer mode only administrators make symbolic links, which shared models need"
            found.append((fact, "start ms-settings:developers"))
        return tuple(found)

    @property
    def stop_signals(self) -> tuple[int, ...]:
        """See Processes. Ctrl-Break, and the window that is closed, come as SIGBREAK."""
        import signal

        return tuple(
            int(getattr(signal, name)) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
        )

    def interrupt_main_thread(self) -> None:
        """See Processes. Of the C library, since that wakes a main thread that sleeps or waits for a lock."""
        import signal

        signal.raise_signal(signal.SIGINT)

    def before_fork(self, call: Callable[[], None]) -> None:
        """See Processes: there is no fork."""

    def apart(self) -> dict[str, Any]:
        """See Processes: Ctrl-C goes to all processes of a console but those of another group."""
        return {"creationflags": CREATE_NEW_PROCESS_GROUP}

    def detached(self) -> dict[str, Any]:
        """See Processes."""
        return {"creationflags": CREATE_NEW_PROCESS_GROUP | DETACHED_PROCESS}

    def inheriting(self, descriptors: Sequence[int]) -> dict[str, Any]:
        """See Processes. In a group of its own, as Ctrl-Break is sent to groups."""
        handles = [windows_module("msvcrt").get_osfhandle(one) for one in descriptors]
        system: Any = os
        for handle in handles:
            system.set_handle_inheritable(handle, True)
        startup = windows_module("subprocess").STARTUPINFO(lpAttributeList={"handle_list": handles})
        return {"startupinfo": startup, "creationflags": CREATE_NEW_PROCESS_GROUP}

    def ask_to_stop(self, process: "subprocess.Popen[str]") -> None:
        """See Processes. Without a console, as in a service, nothing can be asked: it is ended."""
        try:
            process.send_signal(CTRL_BREAK_EVENT)
        except OSError:
            process.terminate()

    def give_up(self, memory: int, readable: Sequence[str]) -> "frozenset[Confinement]":
        """See Processes: nothing yet. Job objects and AppContainers could; no Windows was to be had to try them on."""
        return frozenset()

    def limit_seconds(self, seconds: int) -> bool:
        """See Processes."""
        return False

    def enclosing(self, readable: Sequence[str]) -> list[str]:
        """See Processes."""
        return []

    def boot_id(self) -> str:
        """See Processes. Windows numbers its boots nowhere; process_started tells boots apart, as its times do not
        repeat."""
        return self._machine

    @cached_property
    def _machine(self) -> str:
        found = registry_value(MACHINE_KEY, "MachineGuid")
        if not found:
            return ""
        # The name too: copies of a virtual machine have the same number.
        return hashlib.sha256(f"{found}\n{self.host_name()}".encode()).hexdigest()[:32]

    def process_started(self, number: int) -> str:
        """See Processes: in seconds since 1970."""
        import psutil

        try:
            return repr(psutil.Process(number).create_time())
        except (psutil.Error, ValueError, OverflowError, OSError):
            return ""

    def process_facts(self, number: int) -> ProcessFacts | None:
        """See Processes."""
        return process_facts(number)

    def processor_percent(self, seconds: float) -> float | None:
        """See Machines."""
        return processor_percent(seconds)

    def host_name(self) -> str:
        """See Machines."""
        import socket

        return os.environ.get("COMPUTERNAME") or socket.gethostname()

    def account_name(self) -> str:
        """See Machines: whoever looks for a name has looked at USERNAME before."""
        return os.environ.get("USERNAME", "")

    def make_private_folder(self, folder: Path) -> bool:
        """See Machines."""
        from audobon_cli.platforms.windows_security import private_list

        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            try:
                folder.mkdir()
            except FileExistsError:
                return self.is_private(folder)
            self._security.write(folder, private_list(self._security.user(), folder=True))
        except OSError:
            return False
        return self.is_private(folder)

    def is_private(self, folder: Path) -> bool:
        """See Machines."""
        from audobon_cli.platforms.windows_calls import ATTRIBUTE_DIRECTORY, ATTRIBUTE_REPARSE_POINT
        from audobon_cli.platforms.windows_security import is_private_list

        try:
            found = self.calls.attributes(folder)
            if not found & ATTRIBUTE_DIRECTORY or found & ATTRIBUTE_REPARSE_POINT:
                return False
            return is_private_list(self._security.read(folder), self._security.user())
        except OSError:
            return False

    def is_private_file(self, file: Path) -> bool:
        """See Machines."""
        from audobon_cli.platforms.windows_security import is_private_list

        try:
            return is_private_list(self._security.read(file), self._security.user())
        except OSError:
            return False

    def make_private(self, file: Path) -> None:
        """See Machines."""
        from audobon_cli.platforms.windows_security import private_list

        self._security.write(file, private_list(self._security.user(), folder=False))

    @property
    def has_modes(self) -> bool:
        """See Machines: access lists are inherited."""
        return False

    def is_open_to_others(self, path: Path) -> bool:
        """See Machines."""
        return False

    def close_to_others(self, path: Path) -> None:
        """See Machines: nothing to do."""

    @cached_property
    def _security(self) -> Any:
        from audobon_cli.platforms.windows_security import WindowsSecurity

        return WindowsSecurity(self.calls)

    def resident_bytes(self) -> int:
        """See Machines: the working set."""
        return self._of_process("rss")

    def forget_peak(self) -> None:
        """See Machines: Windows cannot."""

    def peak_bytes(self) -> int:
        """See Machines: the largest working set."""
        return self._of_process("peak_wset")

    def _of_process(self, name: str) -> int:
        import psutil

        try:
            return int(getattr(psutil.Process().memory_info(), name, 0))
        except (psutil.Error, OSError):
            return 0

    def memory_bytes(self) -> int:
        """See Machines."""
        return self._of_machine("total")

    def available_bytes(self) -> int:
        """See Machines."""
        return self._of_machine("available")

    def _of_machine(self, name: str) -> int:
        import psutil

        try:
            return int(getattr(psutil.virtual_memory(), name))
        except (psutil.Error, OSError):
            return 0

    def limit_memory(self, count: int) -> bool:
        """See Machines: only a job object could."""
        return False

    def memory_limit(self) -> int:
        """See Machines."""
        return 0

    def usable_cpus(self) -> int:
        """See Machines."""
        import psutil

        try:
            return len(psutil.Process().cpu_affinity()) or 1
        except (psutil.Error, OSError):
            return os.cpu_count() or 1

    def return_large_blocks(self) -> None:
        """See Machines: Windows' heap does so."""

    def prepare_streams(self) -> None:
        """See Machines."""
        from audobon_cli.platforms.streams import write_utf8

        write_utf8()

    def listen(self, place: Path) -> "LocalListener":
        """See Platform. Python has no sockets in Windows' file system, and its pipes let others listen first."""
        from audobon_cli.platforms.loopback_sockets import LoopbackListener

        return LoopbackListener(place)

    def connect(self, place: Path, seconds: float) -> "Connection":
        """See Platform."""
        from audobon_cli.platforms.loopback_sockets import connect_loopback

        return connect_loopback(place, seconds)
