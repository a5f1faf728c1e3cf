"""What presets learn of recordings: they come nearer, others are left alone, and recipes are as they were."""

from dataclasses import replace

import numpy as np
import pytest

from audobon_cli.domain.presets import Style
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.domain.sound import SoundOutput, SoundPattern
from audobon_cli.engines.synth.directions import Movement, moved
from audobon_cli.engines.synth.patterns import heard_traits, learn_pattern, mean_distance, refined
from audobon_cli.engines.synth.plan import complete, plan_sound
from audobon_cli.engines.synth.search import PatternScorer, search_moves
from audobon_cli.engines.synth.spreads import played_by
from audobon_cli.media.sound.hearing.traits import pattern_of
from audobon_cli.presets.catalog import Presets, shipped_presets

SHIPPED = Presets((("built-in", shipped_presets()),))


def moved_copy(name: str, **directions: float):
    return moved(complete(SHIPPED.sounds[name]), Movement(directions, {}, {}))


def test_a_preset_finds_back_to_what_was_moved_away() -> None:
    """The sounds are its own, an octave lower and twice as long: it must come most of the way."""
    patch = complete(SHIPPED.sounds["blip"])
    sounds = heard_traits(moved_copy("blip", pitch=-1.2, length=1.2), range(4))
    pattern = learn_pattern(patch, sounds, ("here",))
    before, after = mean_distance(patch, pattern), mean_distance(played_by(patch, pattern), pattern)
    assert after < 0.6 * before
    assert dict(pattern.moves)["pitch"] < 0 < dict(pattern.moves)["length"]
    assert (pattern.sounds, pattern.sources) == (4, ("here",))


def test_what_fits_is_left_as_it_is() -> None:
    patch = complete(SHIPPED.sounds["bell"])
    scorer = PatternScorer(pattern_of(heard_traits(patch, range(4))))
    assert search_moves(patch, scorer, range(4), ("pitch", "length")) == {}


def test_ultra_moves_what_words_did_not() -> None:
    pattern = SoundPattern(pattern_of(heard_traits(moved_copy("blip", pitch=-1.0), range(3))))
    patch = moved_copy("blip", length=-0.8)
    free = refined(patch, pattern, {"length": -0.8})
    assert mean_distance(free, pattern, (1, 2)) < mean_distance(patch, pattern, (1, 2))
    lengths = [
        setting.high for layer in free.layers for setting in layer.settings if setting.name == "length"
    ]
    before = [
        setting.high for layer in patch.layers for setting in layer.settings if setting.name == "length"
    ]
    assert lengths == before


def test_shipped_patterns_are_played_and_words_move_from_there() -> None:
    fitted = {name: sound for name, sound in SHIPPED.sounds.items() if sound.pattern is not None}
    assert len(fitted) >= 15
    assert all(sound.pattern is not None and sound.pattern.sounds >= 2 for sound in fitted.values())
    name, sound = next(item for item in fitted.items() if item[1].pattern.moves)
    output = plan_sound(GenerationRequest(name), SoundOutput(44_100, 2.0), Style("", ""), SHIPPED)
    assert output.patch == played_by(complete(sound), sound.pattern)
    assert output.patch != complete(sound)


def test_a_users_own_preset_is_played_as_its_file_says(tmp_path) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    name = next(name for name, sound in SHIPPED.sounds.items() if sound.pattern and sound.pattern.moves)
    text = (shipped_presets() / "sounds" / f"{name}.toml").read_text(encoding="utf-8")
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    own = Presets((("built-in", shipped_presets()), ("own", tmp_path))).sounds[name]
    assert own.pattern is None


@pytest.mark.parametrize("name", ["explosion", "fuse"])
def test_wider_ranges_stay_within_bounds(name: str) -> None:
    patch = complete(SHIPPED.sounds[name])
    wide = played_by(patch, SoundPattern((), spreads=(("length", 0.5), ("pitch", 0.5), ("bright", 0.5))))
    assert wide != patch
    for layer, plain in zip(wide.layers, patch.layers, strict=True):
        for one, was in zip(layer.settings, plain.settings, strict=True):
            assert one.low <= was.low + 1e-9
            assert one.high >= was.high - 1e-9 or one.name != "length"
    assert np.isfinite(sum(trait.mean for trait in pattern_of(heard_traits(wide, (1, 2)))))
    assert replace(wide, layers=()) == replace(patch, layers=())
