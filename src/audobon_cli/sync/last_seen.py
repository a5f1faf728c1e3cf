"""What this library last saw of a place: enough to tell, without a look at its history, that a branch here has nothing
that the place has not."""

import json
from collections.abc import Mapping

from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.history.model.commits import CommitId
from audobon_cli.history.store.objects import HistoryRows


def last_seen(rows: HistoryRows, place: bytes) -> dict[str, CommitId]:
    """Where the branches of the place with this id were; there they only move forward."""
    text = rows.state(_key(place))
    found: dict[str, CommitId] = {} if text is None else parse_json_object(text)
    return found


def remember(rows: HistoryRows, place: bytes, branches: Mapping[str, CommitId]) -> None:
    """Note where the place's branches are now."""
    if last_seen(rows, place) != dict(branches):
        rows.set_state(_key(place), json.dumps(dict(branches), ensure_ascii=False))


def _key(place: bytes) -> str:
    return f"place {place.hex()}"
