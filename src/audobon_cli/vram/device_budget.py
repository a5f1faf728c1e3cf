"""How much memory a plan has: that of a card with a name, of a budget in bytes, or of this machine."""

import platform
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.model import LOCAL_ENGINE
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.strategy import Attention, Precision
from audobon_cli.domain.units import count_of, format_bytes, parse_bytes
from audobon_cli.hardware.probe import Gpu, GpuKind, available_bytes, graphics_cards, usable_cpus
from audobon_cli.presets.cards import DEFAULT_SPEED, Card, find_card, read_cards
from audobon_cli.vram.calibrations import NO_CALIBRATIONS, Calibration, Calibrations

CONTEXT_BYTES = 512 * 2**20
"""What CUDA's context takes of a card before the first tensor: 0.3 to 0.5 GiB by experience, not measured."""
PROGRAM_BYTES = 500 * 2**20
"""Private memory of the program before the first weight: 474 MiB with torch 2.13.0, diffusers 0.42.1 and transformers
5.24.0 imported, 498 MiB with ONNX Runtime too (VmData, Python 3.11 on Linux)."""
HOPPER = ("H100", "H200")
CPU_SPEED_OF_A_CORE = 0.00035
"""One processor core as a multiple of an L40S: some 0.1 of 362 TFLOPS. Rough; `vram profile` measures it."""
CPU = "cpu"
SMALL_CALL_SECONDS = 0.001
"""Faster on an L40S are networks of under some 100 million parameters, which a processor runs on one core."""


@dataclass(frozen=True, slots=True)
class DeviceBudget:
    """The card planned for, in words, its bytes for a run (None: no card), its facts as in Card.

    ``device`` is the kind that PyTorch knows it as (cuda, mps, cpu); ``calibration`` what was measured on it.
    """

    title: str
    total_bytes: int | None
    speed: float = DEFAULT_SPEED
    precision: Precision = Precision.BFLOAT16
    hopper: bool = False
    attention: Attention = Attention.FUSED
    device: str = "cuda"
    calibration: Calibration | None = None
    held: bool = False
    """Whether the system refuses more than ``total_bytes``: what does not fit then cannot be drawn."""
    small_speed: float | None = None
    """Of a processor: its measured speed with small networks, which run on one core."""

    def speed_for(self, call_seconds: float) -> float:
        """The speed with a network that takes ``call_seconds`` a call on an L40S."""
        small = self.small_speed is not None and call_seconds < SMALL_CALL_SECONDS
        return self.small_speed if small and self.small_speed is not None else self.speed


class LocalBudgets:
    """The budgets of this machine, each found out when it is first asked for: to look for cards takes a tenth of a
    second, for nothing where no network runs."""

    def __init__(self, card: Callable[[], DeviceBudget], processor: Callable[[], DeviceBudget]) -> None:
        self._card = card
        self._processor = processor

    @cached_property
    def card(self) -> DeviceBudget:
        """That of what networks run on."""
        return self._card()

    @cached_property
    def processor(self) -> DeviceBudget:
        """That of what sounds and compositions are made by."""
        return self._processor()

    def of(self, requests: Iterable[ResolvedRequest]) -> DeviceBudget:
        """That of what ``requests`` run on: where no network runs here, nor would in place of a provider, the
        processor's."""
        legs = (leg for one in requests for leg in (one, *one.fallbacks))
        held = any(leg.model.remote is None and leg.engine == LOCAL_ENGINE for leg in legs)
        return self.card if held else self.processor


def card_budget(
    gpu: str, budget: str, presets: Path, calibrations: Calibrations = NO_CALIBRATIONS
) -> DeviceBudget:
    """What a plan is for: ``gpu`` by name, else ``budget``, else the card with most free memory here.

    Raises InvalidInput for both, or for a name that is not known or ambiguous.
    """
    if gpu and budget:
        raise InvalidInput("A card and a budget were given.", hint="give --gpu or --budget, not both")
    if budget:
        total = parse_bytes(budget)
        return DeviceBudget(f"a budget of {format_bytes(total)}", total)
    cards = read_cards(presets)
    if gpu:
        card = find_card(gpu, cards)
        return _of_table(card.full_name, card.memory_bytes, card)
    present = graphics_cards()
    if not present:
        return DeviceBudget("no graphics card here", None)
    return present_card(max(present, key=lambda gpu: gpu.free_bytes), cards, calibrations)


