"""What jobs wrote, as Cloud Logging keeps it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from audobon_cli.cloud.connection import CloudConnection
from audobon_cli.cloud.jobs import LogLine

PAGE = 500


def read_log(
    connection: CloudConnection, conditions: Sequence[str], since: datetime | None, index_label: str = ""
) -> Iterator[LogLine]:
    """The entries that meet all ``conditions`` of Cloud Logging's filters and came after ``since``, oldest first.

    ``index_label`` names the label that says which task wrote. Raises what asking raises.
    """
    parts = [*conditions]
    if since is not None:
        parts.append(f'timestamp>"{since.astimezone(UTC).isoformat()}"')
    request = {
        "resourceNames": [f"projects/{connection.place.project}"],
        "filter": " AND ".join(parts),
        "orderBy": "timestamp asc",
        "pageSize": PAGE,
    }
    token = ""
    while True:
        page = {**request, "pageToken": token} if token else request
        answer = connection.call("logging", "POST", "/v2/entries:list", page)
        yield from (_line(entry, index_label) for entry in answer.get("entries") or ())
        token = str(answer.get("nextPageToken") or "")
        if not token:
            return


def moment_of(text: object) -> datetime | None:
    """The moment that Google writes as ``text``; None for nothing."""
    if not text:
        return None
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _line(entry: Mapping[str, Any], index_label: str) -> LogLine:
    payload = entry.get("jsonPayload") or {}
    text = entry.get("textPayload") or payload.get("message") or (payload and json.dumps(payload)) or ""
    index = str((entry.get("labels") or {}).get(index_label, "0"))
    return LogLine(
        moment_of(entry.get("timestamp")) or datetime.fromtimestamp(0, UTC),
        int(index) if index.isdecimal() else 0,
        str(entry.get("severity", "DEFAULT")),
        str(text).rstrip("\n"),
    )
