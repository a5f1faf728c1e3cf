"""The options of ``audobon generate`` that add to a model: LoRAs, embeddings, controls, references, a refiner."""

from typing import Annotated, ClassVar

import typer

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.adapters import (
    AdapterChoices,
    parse_control,
    parse_lora,
    parse_reference,
    parse_refiner,
)


@dataclass(frozen=True, slots=True)
class AdapterOptions:
    """The options as they were typed, None for those that were not given."""

    PANEL: ClassVar[str] = "Adapters"

    lora: Annotated[
        list[str] | None,
        typer.Option("--lora", metavar="NAME[:WEIGHT]", help="Add a LoRA, by name or file; repeatable."),
    ] = None
    embedding: Annotated[
        list[str] | None,
        typer.Option(
            "--embedding", metavar="NAME", help="Add a textual inversion; put its word into the prompt."
        ),
    ] = None
    control: Annotated[
        list[str] | None,
        typer.Option(
            "--control",
            metavar="KIND:PICTURE[:WEIGHT]",
            help="Follow a picture (ControlNet): canny finds its edges; map, depth, pose … are ready maps.",
        ),
    ] = None
    control_model: Annotated[
        list[str] | None,
        typer.Option("--control-model", metavar="NAME", help="The ControlNet for each --control, in order."),
    ] = None
    reference: Annotated[
        list[str] | None,
        typer.Option(
            "--reference",
            metavar="PICTURE[:WEIGHT]",
            help="Resemble this picture: the built-in model composes of it, others take an IP-Adapter.",
        ),
    ] = None
    reference_model: Annotated[
        str | None, typer.Option("--reference-model", metavar="NAME", help="The IP-Adapter for --reference.")
    ] = None
    refiner: Annotated[
        str | None,
        typer.Option(
            "--refiner",
            metavar="NAME[:SHARE]",
            help="Let this model draw the last steps; the first one draws SHARE of them (0.8).",
        ),
    ] = None

    def parse(self) -> AdapterChoices:
        """What they mean. Raises InvalidInput."""
        return AdapterChoices(
            loras=tuple(parse_lora(text) for text in self.lora or ()),
            embeddings=tuple(self.embedding or ()),
            controls=tuple(parse_control(text) for text in self.control or ()),
            control_models=tuple(self.control_model or ()),
            references=tuple(parse_reference(text) for text in self.reference or ()),
            reference_model=self.reference_model,
            refiner=parse_refiner(self.refiner) if self.refiner is not None else None,
        )
