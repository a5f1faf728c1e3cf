"""Where the warm process listens, and what it must have in common with the command that asks."""

import hashlib
import importlib.metadata
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import audobon_cli
from audobon_cli.__about__ import __version__
from audobon_cli.dataclass import dataclass
from audobon_cli.platforms import current

PACKAGES = ("torch", "diffusers", "transformers")
SHORTER = "name a shorter folder of yours, of mode 0700: export XDG_RUNTIME_DIR=/run/user/$(id -u)"
"""What helps where the path of the socket is too long."""
STEERING = ("HF_", "CUDA_", "HIP_", "ROCR_", "PYTORCH_", "TORCH_", "OMP_", "MKL_")
"""Variables that may change what an engine does."""


@dataclass(frozen=True, slots=True)
class WarmPlace:
    """The socket in ``folder`` for engines made with ``device`` and ``digest_cache``."""

    folder: Path
    device: str
    digest_cache: Path
    offline: bool
    log: Path

    @property
    def socket(self) -> Path:
        """One for each Python environment: others may have another version of the program."""
        return self.folder / f"warm-{hashlib.sha256(sys.prefix.encode()).hexdigest()[:8]}"

    @property
    def lock(self) -> Path:
        """Held by the process that listens."""
        return self.socket.with_suffix(".lock")

    @property
    def too_long(self) -> str:
        """What is said where this system lets no socket have such a path, or ""."""
        size, most = len(os.fsencode(self.socket)), current().longest_place
        if most is None or size <= most:
            return ""
        return f"the path {self.socket} has {size} bytes, and that of a socket may have {most}"

    @property
    def obstacle(self) -> tuple[str, str] | None:
        """Why no process can listen there, and what helps; None where nothing is known to be in its way."""
        if self.folder.exists() and not self.is_private():
            return f"{self.folder} is open to others", f"chmod 700 {self.folder}"
        return (self.too_long, SHORTER) if self.too_long else None

    def prepare(self) -> bool:
        """Make the folder for this user alone; False when that cannot be, or its path is too long for a socket."""
        return not self.too_long and current().make_private_folder(self.folder)

    def is_private(self) -> bool:
        """Whether the folder is there and nobody else could reach into it."""
        return current().is_private(self.folder)

    def fingerprint(self, variables: Mapping[str, str]) -> str:
        """What both sides must agree on: code, packages, settings and variables that an engine depends on."""
        package = Path(audobon_cli.__file__).parent
        newest = max(path.stat().st_mtime_ns for path in package.rglob("*.py"))
        steering = sorted(item for item in variables.items() if item[0].startswith(STEERING))
        facts = (
            *(__version__, sys.version, sys.executable, str(package), newest),
            *(_version(name) for name in PACKAGES),
            *(self.device, str(self.digest_cache), self.offline, steering),
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
