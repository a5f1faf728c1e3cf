"""Packages with plugins, as installers leave them in a folder that Python imports from."""

from collections.abc import Mapping
from pathlib import Path

OPERATION = """
from dataclasses import dataclass
from typing import ClassVar

from audobon_cli.sprites.operations.operation import Operation, Product

AUDOBON_API = {api}

@dataclass(frozen=True, slots=True)
class Flip(Operation):
    name: ClassVar[str] = "{name}"
    packages: ClassVar[tuple[str, ...]] = ("numpy",)

    def run(self, inputs):
        return Product(inputs[0].still[:, ::-1].copy())
"""


def install(
    folder: Path, package: str, points: Mapping[str, Mapping[str, str]], version: str = "1.0"
) -> None:
    """The metadata of ``package``: for each group names and what they are."""
    metadata = folder / f"{package.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    lines = [
        line
        for group, named in points.items()
        for line in (f"[{group}]", *(f"{name} = {target}" for name, target in named.items()))
    ]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n")


def install_operation(folder: Path, module: str, name: str = "flip", api: object = 1) -> None:
    """A package ``module`` with one operation, and its code."""
    (folder / f"{module}.py").write_text(OPERATION.format(name=name, api=api))
    install(folder, module, {"audobon.operations": {name: f"{module}:Flip"}})
