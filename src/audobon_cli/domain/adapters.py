"""Additions to a model: LoRAs, embeddings, ControlNets, reference pictures, a refiner. As asked for, and resolved."""

import math
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.ids import BlobId
from audobon_cli.domain.model import Model

MAX_LORA_WEIGHT = 10.0
MAX_CONTROL_WEIGHT = 2.0
REFINER_SHARE = 0.8
"""The share of the steps that the base model draws when none is given: as in diffusers' documentation."""


class ControlKind(StrEnum):
    """What a control map shows. The edges of ``canny`` are found here; the others are ready maps."""

    CANNY = "canny"
    MAP = "map"
    """Any ready map, for the one ControlNet at hand or that of --control-model."""
    DEPTH = "depth"
    LINEART = "lineart"
    NORMAL = "normal"
    POSE = "pose"
    SCRIBBLE = "scribble"
    SEG = "seg"
    SOFTEDGE = "softedge"
    TILE = "tile"

    @property
    def is_drawn(self) -> bool:
        """Whether the map is made here from an ordinary picture."""
        return self is ControlKind.CANNY


@dataclass(frozen=True, slots=True)
class LoraChoice:
    """``--lora NAME[:WEIGHT]``."""

    reference: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ControlChoice:
    """``--control KIND:PICTURE[:WEIGHT]``."""

    kind: ControlKind
    picture: Path
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ReferenceChoice:
    """``--reference PICTURE[:WEIGHT]``."""

    picture: Path
    weight: float = 1.0
    name: str = ""
    """What it shows, where that is not what its file is called: files of the library are called by their digests."""


@dataclass(frozen=True, slots=True)
class RefinerChoice:
    """``--refiner NAME[:SHARE]``: the base model draws ``share`` of the steps, the refiner the rest."""

    reference: str
    share: float = REFINER_SHARE


@dataclass(frozen=True, slots=True)
class AdapterChoices:
    """What was asked for. ``control_models`` name the ControlNets in the order of ``controls``,
    ``reference_model`` the IP-Adapter; without them the shelf is searched. Validated on creation."""

    loras: tuple[LoraChoice, ...] = ()
    embeddings: tuple[str, ...] = ()
    controls: tuple[ControlChoice, ...] = ()
    control_models: tuple[str, ...] = ()
    references: tuple[ReferenceChoice, ...] = ()
    reference_model: str | None = None
    refiner: RefinerChoice | None = None

    def __post_init__(self) -> None:
        if self.control_models and len(self.control_models) != len(self.controls):
            raise InvalidInput(
                f"{len(self.control_models)} --control-model for {len(self.controls)} --control.",
                hint="give --control-model once for each --control, in the same order, or not at all",
            )
        if self.reference_model is not None and not self.references:
            raise InvalidInput(
                "--reference-model needs a picture to look at.", hint="name it with --reference FILE"
            )
        for option, names in (
            ("--lora", [lora.reference for lora in self.loras]),
            ("--embedding", list(self.embeddings)),
        ):
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise InvalidInput(f"{option} {twice} is given twice.", hint="give it once, with its weight")

    def __bool__(self) -> bool:
        return self != AdapterChoices()


def parse_lora(text: str) -> LoraChoice:
    """``NAME[:WEIGHT]``. Raises InvalidInput."""
    reference, weight = _split_number("--lora", text, 1.0)
    if not abs(weight) <= MAX_LORA_WEIGHT:
        raise _out_of_range("--lora", text, f"-{MAX_LORA_WEIGHT:g} to {MAX_LORA_WEIGHT:g}")
    return LoraChoice(reference, weight)


def parse_control(text: str) -> ControlChoice:
    """``KIND:PICTURE[:WEIGHT]``. Raises InvalidInput."""
    kind, colon, rest = text.partition(":")
    kinds = ", ".join(kind.value for kind in ControlKind)
    if not colon or kind not in set(ControlKind):
        raise InvalidInput(
            f"--control {text} does not begin with what the picture is to give.",
            hint=f"write KIND:PICTURE[:WEIGHT], such as canny:knight.png:0.7; kinds are {kinds}",
        )
    picture, weight = _split_number("--control", rest, 1.0)
    if not 0 < weight <= MAX_CONTROL_WEIGHT:
        raise _out_of_range("--control", text, f"more than 0, up to {MAX_CONTROL_WEIGHT:g}")
    return ControlChoice(ControlKind(kind), Path(picture), weight)


def parse_reference(text: str) -> ReferenceChoice:
    """``PICTURE[:WEIGHT]``. Raises InvalidInput."""
    picture, weight = _split_number("--reference", text, 1.0)
    if not 0 < weight <= MAX_CONTROL_WEIGHT:
        raise _out_of_range("--reference", text, f"more than 0, up to {MAX_CONTROL_WEIGHT:g}")
    return ReferenceChoice(Path(picture), weight)


