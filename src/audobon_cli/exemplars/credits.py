"""What a picture owes to those who drew what it is composed of."""

from collections.abc import Iterable
from dataclasses import dataclass

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.ids import AssetId
from audobon_cli.exemplars.own import is_own
from audobon_cli.exemplars.scene import read_scene
from audobon_cli.exemplars.store import ExemplarStore
from audobon_cli.library.lineage import ancestors
from audobon_cli.library.store.library import Library


@dataclass(frozen=True, slots=True)
class Credit:
    """A hand whose drawings are in pictures: its licence (SPDX), the line that names it, the things it drew there,
    and the assets."""

    hand: str
    licence: str
    attribution: str
    things: tuple[str, ...]
    assets: tuple[AssetId, ...]


@dataclass(frozen=True, slots=True)
class Credits:
    """What pictures owe, by hands; ``unread`` are the assets whose recipes this version cannot read."""

    owed: tuple[Credit, ...]
    unread: tuple[AssetId, ...] = ()


def credits_of(library: Library, assets: Iterable[Asset], store: ExemplarStore) -> Credits:
    """The hands in ``assets`` and in what they derive from, by name. Ground tiles owe nothing."""
    unread: dict[AssetId, None] = {}
    things: dict[str, set[str]] = {}
    owing: dict[str, list[AssetId]] = {}
    for asset in assets:
        for one in (asset, *ancestors(library, asset)):
            if one.recipe is None or not one.recipe.composition:
                continue
            try:
                scene = read_scene(one.recipe.composition["scene"])
            except (KeyError, TypeError, ValueError):
                unread[asset.id] = None
                continue
            for placed in scene.things:
                if is_own(placed.hand):
                    continue  # what that picture owes is found among those it derives from
                if placed.hand not in store.hands:
                    unread[asset.id] = None
                    continue
                things.setdefault(placed.hand, set()).add(placed.thing)
                held = owing.setdefault(placed.hand, [])
                if asset.id not in held:
                    held.append(asset.id)
    owed = tuple(
        Credit(
            hand,
            store.hands[hand].licence,
            store.hands[hand].attribution,
            tuple(sorted(things[hand])),
            tuple(owing[hand]),
        )
        for hand in sorted(things)
    )
    return Credits(owed, tuple(unread))
