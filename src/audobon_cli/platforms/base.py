"""What the program asks of the system it runs on. docs/platforms.md says how each system answers.

Paths are those of this machine. Every method may raise OSError where it says nothing else.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from audobon_cli.dataclass import dataclass
from audobon_cli.platforms.processes import ProcessFacts

if TYPE_CHECKING:  # no command should pay for what it does not use
    import subprocess
    from multiprocessing.connection import Connection


@dataclass(frozen=True, slots=True)
class Filesystem:
    """What a folder lies on: ``kind`` as the system calls it, "" where it does not tell.

    ``is_remote``: other machines may write to it, and locks cannot be trusted. ``is_in_cloud``: its files may be
    placeholders that a program fetches when they are read. ``is_fat``: FAT or exFAT, which keep no journal.
    """

    kind: str
    is_remote: bool = False
    is_in_cloud: bool = False
    is_fat: bool = False


class Confinement(StrEnum):
    """What a system can hold a process to."""

    MEMORY = "memory"
    TIME = "time"
    FILES = "files"
    NETWORK = "network"
    PROCESSES = "processes"


class LocalListener(Protocol):
    """Where programs of this user, on this machine, reach this process."""

    def accept(self, seconds: float) -> "Connection":
        """The next one that comes. Raises TimeoutError when none does within ``seconds``."""
        ...

    def greet(self, connection: "Connection", seconds: float) -> None:
        """Make sure that the other side is this user. Raises OSError or EOFError when it is not."""
        ...

    def close(self) -> None:
        """Take the place away and let nobody in any more."""
        ...


class Files(Protocol):
    """Files, their names and their locks."""

    def open(self, path: Path | str, flags: int, mode: int = 0o666) -> int:
        """A descriptor, of bytes. The file may be renamed and deleted while it is open."""
        ...

    def open_without_links(self, path: Path, flags: int) -> int:
        """The same, but a symbolic link is refused."""
        ...

    def read_at(self, descriptor: int, count: int, offset: int) -> bytes:
        """At most ``count`` bytes from ``offset`` on, whoever else reads; b"" at the end."""
        ...

    def write_at(self, descriptor: int, data: bytes, offset: int) -> int:
        """Write at ``offset``; how many bytes were written."""
        ...

    def sync(self, descriptor: int) -> None:
        """Force a file that is open for writing onto the disk itself. Never call it twice after an error."""
        ...

    def sync_file(self, path: Path) -> None:
        """The same of a file that is not open."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Make the names in ``folder`` durable."""
        ...

    @property
    def can_sync_filesystem(self) -> bool:
        """Whether `sync_filesystem` works here."""
        ...

    def sync_filesystem(self, descriptor: int) -> None:
        """Make all that was written so far to the file system of ``descriptor`` durable."""
        ...

    def open_folder(self, folder: Path) -> int:
        """A descriptor for `sync_filesystem`; only where there is that."""
        ...

    def replace(self, source: Path | str, target: Path | str) -> None:
        """Rename a file, in one step, over one that may be there; waits for programs that have that open."""
        ...

    def name_new(self, source: Path, target: Path) -> bool | None:
        """Give a file another name unless that is taken, in one step; False if it is, None where this cannot be done.

        The old name may be there or gone afterwards.
        """
        ...

    def delete(self, path: Path, missing_ok: bool = False) -> None:
        """Delete a file, also one that is marked as not to be written to."""
        ...

    def delete_tree(self, folder: Path) -> None:
        """Delete a folder with all that is in it. Errors are left be, and so is what they are about."""
        ...

    def set_mode(self, descriptor: int, mode: int) -> None:
        """Who may do what with a file, where that is a matter of mode bits; elsewhere its folder says so."""
        ...

    def mark_stored(self, path: Path) -> None:
        """Mark a file as one that nobody changes, where that does not keep people from deleting it."""
        ...

    def open_lock(self, path: Path, mode: int = 0o666) -> int:
        """A descriptor of a lock file, which is made if it is not there."""
        ...

    def try_lock(self, descriptor: int, shared: bool = False) -> bool:
        """Lock an open file; False when somebody else has it.

        The system drops the lock when the process ends, however it ends.
        """
        ...

    def unlock(self, descriptor: int) -> None:
        """Give the lock back."""
        ...

    def hold_lease(self, path: Path) -> int:
        """A descriptor that says "alive" as long as any process has it, be it a child that has `inheriting` it."""
        ...

    def is_leased(self, path: Path) -> bool:
        """Whether somebody holds the lease of that file."""
        ...

    def claim_folder(self, folder: Path) -> int | None:
        """Lock a folder that is there; None when another process has it, or it is gone."""
        ...

    def delete_claimed(self, folder: Path, descriptor: int) -> None:
        """Delete a folder that `claim_folder` locked, with all in it, and give the lock back. Never raises."""
        ...

    def filesystem(self, folder: Path) -> Filesystem:
        """What ``folder``, which need not exist, lies on."""
        ...

    def posix_errno(self, error: OSError) -> int:
        """The number that POSIX has for what ``error`` says; 0 where there is none."""
        ...

    def is_in_use(self, error: OSError) -> bool:
        """Whether ``error`` says that another program has the file open."""
        ...

    def links_are_refused(self, error: OSError) -> bool:
        """Whether ``error`` says that this user may not make symbolic links."""
        ...

    @property
    def longest_path(self) -> int:
        """Characters that a path may have, its end included."""
        ...


