"""Everything that a set owes, gathered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audobon_cli.credits.model_cards import TrainingSource, training_sources
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.recipe import Recipe
from audobon_cli.exemplars.credits import Credits, credits_of
from audobon_cli.exemplars.store import ExemplarStore
from audobon_cli.library.lineage import ancestors
from audobon_cli.library.store.library import Library
from audobon_cli.media.provenance import SourceType, source_type_of
from audobon_cli.models.catalog import find_model
from audobon_cli.models.registry import ModelRegistry

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ModelCredit:
    """A trained model that assets were drawn with; ``provider`` where it ran elsewhere, under whose terms it is."""

    model: str
    licence: str
    provider: str
    sources: tuple[TrainingSource, ...]
    assets: tuple[AssetId, ...]


@dataclass(frozen=True, slots=True)
class ImportedCredit:
    """A file of others. What its file does not name is ""."""

    asset: AssetId
    name: str
    author: str
    copyright: str
    licence: str


@dataclass(frozen=True, slots=True)
class SetCredits:
    """What a set owes: to the hands of drawings, to models, to authors of files."""

    hands: Credits
    models: tuple[ModelCredit, ...]
    imported: tuple[ImportedCredit, ...]


def owed_by(library: Library, assets: Sequence[Asset], registry: ModelRegistry) -> SetCredits:
    """What ``assets`` and all that they derive from owe."""
    everything = {one.id: one for asset in assets for one in (asset, *ancestors(library, asset))}
    drawn: dict[tuple[str, str], list[AssetId]] = {}
    imported = []
    for one in everything.values():
        if one.recipe is not None:
            if source_type_of(one.recipe) in (SourceType.TRAINED, SourceType.EDITED_BY_TRAINED):
                drawn.setdefault((one.recipe.model, _provider(one.recipe)), []).append(one.id)
        elif one.derivation is None:
            imported.append(_imported(one))
    models = [_model(name, provider, drawn[name, provider], registry) for name, provider in sorted(drawn)]
    by_name = sorted(imported, key=lambda each: (each.name, each.asset))
    return SetCredits(credits_of(library, assets, ExemplarStore()), tuple(models), tuple(by_name))


def _provider(recipe: Recipe) -> str:
    return str(recipe.receipt.get("provider", ""))


def _model(name: str, provider: str, assets: Sequence[AssetId], registry: ModelRegistry) -> ModelCredit:
    licence, folder = UNKNOWN, None
    if not provider:
        try:
            model = find_model(name, registry)
            licence, folder = model.licence or UNKNOWN, model.folder
        except AudobonError:  # it was removed, or is damaged: the assets are still its
            preset = registry.presets.models.get(name)
            licence = preset.licence if preset is not None else UNKNOWN
    sources = training_sources(Path(folder)) if folder is not None else ()
    return ModelCredit(name, licence, provider, sources, tuple(assets))


def _imported(asset: Asset) -> ImportedCredit:
    said = {key.lower(): value for key, value in asset.metadata.items() if isinstance(value, str)}
    return ImportedCredit(
        asset.id,
        asset.name,
        said.get("author") or said.get("artist", ""),
        said.get("copyright", ""),
        said.get("licence") or said.get("license", ""),
    )


def as_data(found: SetCredits, assets: Sequence[Asset]) -> Mapping[str, Any]:
    """The credits, JSON-ready."""
    return {
        "assets": [asset.id for asset in assets],
        "credits": [
            {
                "hand": one.hand,
                "licence": one.licence,
                "attribution": one.attribution,
                "things": list(one.things),
                "assets": list(one.assets),
            }
            for one in found.hands.owed
        ],
        "models": [
            {
                "model": one.model,
                "licence": one.licence,
                "provider": one.provider,
                "sources": [{"name": each.name, "licence": each.licence} for each in one.sources],
                "assets": list(one.assets),
            }
            for one in found.models
        ],
        "imported": [
            {
                "asset": one.asset,
                "name": one.name,
                "author": one.author,
                "copyright": one.copyright,
                "licence": one.licence,
            }
            for one in found.imported
        ],
        "unread": list(found.hands.unread),
    }
