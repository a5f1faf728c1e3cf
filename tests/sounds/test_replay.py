"""Replays of sounds: the same bytes where nothing changed, the right ones where something did."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from audobon_cli.derivations.operation import MEASURED_FACTS
from audobon_cli.derivations.replay import ReplayStatus, remake, replace_content, replay
from audobon_cli.derivations.run import OperationContext, Task, make
from audobon_cli.derivations.sources import Source
from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import SoundUnusable
from audobon_cli.domain.events import ignore
from audobon_cli.library.add import AssetDraft, add_asset
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.pixels import encode_png
from audobon_cli.media.registry import inspect_file
from audobon_cli.sounds.operations.convert import ConvertSound, ResampleSound
from audobon_cli.sounds.operations.denoise import DenoiseSound
from audobon_cli.sounds.operations.fade import FadeCurve, FadeSound, ReverseSound
from audobon_cli.sounds.operations.loop import LoopSound
from audobon_cli.sounds.operations.mix import MixSounds
from audobon_cli.sounds.operations.normalize import NormalizeSound
from audobon_cli.sounds.operations.operation import SoundOperation
from audobon_cli.sounds.operations.split import SplitSound
from audobon_cli.sounds.operations.trim import TrimSound
from tests.media.sound_files import encoded, tone
from tests.sounds.samples import hiss
from tests.sprites.samples import knight


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An empty one."""
    return Library.create(tmp_path / "library")


def filed(library: Library, name: str, data: bytes) -> Asset:
    """A source asset."""
    found = inspect_file(data)
    draft = AssetDraft(name, AssetKind.SOUND, found.media, format=found.format)
    return add_asset(library, draft, data).asset


def derived(library: Library, operation: SoundOperation, parents: Sequence[Asset], name: str) -> Asset:
    """What the operation makes of assets, filed."""
    sources = tuple(Source(parent.name, asset=parent) for parent in parents)
    (made,) = make([Task(operation, sources, name)], OperationContext(library, ignore))
    assert made.asset is not None
    return made.asset


def random_operation(rng: random.Random) -> SoundOperation:
    """Any operation, with parameters that work on sounds of half a second and more."""
    return rng.choice(
        [
            TrimSound(start=rng.choice([0, 0.05]), threshold=rng.choice([0, -40])),
            FadeSound(rng.random() / 10, 0.1, rng.choice(list(FadeCurve)).value),
            ReverseSound(),
            NormalizeSound(rng.uniform(-30, -14)),
            NormalizeSound(peak=rng.uniform(-20, -1)),
            LoopSound(crossfade=0.02, points=rng.random() < 0.5),
            LoopSound(crossfade=0.01, search=False),
            ResampleSound(rng.choice([22_050, 44_100, 48_000])),
            ConvertSound(samples=rng.choice(["16", "24", "float"]), dither=rng.random() < 0.5),
            ConvertSound(form=rng.choice(["wav", "flac", "ogg"])),
            MixSounds(starts=(0, rng.random() / 10), gains=(0, rng.uniform(-12, 6))),
            SplitSound(every=0.3, piece=0),
            DenoiseSound(rng.uniform(3, 30)),
        ]
    )


def grow(library: Library, rng: random.Random, count: int) -> tuple[list[Asset], list[Asset]]:
    """A random graph: two sources, and ``count`` assets made of them and of each other."""
    sources = [
        filed(library, "tone", encoded("wav24", tone(0.8, rng.uniform(200, 900)))),
        filed(library, "hiss", encoded("flac", hiss(0.7, 0.3, rng.randrange(100)))),
    ]
    made: list[Asset] = []
    for number in range(count):
        operation = random_operation(rng)
        usable = [asset for asset in (*sources, *made) if library.assets.get(asset.id).media.seconds > 0.25]  # type: ignore[attr-defined]
        parents = rng.choices(usable, k=2) if isinstance(operation, MixSounds) else [rng.choice(usable)]
        made.append(derived(library, operation, parents, f"d{number}"))
    return sources, made


def test_random_graphs_come_out_byte_for_byte(library: Library) -> None:
    sources, made = grow(library, random.Random(7), 30)
    report = replay(library, sources, ignore)
    assert {each.status for each in report.assets} == {ReplayStatus.IDENTICAL}
    assert {each.asset.id for each in report.assets} == {asset.id for asset in made}


def test_replacing_a_sound_changes_what_is_made_of_it_and_back_again(library: Library) -> None:
    first = encoded("wav", tone(1.0, 440))
    source, other = filed(library, "a", first), filed(library, "b", encoded("wav", tone(1.0, 660)))
    quiet = derived(library, NormalizeSound(-30), [source], "quiet")
    backwards = derived(library, ReverseSound(), [quiet], "backwards")
    apart = derived(library, ReverseSound(), [other], "apart")
    assert quiet.metadata[MEASURED_FACTS]["loudness"] == pytest.approx(-30, abs=0.01)
    replace_content(library, source, encoded("wav", tone(0.5, 220, peak=0.1)), "new.wav")
    assert {r.status for r in replay(library, [source], ignore, dry_run=True).assets} == {ReplayStatus.REMADE}
    assert library.assets.get(quiet.id) == quiet
    report = replay(library, [source], ignore)
    assert [(r.asset.name, r.status) for r in report.assets] == [
        ("quiet", ReplayStatus.REMADE),
        ("backwards", ReplayStatus.REMADE),
    ]
    now = library.assets.get(quiet.id)
    assert now.media.frames == 24_000  # type: ignore[attr-defined]
    assert now.metadata[MEASURED_FACTS]["gain"] > quiet.metadata[MEASURED_FACTS]["gain"]
    assert library.assets.get(apart.id).blob == apart.blob
    replace_content(library, library.assets.get(source.id), first, "old.wav")
    replay(library, [source], ignore)
    assert [library.assets.get(asset.id).blob for asset in (quiet, backwards)] == [quiet.blob, backwards.blob]


def test_what_derives_from_a_sound_that_is_gone_fails_and_stays(library: Library) -> None:
    source = filed(library, "a", encoded("wav", tone(1.0)))
    trimmed = derived(library, TrimSound(start=0.8, threshold=0), [source], "trimmed")
    after = derived(library, ReverseSound(), [trimmed], "after")
    replace_content(library, source, encoded("wav", tone(0.5)), "short.wav")
    report = replay(library, [source], ignore)
    assert [each.status for each in report.assets] == [ReplayStatus.FAILED, ReplayStatus.FAILED]
    assert "ends at 0.500 s" in report.assets[0].reason
    assert library.assets.get(after.id) == after
    assert remake(library, trimmed).data is None


def test_a_picture_takes_no_place_of_a_sound(library: Library) -> None:
    source = filed(library, "a", encoded("wav", tone(1.0)))
    with pytest.raises(SoundUnusable, match=r"knight\.png"):
        replace_content(library, source, encode_png(knight(16)), "knight.png")
    assert library.assets.get(source.id) == source
