"""Exporting compositions as SVG: they are drawn again from their recipes, in vectors."""

from collections.abc import Sequence
from dataclasses import dataclass

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.exemplars.own import library_store
from audobon_cli.exemplars.store import STORE
from audobon_cli.exemplars.vector_file import vector_file
from audobon_cli.library.export import ExportRequest
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.formats import ExportFormat


@dataclass(frozen=True, slots=True)
class VectorExportRequest(ExportRequest):
    """As ExportRequest, as SVG files: vector drawings as they are kept, compositions from their recipes."""

    format: str | None = ExportFormat.SVG.value

    def check(self, assets: Sequence[Asset]) -> None:
        """See ExportRequest. Raises InvalidInput for what has no vectors: pixels, pixel art, what a network drew."""
        without = [asset for asset in assets if asset.format != self.format and not _is_composed(asset)]
        if without:
            more = f", nor have {len(without) - 1} more" if len(without) > 1 else ""
            raise InvalidInput(
                f"{without[0].name} has no vectors{more}.",
                hint="compositions have them, if they are no pixel art and --strength was 0; leave out --format svg",
                assets=[asset.id for asset in without],
            )

    def content(self, library: Library, asset: Asset, listen: Listener = ignore) -> bytes:
        """See ExportRequest. Raises what vector_file does."""
        if asset.format == self.format or asset.recipe is None:
            made = library.blobs.read(asset.blob)
        else:
            made = vector_file(asset.recipe, lambda things: library_store(STORE, things, library))
        return made if self.sign is None else self.sign(asset, made, ExportFormat.SVG.value, listen)


def _is_composed(asset: Asset) -> bool:
    composition = {} if asset.recipe is None else asset.recipe.composition
    scene = composition.get("scene")
    return composition.get("strength") == 0 and isinstance(scene, dict) and not scene.get("grid")
