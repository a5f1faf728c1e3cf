"""The options of requests for sounds: of ``audobon sound make``, and of rows of a batch."""

from enum import StrEnum
from typing import Annotated, ClassVar

import typer

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.sound import SoundChoices

SYNTH = "synth"
"""The model that makes sounds where none is named."""


class RequestKind(StrEnum):
    """What a row of a batch asks for."""

    IMAGE = "image"
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class SoundOptions:
    """The options as they were typed."""

    PANEL: ClassVar[str] = "Sound"

    length: Annotated[
        float | None, typer.Option("--length", metavar="SECONDS", help="Length, from 0.02 to 60 seconds.")
    ] = None
    set: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Set pitch=+2st, size=0.5, reverb=0.3, or a layer's 1.pitch=440; docs/sound.md lists all.",
        ),
    ] = None

    def parse(self) -> SoundChoices:
        """What a request says of them."""
        return SoundChoices(self.length, tuple(self.set or ()))


@dataclass(frozen=True, slots=True)
class KindOptions:
    """What a row is to be."""

    kind: Annotated[RequestKind, typer.Option("--kind", help="What it makes: image or sound.")] = (
        RequestKind.IMAGE
    )


@dataclass(frozen=True, slots=True)
class MakingOptions:
    """What sounds are made, and how well."""

    PANEL: ClassVar[str] = "Sound"

    quality: Annotated[
        str | None,
        typer.Option(
            "--quality",
            help="Sample rate: draft 22 kHz, optimized 44.1, high 48; ultra also searches settings.",
        ),
    ] = None
    style: Annotated[
        str | None,
        typer.Option("--style", help="8-bit, soft, underwater ...; `audobon presets list` shows all."),
    ] = None
    model: Annotated[
        str | None, typer.Option("--model", help="A model that makes sounds, in place of the synthesiser.")
    ] = None
    count: Annotated[
        int, typer.Option("--count", "-n", help="Sounds per prompt, from consecutive seeds.")
    ] = 1
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Seed of the first sound; the same seed gives the same sound."),
    ] = None


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """What only models with networks take, the synthesiser not."""

    PANEL: ClassVar[str] = "Model"

    negative: Annotated[str, typer.Option("--negative", help="What to leave out.")] = ""
    steps: Annotated[int | None, typer.Option("--steps", help="Denoising steps.")] = None
    guidance: Annotated[
        float | None, typer.Option("--guidance", help="How closely to follow the prompt (guidance scale).")
    ] = None
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="euler, euler-a, dpm++-karras, unipc, ddim, lcm …")
    ] = None
