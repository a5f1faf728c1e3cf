"""What the sounds of the library are: see media.sound.hearing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.serialization import all_facts, from_plain
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.library.organize import Changed, change_assets, clean_tags
from audobon_cli.library.store.library import Library
from audobon_cli.media.sound.hearing.describe import SoundDescription, describe_sound
from audobon_cli.media.untrusted.decoding import from_sandbox
from audobon_cli.sandbox.tasks import Answer


def describe_sounds(library: Library, assets: Sequence[Asset]) -> list[tuple[Asset, SoundDescription]]:
    """What each of ``assets`` is like. Raises InvalidInput for what is no sound, PictureUnreadable for silence."""
    for asset in assets:
        if not isinstance(asset.media, SoundInfo):
            raise InvalidInput(
                f"{asset.name} ({asset.id}) is no sound.", hint="add kind:sound to what you look for"
            )
    return [(asset, _described(asset, library.blobs.read(asset.blob))) for asset in assets]


def _described(asset: Asset, data: bytes) -> SoundDescription:
    return from_sandbox(
        *("describe", {}, data),
        lambda: describe_sound(data),
        lambda answer: from_plain(SoundDescription, answer.facts),
        from_outside=asset.is_from_outside,
    )


def describe_task(facts: dict[str, Any], data: bytes) -> Answer:
    """The task of the sandbox: what the sound file ``data`` is like."""
    return Answer(all_facts(describe_sound(data)))


def tag_sounds(library: Library, assets: Sequence[Asset]) -> Changed:
    """Give every sound the tags by which it is heard, beside those that it has. Raises as describe_sounds."""
    return tag_heard(library, assets, {one.id: said.tags for one, said in describe_sounds(library, assets)})


def tag_heard(library: Library, assets: Sequence[Asset], tags: Mapping[AssetId, Sequence[str]]) -> Changed:
    """Give each of ``assets`` the tags that ``tags`` has for it, beside those that it has."""
    return change_assets(
        library, assets, lambda asset: replace(asset, tags=clean_tags((*asset.tags, *tags[asset.id]))), "tag"
    )
