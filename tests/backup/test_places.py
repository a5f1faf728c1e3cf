"""The table of where objects lie, against a dict."""

import hypothesis.strategies as st
from hypothesis import given

from audobon_cli.backup.repository.crypto import ObjectId
from audobon_cli.backup.repository.location_table import Location, LocationTable

numbers = st.integers(0, 2**32 - 1)
# Few different bytes: ids share buckets, and the end of a row with the beginning of the next reads like an id.
ids = st.lists(st.sampled_from((0, 1)), min_size=16, max_size=16).map(lambda each: ObjectId(bytes(each)))


@given(st.lists(st.tuples(ids, st.tuples(st.integers(0, 1), st.integers(0, 1), numbers))), ids)
def test_finds_what_was_put_last(steps: list[tuple[ObjectId, Location]], other: ObjectId) -> None:
    places, model = LocationTable(), dict[ObjectId, Location]()
    for identity, place in steps:
        places.put(identity, place)
        model[identity] = place
    assert {identity: places.get(identity) for identity in model} == model
    assert places.get(other) == model.get(other)


def test_an_id_across_two_rows_is_not_taken_for_one() -> None:
    places = LocationTable()
    head, tail = bytes(12), bytes(range(1, 5))
    places.put(ObjectId(bytes(16)), (0, 0, int.from_bytes(tail, "little")))
    places.put(ObjectId(head + b"next"), (7, 8, 9))
    across = ObjectId(bytes(8) + tail + head[:4])
    assert places.get(across) is None
    assert places.get(ObjectId(head + b"next")) == (7, 8, 9)
