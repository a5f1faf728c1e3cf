"""Trees of records against plain dictionaries."""

from hypothesis import given
from hypothesis import strategies as st

from audobon_cli.domain.ids import ASSET_ID_ALPHABET, AssetId
from audobon_cli.history.model.records import ObjectHash, object_hash
from audobon_cli.history.model.tree import NOTHING, count, differences, entries, find, parts, with_changes

ids = st.text(ASSET_ID_ALPHABET, min_size=16, max_size=16).map(AssetId)
states = st.dictionaries(ids, st.integers(0, 3), max_size=30)


class Objects(dict[ObjectHash, bytes]):
    """Objects in memory."""

    def tree(
        self, state: dict[AssetId, int], before: ObjectHash = NOTHING, gone: set[AssetId] = frozenset()
    ) -> ObjectHash:  # type: ignore[assignment]
        changes: dict[AssetId, ObjectHash | None] = {
            asset: object_hash(bytes([value])) for asset, value in state.items()
        }
        new = with_changes(self.__getitem__, before, changes | dict.fromkeys(gone))
        self.update(new.nodes)
        return new.root


@given(states, states)
def test_a_tree_depends_on_what_it_holds_and_not_on_how_it_came_about(
    before: dict[AssetId, int], after: dict[AssetId, int]
) -> None:
    objects = Objects()
    straight = objects.tree(after)
    roundabout = objects.tree(after, objects.tree(before), before.keys() - after.keys())
    assert straight == roundabout
    assert {asset for asset, _ in entries(objects.__getitem__, straight)} == after.keys()
    assert count(objects.__getitem__, straight) == len(after)
    assert all(find(objects.__getitem__, straight, asset) is not None for asset in after)


@given(states, states)
def test_differences_are_those_of_the_dictionaries(
    before: dict[AssetId, int], after: dict[AssetId, int]
) -> None:
    objects = Objects()
    found = differences(objects.__getitem__, objects.tree(before), objects.tree(after))
    wanted = {asset for asset in before.keys() | after.keys() if before.get(asset) != after.get(asset)}
    assert {difference.asset for difference in found} == wanted


@given(states)
def test_parts_are_every_node_and_record_once(state: dict[AssetId, int]) -> None:
    objects = Objects()
    root = objects.tree(state)
    found = list(parts(objects.__getitem__, root, set()))
    assert len(found) == len(set(found))
    assert set(found) >= {object_hash(bytes([value])) for value in state.values()}
    assert set(found) - {object_hash(bytes([value])) for value in state.values()} <= set(objects)
