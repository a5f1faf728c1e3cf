"""Frozen sets: the same pictures are the same set, and the same ones are held out."""

import random

import pytest

from audobon_cli.domain.ids import AssetId, blob_id
from audobon_cli.domain.serialization import to_plain
from audobon_cli.training.pictures.training_set import TrainingPicture, training_set, training_set_from


def picture(number: int, caption: str = "a hero", asset: str | None = None) -> TrainingPicture:
    digest = blob_id(str(number).encode())
    return TrainingPicture(
        digest, f"hero {number}", caption, 64, 64, True, "CC0-1.0", AssetId(asset) if asset else None
    )


def test_a_set_is_its_pictures_whatever_found_them() -> None:
    ordered = [picture(number) for number in range(25)]
    shuffled = [picture(number, asset=f"a{number}") for number in range(25)]
    random.Random(1).shuffle(shuffled)
    one, other = training_set(ordered, "zorg"), training_set(shuffled, "zorg")
    assert one.digest == other.digest
    assert one.held_out == other.held_out
    assert len(one.held_out) == 2
    assert len(one.learnt) == 23
    assert training_set_from(one.to_dict()) == one == training_set_from(to_plain(other.to_dict()))
    changed = [training_set([*ordered[1:], picture(0, "a heroine")], "zorg"), training_set(ordered, "zork")]
    assert len({one.digest, *(each.digest for each in changed)}) == 3


@pytest.mark.parametrize(("pictures", "aside"), [(1, 0), (3, 0), (4, 2), (29, 2), (30, 3), (200, 20)])
def test_one_in_ten_is_held_out_and_at_least_two(pictures: int, aside: int) -> None:
    assert len(training_set(map(picture, range(pictures))).held_out) == aside


def test_copies_stay_on_one_side() -> None:
    found = training_set([picture(number, caption) for number in range(12) for caption in ("a", "b")])
    assert len(found.held_out) == 4
    aside = {found.pictures[index].digest for index in found.held_out}
    assert aside.isdisjoint(found.pictures[index].digest for index in found.learnt)


def test_what_is_held_out_is_checked_on_reading() -> None:
    data = training_set(map(picture, range(20))).to_dict()
    with pytest.raises(ValueError, match="held out"):
        training_set_from({**data, "held_out": [0, 1]})
    with pytest.raises(ValueError, match="schema"):
        training_set_from({**data, "pictures": [{}]})
