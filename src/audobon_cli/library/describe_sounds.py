"""What the sounds of the library are: see media.sound.hearing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.library.organize import Changed, change_assets, clean_tags
from audobon_cli.library.store.library import Library
from audobon_cli.media.sound.hearing.describe import SoundDescription, describe_sound


def describe_sounds(library: Library, assets: Sequence[Asset]) -> list[tuple[Asset, SoundDescription]]:
    """What each of ``assets`` is like. Raises InvalidInput for what is no sound, PictureUnreadable for silence."""
    for asset in assets:
        if not isinstance(asset.media, SoundInfo):
            raise InvalidInput(
                f"{asset.name} ({asset.id}) is no sound.", hint="add kind:sound to what you look for"
            )
    return [(asset, describe_sound(library.blobs.read(asset.blob))) for asset in assets]


def tag_sounds(library: Library, assets: Sequence[Asset]) -> Changed:
    """Give every sound the tags by which it is heard, beside those that it has. Raises as describe_sounds."""
    return tag_heard(library, assets, {one.id: said.tags for one, said in describe_sounds(library, assets)})


def tag_heard(library: Library, assets: Sequence[Asset], tags: Mapping[AssetId, Sequence[str]]) -> Changed:
    """Give each of ``assets`` the tags that ``tags`` has for it, beside those that it has."""
    return change_assets(
        library, assets, lambda asset: replace(asset, tags=clean_tags((*asset.tags, *tags[asset.id]))), "tag"
    )
