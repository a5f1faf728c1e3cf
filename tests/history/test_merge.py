"""Merging one asset: fields, sets, contents, deletions."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audobon_cli.domain.ids import AssetId
from audobon_cli.history.model.merge import ConflictKind, Resolution, Side, Versions, merge_asset, resolve
from audobon_cli.history.model.records import Record, record_bytes

ASSET = AssetId("0123456789abcdef")


def made(**fields: Any) -> Record:
    return {"blob": "a" * 64, "kind": "sprite", "name": "dragon", "content": {"width": 64}, **fields}


def test_changes_of_different_fields_are_both_taken() -> None:
    merged = merge_asset(ASSET, Versions(made(), made(note="ours"), made(category="characters")))
    assert merged.conflict is None
    assert content(merged.record) == content(made(note="ours", category="characters"))


def test_sets_merge_member_by_member() -> None:
    base, ours = made(tags=["a", "b"]), made(tags=["b", "c"])
    merged = merge_asset(ASSET, Versions(base, ours, made(tags=["a", "b", "d"])))
    assert merged.conflict is None
    assert merged.record is not None
    assert merged.record["tags"] == ["b", "c", "d"]


def test_other_bytes_on_both_sides_are_a_conflict_that_a_side_decides() -> None:
    ours, theirs = made(blob="b" * 64, note="mine"), made(blob="c" * 64, tags=["new"])
    merged = merge_asset(ASSET, Versions(made(), ours, theirs))
    conflict = merged.conflict
    assert conflict is not None
    assert conflict.kind is ConflictKind.CONTENT
    taken = resolve(conflict, merged.record, Resolution(Side.THEIRS))
    assert taken is not None
    assert (taken["blob"], taken["note"], taken["tags"]) == ("c" * 64, "mine", ["new"])


def test_deletion_against_a_change_is_a_conflict() -> None:
    merged = merge_asset(ASSET, Versions(made(), None, made(note="kept")))
    assert merged.conflict is not None
    assert merged.conflict.kind is ConflictKind.DELETED
    assert resolve(merged.conflict, merged.record, Resolution(Side.OURS)) is None
    assert resolve(merged.conflict, merged.record, Resolution(Side.THEIRS)) == made(note="kept")


def test_deletion_on_one_side_is_taken() -> None:
    assert merge_asset(ASSET, Versions(made(), made(), None)).record is None


def test_two_assets_of_one_id_are_a_conflict() -> None:
    merged = merge_asset(ASSET, Versions(None, made(), made(blob="d" * 64)))
    assert merged.conflict is not None
    assert merged.conflict.kind is ConflictKind.CREATED


def test_a_field_set_by_hand_wins() -> None:
    merged = merge_asset(ASSET, Versions(made(), made(note="one"), made(note="two")))
    assert merged.conflict is not None
    assert merged.conflict.fields == ("note",)
    record = resolve(merged.conflict, merged.record, Resolution(Side.OURS, {"note": "both"}))
    assert record is not None
    assert record["note"] == "both"


records = st.none() | st.builds(
    lambda blob, note, category, rating, tags: made(
        blob=blob * 64, note=note, category=category, rating=rating, tags=sorted(tags)
    ),
    st.sampled_from("abc"),
    st.sampled_from(["", "x", "y"]),
    st.sampled_from(["", "enemies", "heroes"]),
    st.none() | st.integers(1, 3),
    st.sets(st.sampled_from(["boss", "wip", "flat"])),
)


def content(record: Record | None) -> bytes | None:
    return None if record is None else record_bytes(record)


@given(records, records, records)
def test_merging_is_symmetric(base: Record | None, ours: Record | None, theirs: Record | None) -> None:
    one = merge_asset(ASSET, Versions(base, ours, theirs))
    other = merge_asset(ASSET, Versions(base, theirs, ours))
    assert (one.conflict is None) == (other.conflict is None)
    if one.conflict is None:
        assert content(one.record) == content(other.record)
    else:
        assert other.conflict is not None
        assert one.conflict.fields == other.conflict.fields
        ours_taken = resolve(one.conflict, one.record, Resolution(Side.OURS))
        theirs_taken = resolve(other.conflict, other.record, Resolution(Side.THEIRS))
        assert content(ours_taken) == content(theirs_taken)


@given(records, records)
@pytest.mark.parametrize("unchanged", ["ours", "theirs"])
def test_a_change_on_one_side_is_taken_whole(
    unchanged: str, base: Record | None, changed: Record | None
) -> None:
    sides = {"ours": changed, "theirs": changed, unchanged: base}
    merged = merge_asset(ASSET, Versions(base, sides["ours"], sides["theirs"]))
    assert merged.conflict is None
    assert content(merged.record) == content(changed)


@given(records, records)
def test_the_same_change_on_both_sides_is_no_conflict(base: Record | None, both: Record | None) -> None:
    merged = merge_asset(ASSET, Versions(base, both, both))
    assert merged.conflict is None
    assert content(merged.record) == content(both)