class Processes(Protocol):
    """Processes: this one, its children, and others."""

    @property
    def stop_signals(self) -> tuple[int, ...]:
        """By which this process is asked to end."""
        ...

    def interrupt_main_thread(self) -> None:
        """As if Ctrl-C were pressed; wakes the main thread from what it waits for."""
        ...

    def before_fork(self, call: Callable[[], None]) -> None:
        """Have ``call`` done before this process forks, where processes do."""
        ...

    def apart(self) -> dict[str, Any]:
        """Words for Popen: a child that Ctrl-C does not reach."""
        ...

    def detached(self) -> dict[str, Any]:
        """Words for Popen: a child that outlives this process and its terminal."""
        ...

    def inheriting(self, descriptors: Sequence[int]) -> dict[str, Any]:
        """Words for Popen: a child that has these descriptors too, and that `ask_to_stop` reaches."""
        ...

    def ask_to_stop(self, process: "subprocess.Popen[str]") -> None:
        """Ask a child begun with `inheriting` to end."""
        ...

    def give_up(self, memory: int, readable: Sequence[str]) -> frozenset[Confinement]:
        """Give up, for good, what decoding files takes not: more than ``memory`` bytes of memory of its own, other
        files than those below ``readable``, and those for reading only, sockets and processes. What of it the system
        holds this process to from now on. For processes that do nothing else; before there are threads."""
        ...

    def limit_seconds(self, seconds: int) -> bool:
        """Let the system end this process once it has taken so many more seconds of processor time; whether it does."""
        ...

    def enclosing(self, readable: Sequence[str]) -> list[str]:
        """The beginning of a command line that runs the rest of it apart, without a network; empty where nothing for
        that is installed."""
        ...

    def boot_id(self) -> str:
        """This boot of this machine (of Windows: this machine), of hex digits and dashes; "" where it is not told."""
        ...

    def process_started(self, number: int) -> str:
        """When a process was started, in the system's own words; "" if there is none. Never raises."""
        ...

    def process_facts(self, number: int) -> ProcessFacts | None:
        """What is known of a process; None if there is none. Never raises."""
        ...


class Machines(Protocol):
    """The machine, its users and what this process uses of it. Never raise, but `make_private`."""

    def host_name(self) -> str:
        """The machine's name."""
        ...

    def account_name(self) -> str:
        """The account that runs the program, as the system has it; "" where it has none."""
        ...

    def make_private_folder(self, folder: Path) -> bool:
        """Make a folder for this user alone, or find it made; whether it is that."""
        ...

    def is_private(self, folder: Path) -> bool:
        """Whether ``folder`` is there and nobody but this user and the system's own accounts reaches into it."""
        ...

    def is_private_file(self, file: Path) -> bool:
        """The same of a file or pipe, which may be behind a link."""
        ...

    def make_private(self, file: Path) -> None:
        """Let nobody but this user read or write ``file``. Raises OSError."""
        ...

    @property
    def has_modes(self) -> bool:
        """Whether a file's own mode says who may read it; else it is inherited from its folder."""
        ...

    def is_open_to_others(self, path: Path) -> bool:
        """Whether others than its owner have rights on a file or folder by its own mode. Raises OSError."""
        ...

    def close_to_others(self, path: Path) -> None:
        """Take the rights of others from a file or folder; those of its owner stay. Raises OSError."""
        ...

    def resident_bytes(self) -> int:
        """Main memory that this process has; where that is not told the most it ever had, or 0."""
        ...

    def forget_peak(self) -> None:
        """Let `peak_bytes` begin anew, where the system can."""
        ...

    def peak_bytes(self) -> int:
        """Most main memory that this process had; 0 where it is not told."""
        ...

    def memory_bytes(self) -> int:
        """Main memory that this process may use; 0 where it is not told."""
        ...

    def available_bytes(self) -> int:
        """What programs can get without anything being swapped out; 0 where it is not told."""
        ...

    def limit_memory(self, count: int) -> bool:
        """Let this process, and those that it begins from now on, have at most ``count`` bytes of memory of their own
        each, or what they are held to already; whether the system can."""
        ...

    def memory_limit(self) -> int:
        """The bytes that this process is held to, by `limit_memory` or from outside; 0 for none."""
        ...

    def processor_percent(self, seconds: float) -> float | None:
        """How busy the processors are over the next ``seconds``, 0 to 100; None where it is not told."""
        ...

    def usable_cpus(self) -> int:
        """Processors that this process may use."""
        ...

    def return_large_blocks(self) -> None:
        """From now on give every freed block of a megabyte or more back to the system, where that needs saying."""
        ...

    def prepare_streams(self) -> None:
        """Let stdout and stderr take every character, whatever the code page."""
        ...


class Platform(Files, Processes, Machines, Protocol):
    """One operating system."""

    name: str
    """linux, macos or windows."""
    run_here: str
    """What of the program has been run on this system, in words for people."""
    longest_place: int | None
    """The bytes that the path of a place to `listen` at may have; None: any."""

    def shortcomings(self) -> tuple[tuple[str, str], ...]:
        """What is switched off here that the program would like to use: the fact, and how it is switched on."""
        ...

    def listen(self, place: Path) -> LocalListener:
        """Be reached through ``place``, in a private folder."""
        ...

    def connect(self, place: Path, seconds: float) -> "Connection":
        """Reach who listens at ``place``. Raises OSError or EOFError when nobody does, or somebody else's process."""
        ...
