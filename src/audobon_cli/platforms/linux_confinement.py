"""How a process of Linux gives up, for good, what decoding a file needs not: Landlock and seccomp, by ctypes.

Neither takes privileges (landlock(7), seccomp(2)); both hold for this process and all that it begins, and nothing takes
them back. Call it before there are threads: both bind the calling one, and those that it begins. Each answers for
itself: kernels may have one without the other.
"""

import ctypes
import os
import struct
from collections.abc import Sequence

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2  # linux/prctl.h, linux/seccomp.h
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446  # of every architecture
CREATE_RULESET_VERSION, RULE_PATH_BENEATH = 1, 1  # linux/landlock.h
READ_FILE, READ_DIR = 1 << 2, 1 << 3
RIGHTS_OF_FILES = {1: 13, 2: 14, 3: 15, 5: 16}
"""By the version of Landlock from which on it is so: how many rights over files it knows, from the lowest bit on."""
TCP_FROM, SCOPES_FROM = 4, 6
BIND_AND_CONNECT, SOCKETS_AND_SIGNALS = 0b11, 0b11
RULESET = struct.Struct("=QQQ")
"""struct landlock_ruleset_attr: rights over files, over TCP, and what stays among the confined."""
RULE = struct.Struct("=Qi")

MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""AUDIT_ARCH of linux/audit.h, and the column of REFUSED."""
X32 = 0x40000000
"""The other calls of x86-64 have this bit (asm/unistd.h); they are refused together."""

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # linux/bpf_common.h
ALLOW, ERRNO, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000  # linux/seccomp.h
EPERM, ENOSYS = 1, 38
NUMBER, ARCHITECTURE, FIRST, SECOND, THIRD = 0, 4, 16, 24, 32
"""Where struct seccomp_data has them; of arguments the lower halves (both machines are little-endian)."""
CLONE_THREAD = 0x10000
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

NETWORK: dict[str, tuple[int, int | None]] = {
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "sendto": (44, 206), "recvfrom": (45, 207),
    "sendmsg": (46, 211), "recvmsg": (47, 212), "bind": (49, 200), "listen": (50, 201), "socketpair": (53, 199),
    "accept4": (288, 242), "io_uring_setup": (425, 425),
}  # fmt: skip
PROCESSES: dict[str, tuple[int, int | None]] = {
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281), "kill": (62, 129),
    "tkill": (200, 130), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "unshare": (272, 97), "setns": (308, 268),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "bpf": (321, 280),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "open_by_handle_at": (304, 265),
}  # fmt: skip
FILES: dict[str, tuple[int, int | None]] = {
    "creat": (85, None), "unlink": (87, None), "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38),
    "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "link": (86, None),
    "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36), "truncate": (76, 45), "ftruncate": (77, 46),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "mknod": (133, None), "mknodat": (259, 33),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16),
}  # fmt: skip
"""Numbers of the calls that are refused with EPERM: of x86-64 and of arm64 (asm/unistd_64.h, asm-generic/unistd.h).
There is no list of those that are allowed: what NumPy, libsndfile or PyTorch call differs by release."""
OPENING: dict[str, tuple[int, int | None, int]] = {"open": (2, None, SECOND), "openat": (257, 56, THIRD)}
"""Refused where their flags, the last number says where they are, ask for more than reading."""
UNKNOWN = {"openat2": (437, 437), "clone3": (435, 435)}
"""Have their arguments where no filter can read them: said not to exist, so that the C library takes the older."""
CLONE, TGKILL, PRLIMIT = (56, 220), (234, 131), (302, 261)
"""A thread and no process; a signal to this process; limits of this process, which it calls 0."""


def give_up_files(readable: Sequence[str]) -> bool:
    """From now on open only what lies below ``readable``, and that for reading; with newer kernels no TCP, and no
    signals to others. Whether the kernel does it (Landlock, from Linux 5.13 on, where it is switched on)."""
    library = ctypes.CDLL(None, use_errno=True)
    version = library.syscall(LANDLOCK_CREATE_RULESET, None, 0, CREATE_RULESET_VERSION)
    if version < 1:
        return False
    rights = (1 << RIGHTS_OF_FILES[max(one for one in RIGHTS_OF_FILES if one <= version)]) - 1
    wanted = RULESET.pack(
        rights,
        BIND_AND_CONNECT if version >= TCP_FROM else 0,
        SOCKETS_AND_SIGNALS if version >= SCOPES_FROM else 0,
    )
    size = 24 if version >= SCOPES_FROM else 16 if version >= TCP_FROM else 8
    rules = library.syscall(LANDLOCK_CREATE_RULESET, wanted, ctypes.c_size_t(size), 0)
    if rules < 0:
        return False
    try:
        for path in readable:
            _allow_reading(library, rules, path)
        return _no_new_privileges(library) and bool(library.syscall(LANDLOCK_RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)


def give_up_calls() -> bool:
    """From now on no sockets, no processes, no changes of files and names. Whether the kernel does it (seccomp)."""
    known = MACHINES.get(os.uname().machine)
    library = ctypes.CDLL(None, use_errno=True)
    if known is None or struct.calcsize("P") != 8 or not _no_new_privileges(library):
        return False
    program = _filter(*known)
    code = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    return bool(library.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, described, 0, 0) == 0)


def _allow_reading(library: ctypes.CDLL, rules: int, path: str) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # what is not there is not read
        return
    try:
        rights = READ_FILE | READ_DIR if os.path.isdir(path) else READ_FILE
        library.syscall(LANDLOCK_ADD_RULE, rules, RULE_PATH_BENEATH, RULE.pack(rights, place), 0)
    finally:
        os.close(place)


def _no_new_privileges(library: ctypes.CDLL) -> bool:
    return bool(library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def _filter(architecture: int, column: int) -> bytes:
    """The filter: instructions of classic BPF over struct seccomp_data, eight bytes each."""
    refuse = _step(RETURN, 0, 0, ERRNO | EPERM)
    code = [
        _step(LOAD, 0, 0, ARCHITECTURE),
        _step(EQUAL, 1, 0, architecture),
        _step(RETURN, 0, 0, KILL_PROCESS),
        _step(LOAD, 0, 0, NUMBER),
        *(_step(AT_LEAST, 0, 1, X32), refuse),
    ]
    for number in (one[column] for names in (NETWORK, PROCESSES, FILES) for one in names.values()):
        if number is not None:
            code += [_step(EQUAL, 0, 1, number), refuse]
    for unknown in UNKNOWN.values():
        code += [_step(EQUAL, 0, 1, unknown[column]), _step(RETURN, 0, 0, ERRNO | ENOSYS)]
    allow = _step(RETURN, 0, 0, ALLOW)
    for opening in OPENING.values():
        number = opening[column]
        if number is not None:
            asked = [_step(LOAD, 0, 0, opening[2]), _step(ANY_BIT, 0, 1, WRITING), refuse, allow]
            code += [_step(EQUAL, 0, len(asked), number), *asked]
    threads = [_step(LOAD, 0, 0, FIRST), _step(ANY_BIT, 1, 0, CLONE_THREAD), refuse, allow]
    code += [_step(EQUAL, 0, len(threads), CLONE[column]), *threads]
    for numbers, process in ((TGKILL, os.getpid()), (PRLIMIT, 0)):
        own = [_step(LOAD, 0, 0, FIRST), _step(EQUAL, 1, 0, process), refuse, allow]
        code += [_step(EQUAL, 0, len(own), numbers[column]), *own]
    return b"".join((*code, allow))


def _step(code: int, if_true: int, if_false: int, value: int) -> bytes:
    """struct sock_filter; the jumps count from the next instruction on."""
    return struct.pack("=HBBI", code, if_true, if_false, value)