def parse_refiner(text: str) -> RefinerChoice:
    """``NAME[:SHARE]``. Raises InvalidInput."""
    reference, share = _split_number("--refiner", text, REFINER_SHARE)
    if not 0 < share < 1:
        raise _out_of_range("--refiner", text, "more than 0 and less than 1")
    return RefinerChoice(reference, share)


def _split_number(option: str, text: str, default: float) -> tuple[str, float]:
    """The name and the number behind its last colon; ``default`` where no colon is in the last part of
    a path."""
    name, colon, tail = text.rpartition(":")
    if not colon or "/" in tail or "\\" in tail:
        name, number = text, default
    else:
        try:
            number = float(tail)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise InvalidInput(
                f"{option} {text}: {tail!r} is not a number.",
                hint=f"write a number behind the colon, such as {name or 'NAME'}:0.8, or leave both out",
            )
    if not name.strip():
        raise InvalidInput(
            f"{option} {text!r} names nothing.", hint=f"see `audobon generate --help`: {option}"
        )
    return name, number


def _out_of_range(option: str, text: str, span: str) -> InvalidInput:
    return InvalidInput(
        f"{option} {text}: the number is out of range.", hint=f"give a number of {span}", option=option
    )


@dataclass(frozen=True, slots=True)
class InputImage:
    """A picture of the user's own at ``path``, whose bytes are those of ``blob``. They are ``content`` where the file
    there is that of an encrypted library, which only those who have its keys can read."""

    path: Path
    blob: BlobId
    content: bytes | None = field(default=None, compare=False, repr=False)

    def read(self) -> bytes:
        """The picture's file as it is now, or what it was. Raises OSError."""
        return self.path.expanduser().read_bytes() if self.content is None else self.content


@dataclass(frozen=True, slots=True)
class AdapterFiles:
    """Weights at hand: ``path`` is a .safetensors file, or a folder with a config.json.

    ``companion`` is the folder of the image encoder that an IP-Adapter needs. ``digest`` covers all files
    that are loaded.
    """

    name: str
    path: Path
    digest: str
    companion: Path | None = None


@dataclass(frozen=True, slots=True)
class Lora:
    files: AdapterFiles
    weight: float


@dataclass(frozen=True, slots=True)
class Embedding:
    """A textual inversion; ``token`` stands for it in the prompt."""

    files: AdapterFiles
    token: str


@dataclass(frozen=True, slots=True)
class Control:
    kind: ControlKind
    picture: InputImage
    weight: float
    files: AdapterFiles


@dataclass(frozen=True, slots=True)
class Reference:
    picture: InputImage
    weight: float


@dataclass(frozen=True, slots=True)
class Refiner:
    model: Model
    digest: str
    share: float


@dataclass(frozen=True, slots=True)
class Adapters:
    """AdapterChoices with every choice made and every file found to fit; see to_dict for what recipes say."""

    loras: tuple[Lora, ...] = ()
    embeddings: tuple[Embedding, ...] = ()
    controls: tuple[Control, ...] = ()
    references: tuple[Reference, ...] = ()
    reference_files: AdapterFiles | None = None
    refiner: Refiner | None = None

    def __bool__(self) -> bool:
        return self != Adapters()

    @property
    def pictures(self) -> tuple[InputImage, ...]:
        """All input pictures."""
        controlled = [control.picture for control in self.controls]
        return (*controlled, *(reference.picture for reference in self.references))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: names, digests, weights, input pictures as blobs. Empty without adapters."""
        named: dict[str, Any] = {
            "loras": [{**_named(lora.files), "weight": lora.weight} for lora in self.loras],
            "embeddings": [{**_named(found.files), "token": found.token} for found in self.embeddings],
            "controls": [
                {
                    **_named(control.files),
                    "kind": control.kind.value,
                    "picture": control.picture.blob,
                    "weight": control.weight,
                }
                for control in self.controls
            ],
        }
        if self.reference_files is not None:
            pictures = [{"picture": r.picture.blob, "weight": r.weight} for r in self.references]
            named["references"] = {**_named(self.reference_files), "pictures": pictures}
        if self.refiner is not None:
            refiner = self.refiner
            named["refiner"] = {
                "name": refiner.model.name,
                "digest": refiner.digest,
                "share": refiner.share,
            }
        return {name: value for name, value in named.items() if value}


def _named(files: AdapterFiles) -> dict[str, Any]:
    return {"name": files.name, "digest": files.digest}
