"""Small stand-ins for pictures and what is known of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.derivation import Derivation, Parent
from audobon_cli.domain.media import ImageInfo
from audobon_cli.domain.recipe import Recipe
from audobon_cli.library.add import AddedAsset, AssetDraft, add_asset
from audobon_cli.library.select import find_assets
from audobon_cli.library.store.assets import AssetPage
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import RelationKind
from audobon_cli.library.store.search.index import Paging
from audobon_cli.library.store.search.query import Order


def picture(number: int, size: int = 64) -> bytes:
    """Bytes that begin like a PNG and differ for every ``number``."""
    return b"\x89PNG\r\n\x1a\n" + number.to_bytes(8, "big") * max(1, (size - 8) // 8)


def draft(name: str = "dragon", **other: Any) -> AssetDraft:
    image = {one: other.pop(one) for one in ("width", "height", "mode", "frames") if one in other}
    media = ImageInfo(**{"width": 8, "height": 8, "mode": "RGBA", **image})
    return AssetDraft(**{"name": name, "kind": AssetKind.SPRITE, "media": media, **other})


def recipe(seed: int = 1, **other: Any) -> Recipe:
    values: dict[str, Any] = {
        "prompt": "dragon", "negative": "", "resolved_prompt": "a dragon", "resolved_negative": "",
        "engine": "local", "model": "builtin", "model_family": "sprite", "model_digest": "0" * 64,
        "quality": "draft", "style": "", "width": 8, "height": 8, "render_width": 8, "render_height": 8,
        "steps": 4, "guidance": 3.0, "seed": seed, "scheduler": "DDIMScheduler", "device": "cpu",
        "dtype": "float32", "operations": ("alpha",), "libraries": {"torch": "2.9"},
    }  # fmt: skip
    return Recipe(**{**values, **other})


def found(library: Library, text: str = "") -> AssetPage:
    """The first page of what a query finds, as `audobon assets list` and `search` ask for it."""
    return find_assets(library, text, Paging(Order.RELEVANCE if text else Order.NEWEST))


def add_derived(
    library: Library,
    new: AssetDraft,
    data: bytes,
    parents: Sequence[Asset],
    operation: tuple[str, dict[str, Any], dict[str, str]],
) -> AddedAsset:
    """File what an operation (name, parameters, versions) made of ``parents``, as sprite operations do."""
    name, parameters, libraries = operation
    made_of = tuple(Parent(parent.id, parent.blob) for parent in parents)
    relations = [(RelationKind.DERIVED_FROM, parent) for parent in dict.fromkeys(p.id for p in parents)]
    derivation = Derivation(name, parameters, made_of, libraries)
    return add_asset(
        library, replace(new, derivation=derivation, relations=(*new.relations, *relations)), data
    )