def present_card(gpu: Gpu, cards: tuple[Card, ...], calibrations: Calibrations) -> DeviceBudget:
    """The budget of a card that is here: what it has free."""
    matching = [card for card in cards if card.name.casefold() in gpu.name.casefold()]
    closest = max(matching, key=lambda card: len(card.name), default=None)
    found = _of_table(gpu.name, gpu.free_bytes, closest)
    if gpu.kind is GpuKind.AMD:
        found = replace(found, attention=Attention.MATH)
    elif gpu.kind is GpuKind.APPLE:
        found = replace(found, device="mps", precision=Precision.FLOAT16)
    return _calibrated(found, calibrations.get(gpu.name))


def device_budget(device: str, presets: Path, calibrations: Calibrations) -> DeviceBudget:
    """The budget of what ``generate`` will run on: ``device`` as in the settings, empty for the best.

    Imports no torch: a build of it that knows processors only is told by its version.
    """
    kind, _, number = device.strip().lower().partition(":")
    cards = [] if kind == CPU else [gpu for gpu in graphics_cards() if kind in ("", _torch_kind(gpu))]
    if cards and not (_torch_kind(cards[0]) == "cuda" and _torch_for_processors()):
        place = count_of(number) if number.isdecimal() and count_of(number) < len(cards) else 0
        return present_card(cards[place], read_cards(presets), calibrations)
    return processor_budget(calibrations)


def processor_budget(calibrations: Calibrations) -> DeviceBudget:
    """The budget of this machine's processor. Looks for no cards."""
    cpus = usable_cpus()
    card = DeviceBudget(
        f"the processor ({cpus} cores)",
        available_bytes() or None,
        cpus * CPU_SPEED_OF_A_CORE,
        Precision.FLOAT32,
        device=CPU,
    )
    if CPU in calibrations:
        return _calibrated(card, calibrations[CPU])
    large, small = calibrations.get(large_key()), calibrations.get(small_key())
    if small is not None:
        card = replace(card, small_speed=card.speed / small.time_factor)
    return _calibrated(card, large)


def held_to(card: DeviceBudget, limit_bytes: int | None) -> DeviceBudget:
    """``card`` when a process may take ``limit_bytes`` of main memory: less of them, where the device has no memory of
    its own, than the machine has free."""
    if limit_bytes is None or card.device == "cuda":
        return card
    room = max(0, limit_bytes - PROGRAM_BYTES)
    title = f"{card.title}, held to {format_bytes(limit_bytes)} by resources.max_memory"
    total = room if card.total_bytes is None else min(room, card.total_bytes)
    return replace(card, title=title, total_bytes=total, held=True)


def small_key() -> str:
    """The name of this machine's processor among calibrations, with small networks: homes may be shared."""
    return f"{CPU}-small@{platform.node()}"


def large_key() -> str:
    """The same with large ones."""
    return f"{CPU}-large@{platform.node()}"


def _calibrated(card: DeviceBudget, calibration: Calibration | None) -> DeviceBudget:
    if calibration is None:
        return card
    return replace(card, calibration=calibration, speed=card.speed / calibration.time_factor)


def _of_table(title: str, memory_bytes: int, card: Card | None) -> DeviceBudget:
    """A card with ``memory_bytes`` free, its other facts from the row ``card`` of the table."""
    total = max(0, memory_bytes - CONTEXT_BYTES)
    if card is None:
        return DeviceBudget(title, total)
    return DeviceBudget(title, total, card.speed, card.precision, card.name in HOPPER, card.attention)


def _torch_kind(gpu: Gpu) -> str:
    """PyTorch calls AMD's cards cuda too."""
    return "mps" if gpu.kind is GpuKind.APPLE else "cuda"


def _torch_for_processors() -> bool:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return "+cpu" in version("torch")
    except PackageNotFoundError:
        return True
