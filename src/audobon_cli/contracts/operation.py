"""What every operation promises (derivations/operation.py), tried on small pictures."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import FrozenInstanceError, dataclass, fields, is_dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from audobon_cli.contracts.clauses import Clause, ContractBroken, require
from audobon_cli.derivations.operation import AssetOperation, OperationProduct
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.domain.media import IMAGE
from audobon_cli.media.image.pixels import DecodedImage, encode_png, read_picture
from audobon_cli.media.registry import medium_named

SIDE = 24


@dataclass(frozen=True)
class OperationRig:
    """An operation on trial, registered as ``name``; ``operation`` is one with parameters that work."""

    name: str
    operation: AssetOperation

    @cached_property
    def inputs(self) -> tuple[DecodedImage, ...]:
        """A sprite, and another of the same size."""
        return sprite(1), sprite(2)

    def run(self, inputs: Sequence[Any] | None = None) -> OperationProduct:
        """What it makes of the inputs, else of the first sprite."""
        return self.operation.made([self.inputs[0]] if inputs is None else inputs)


def sprite(number: int) -> DecodedImage:
    """A disc of two colours on nothing, the same for the same ``number``."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    inside = (rows - SIDE / 2) ** 2 + (columns - SIDE / 2) ** 2 < (SIDE / 3) ** 2
    pixels = np.zeros((SIDE, SIDE, 4), dtype=np.uint8)
    pixels[inside] = (200, 40, 30 * number, 255)
    pixels[inside & (rows > SIDE / 2)] = (90, 20, 30 * number, 255)
    return read_picture(encode_png(pixels, {}), f"sprite {number}")


def it_is_called_as_it_is_registered(rig: OperationRig) -> None:
    """It is a frozen dataclass called as it is registered, since records of assets name it so."""
    cls = type(rig.operation)
    require(
        rig.operation.name == rig.name, f"it is called {rig.operation.name!r} and registered as {rig.name!r}"
    )
    require(is_dataclass(cls), "it is no dataclass")
    for field in fields(rig.operation):
        try:
            setattr(rig.operation, field.name, None)
        except (FrozenInstanceError, AttributeError):
            continue
        raise ContractBroken(f"{field.name} can be changed: it is not frozen")


def parameters_can_be_kept(rig: OperationRig) -> None:
    """Its parameters are JSON, and make the same operation again; unknown ones are refused."""
    cls, parameters = type(rig.operation), rig.operation.parameters()
    again = cls.from_parameters(parse_json(json.dumps(parameters)))
    require(again == rig.operation, f"the parameters {parameters} make {again}")
    try:
        cls.from_parameters({**parameters, "no_such_parameter": 1})
    except InvalidInput:
        return
    raise ContractBroken("a parameter that it does not have was taken")


def packages_are_installed(rig: OperationRig) -> None:
    """The packages that decide its bytes are installed, since records of assets name their versions."""
    for package in rig.operation.packages:
        try:
            version(package)
        except PackageNotFoundError as error:
            raise ContractBroken(f"no package is called {package}") from error


def the_same_inputs_give_the_same_bytes(rig: OperationRig) -> None:
    """The same inputs give the same bytes, whatever it worked on before."""
    first = rig.run().encode()
    with suppress(InvalidInput):
        rig.run([rig.inputs[1]])
    again = type(rig.operation).from_parameters(rig.operation.parameters())
    require(again.made([rig.inputs[0]]).encode() == first, "the same input gave other bytes the second time")


def inputs_stay_as_they_are(rig: OperationRig) -> None:
    """It works on copies: its inputs stay as they are."""
    before = [frame.tobytes() for one in rig.inputs for frame in one.frames]
    rig.run()
    require(before == [frame.tobytes() for one in rig.inputs for frame in one.frames], "it changed its input")


def the_product_is_what_it_says(rig: OperationRig) -> None:
    """The file is of the medium, the facts and the format that the product says; its facts are JSON."""
    product = rig.run()
    json.dumps(dict(product.facts))
    found = medium_named(rig.operation.medium).inspect(product.encode())
    require(found.media == product.media, f"it says {product.media} and the file is {found.media}")
    require(found.format == product.format, f"it says {product.format} and the file is {found.format}")


def what_it_cannot_use_is_refused(rig: OperationRig) -> None:
    """A clear picture and one of a single pixel work, or are refused with PictureUnusable or InvalidInput."""
    for pixels in (np.zeros((SIDE, SIDE, 4), np.uint8), np.full((1, 1, 4), 255, np.uint8)):
        try:
            rig.run([read_picture(encode_png(pixels, {}), "unusual")]).encode()
        except InvalidInput:
            continue


OPERATION_CLAUSES: tuple[Clause[OperationRig], ...] = (
    it_is_called_as_it_is_registered,
    parameters_can_be_kept,
    packages_are_installed,
    the_same_inputs_give_the_same_bytes,
    inputs_stay_as_they_are,
    the_product_is_what_it_says,
    what_it_cannot_use_is_refused,
)


def clauses_for(medium: str) -> tuple[Clause[OperationRig], ...]:
    """Those that can be tried on an operation of ``medium``: there are pictures to try with, and nothing else."""
    without_inputs = (it_is_called_as_it_is_registered, parameters_can_be_kept, packages_are_installed)
    return OPERATION_CLAUSES if medium == IMAGE else without_inputs
