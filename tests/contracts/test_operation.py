"""What every operation promises (contracts/operation.py), held against each that ships."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from audobon_cli.contracts.clauses import try_clauses
from audobon_cli.contracts.operation import OPERATION_CLAUSES, OperationRig, clauses_for
from audobon_cli.derivations.operation import AssetOperation
from audobon_cli.derivations.registry import OPERATIONS, operation_class
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.sprites.operations.operation import Operation, Product

ASKED: dict[str, dict[str, Any]] = {
    "palette-extract": {"colours": 4},
    "palette": {"palette": [[200, 40, 30], [90, 20, 30]]},
    "pixelate": {"width": 12, "height": 12},
    "outline": {"thickness": 2},
    "recolor": {"sources": [[200, 40, 30]], "targets": [[0, 0, 200]]},
    "upscale": {"factor": 2},
    "trim": {"padding": 1},
    "tile": {},
}
"""Parameters of those on pictures that need nothing beside the picture. The others have tests of their own: they take
sheets, cards, scenes or a network."""


def rig_of(name: str) -> OperationRig:
    return OperationRig(name, operation_class(name).from_parameters(ASKED[name]))


@pytest.mark.parametrize("name", ASKED)
def test_it_keeps_what_operations_promise(name: str) -> None:
    rig = rig_of(name)
    broken = [found for found in try_clauses(clauses_for(rig.operation.medium), rig) if not found.kept]
    assert broken == []


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - set(ASKED)))
def test_the_others_are_called_as_they_are_registered(name: str) -> None:
    cls = operation_class(name)
    assert cls.name == name
    with pytest.raises(InvalidInput, match="not parameters"):
        cls.from_parameters({"no_such_parameter": 1})


@dataclass(frozen=True, slots=True)
class Smudge(Operation):
    """Writes into its input, and remembers."""

    name: ClassVar[str] = "smear"
    packages: ClassVar[tuple[str, ...]] = ("no-such-package",)
    strength: int = 1

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        pixels = inputs[0].frames[0]
        pixels[0, 0] = 255 - pixels[0, 0]
        return Product(pixels)


def test_one_that_does_not_keep_it_is_told_what_and_why() -> None:
    operation: AssetOperation = Smudge()
    broken = {
        one.clause: one.why for one in try_clauses(OPERATION_CLAUSES, OperationRig("smudge", operation))
    }
    assert broken["it-is-called-as-it-is-registered"] == "it is called 'smear' and registered as 'smudge'"
    assert broken["packages-are-installed"] == "no package is called no-such-package"
    assert broken["the-same-inputs-give-the-same-bytes"] == "the same input gave other bytes the second time"
    assert broken["inputs-stay-as-they-are"] == "it changed its input"
    assert broken["parameters-can-be-kept"] == ""
