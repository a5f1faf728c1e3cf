"""A disk whose power can be cut: ext4 or xfs in an image on a loop device. Needs root."""

import contextlib
import functools
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

fcntl = pytest.importorskip("fcntl", reason="of what only POSIX has")

SHUT_DOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN of linux/ext4.h, XFS_IOC_GOINGDOWN of xfs_fs.h
WITHOUT_FLUSHING = 2  # NOLOGFLUSH
IMAGE_BYTES = 512 * 1024 * 1024
MAKERS = {"ext4": ("mkfs.ext4", "-q", "-F"), "xfs": ("mkfs.xfs", "-q")}


class Disk:
    """An empty file system at ``mount``; its image is a sparse file in ``folder``."""

    def __init__(self, folder: Path, kind: str = "ext4") -> None:
        self._folder, self.mount = folder, folder / "mount"
        self._image = folder / "0.img"
        self._cuts = 0
        self.mount.mkdir(parents=True)
        with self._image.open("wb") as file:
            file.truncate(IMAGE_BYTES)
        _run(*MAKERS[kind], str(self._image))
        self._attach()

    def cut(self) -> None:
        """Let the power fail at this moment: nothing more reaches the image, whatever programs go on writing."""
        descriptor = os.open(self.mount, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUT_DOWN, struct.pack("I", WITHOUT_FLUSHING))
        finally:
            os.close(descriptor)

    def restore(self) -> None:
        """Mount a copy of what had reached the image, in the old one's place. No process may hold a file open."""
        self._cuts += 1
        copy = self._folder / f"{self._cuts}.img"
        _run("cp", "--sparse=always", str(self._image), str(copy))
        _run("umount", str(self.mount))
        self._image.unlink()
        self._image = copy
        self._attach()

    def remove(self) -> None:
        """Unmount it and delete its image."""
        subprocess.run(["umount", "-l", str(self.mount)], capture_output=True, check=False)
        self._image.unlink(missing_ok=True)

    def _attach(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self.mount))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=240)


@contextlib.contextmanager
def a_disk(folder: Path, kind: str = "ext4") -> Iterator[Disk]:
    """A disk for the block."""
    disk = Disk(folder, kind)
    try:
        yield disk
    finally:
        disk.remove()


@functools.cache
def _can_cut(kind: str) -> bool:
    folder = Path(tempfile.mkdtemp())
    try:
        with a_disk(folder / "probe", kind) as disk:
            disk.cut()
            disk.restore()
    except (OSError, subprocess.SubprocessError):
        return False
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return True


def needs_power(kind: str = "ext4") -> None:
    """Skip the test where the power of such a disk cannot be cut."""
    if os.geteuid() != 0 or not _can_cut(kind):
        pytest.skip(f"cutting the power needs root, loop devices and {MAKERS[kind][0]}")
