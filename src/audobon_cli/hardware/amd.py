"""AMD cards, from what Linux's amdgpu driver shows under /sys. Never raises, needs no ROCm."""

from pathlib import Path

from audobon_cli.hardware.gpu import Gpu, GpuKind

SYSFS = Path("/sys")
AMD_VENDOR = "0x1002"
LEAST_BYTES = 2**30
"""Processors with graphics of their own show a few hundred MiB set aside: no card to draw with."""


def amd_gpus(sysfs: Path = SYSFS) -> tuple[Gpu, ...]:
    """The AMD cards with memory of their own; ``sysfs`` stands in for /sys."""
    try:
        cards = sorted((sysfs / "class" / "drm").glob("card[0-9]*"))
    except OSError:
        return ()
    found = (_gpu(card / "device", sysfs) for card in cards if "-" not in card.name)
    return tuple(gpu for gpu in found if gpu is not None)


def _gpu(device: Path, sysfs: Path) -> Gpu | None:
    total, used = _number(device / "mem_info_vram_total"), _number(device / "mem_info_vram_used")
    if _text(device / "vendor") != AMD_VENDOR or total is None or total < LEAST_BYTES:
        return None
    name = _text(device / "product_name") or f"AMD graphics {_text(device / 'device')}".strip()
    sensors = next(iter(sorted((device / "hwmon").glob("hwmon*"))), device)
    temperature = _number(sensors / "temp1_input")
    power = _number(sensors / "power1_average")
    return Gpu(
        name,
        total,
        max(0, total - (used or 0)),
        _text(sysfs / "module" / "amdgpu" / "version"),
        GpuKind.AMD,
        temperature_celsius=None if temperature is None else temperature // 1000,
        power_watts=None if power is None else power / 1e6,
        busy_percent=_number(device / "gpu_busy_percent"),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdecimal() else None
