"""A BigQuery of our own over a real socket: datasets, tables, load jobs by multipart, MERGE by id, and its refusals.

What emulators of others lack is what matters here: ids of jobs that are never free again (409), tables that are
appended to by whoever sends twice, rows that are refused, quotas.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.doubles.service import Asked, Reply, ServiceDouble, as_json

MERGE = re.compile(
    r"MERGE `[\w.-]+\.(\w+)` T USING `[\w.-]+\.(\w+)` S ON T\.id = S\.id\n"
    r"WHEN MATCHED THEN UPDATE SET (.+)\nWHEN NOT MATCHED THEN INSERT \((.+)\) VALUES \((.+)\)"
)
REASONS = {
    403: "accessDenied",
    404: "notFound",
    409: "duplicate",
    429: "rateLimitExceeded",
    503: "backendError",
}
TYPES = {"STRING": str, "INTEGER": int, "FLOAT": (int, float), "TIMESTAMP": str, "DATE": str}


def refusal(status: int, reason: str, message: str) -> Reply:
    error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
    return as_json({"error": error}, status)


@dataclass
class StoredTable:
    """A table: its columns and its rows."""

    fields: list[dict[str, Any]]
    rows: list[dict[str, Any]] = field(default_factory=list)


BILL = re.compile(
    r"SELECT .+\nFROM `p\.art\.billing`\nWHERE invoice\.month = @month(.*)\nGROUP BY .+", re.DOTALL
)


class BigQueryDouble(ServiceDouble):
    """One project and one dataset, ``art``. ``job_errors`` are what the next jobs end with, one each; ``billing`` are
    rows of an exported bill, of which one query is known."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, StoredTable] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.job_errors: list[str] = []
        self.billing: list[dict[str, Any]] = []
        self._asked_of_bill: dict[str, Any] = {}

    def phase_of(self, asked: Asked) -> str:
        path = urlsplit(asked.path).path
        if path.startswith("/upload"):
            return "load"
        if path.endswith("/jobs") and asked.method == "POST":
            return "query"
        return "job" if "/jobs/" in path else "table"

    def refused(self, status: int, asked: Asked) -> Reply:
        return refusal(status, REASONS.get(status, "backendError"), f"refused with {status}")

    def answer(self, asked: Asked) -> Reply:
        path = urlsplit(asked.path).path.partition("/projects/p/")[2]
        with self.lock:
            if path == "jobs":
                return self._job(asked)
            if path.startswith("jobs/"):
                job = self.jobs.get(path.removeprefix("jobs/"))
                return as_json(job) if job else refusal(404, "notFound", "Not found: Job")
            if path == "queries":
                self._asked_of_bill = asked.json
                return as_json({"jobComplete": False, "jobReference": {"jobId": "bill_1", "location": "EU"}})
            if path == "queries/bill_1":
                return self._bill(self._asked_of_bill)
            if not path.startswith("datasets/art"):
                return refusal(404, "notFound", "Not found: Dataset")
            return self._table(asked, path.removeprefix("datasets/art"))

    def _bill(self, asked: dict[str, Any]) -> Reply:
        """The sums that the statement asks for, as BigQuery's answer has them: cells of text."""
        found = BILL.fullmatch(asked["query"])
        if found is None:
            return refusal(404, "notFound", "Not found: Table p:art.other")
        assert int(asked["maximumBytesBilled"]) > 0
        given = {one["name"]: one["parameterValue"]["value"] for one in asked["queryParameters"]}
        sums: dict[tuple[str, str], list[float]] = {}
        for row in self.billing:
            elsewhere = "@project" in found[1] and row["project"]["number"] != given["project"]
            if row["invoice"]["month"] != given["month"] or elsewhere:
                continue
            entry = sums.setdefault((row["service"]["description"], row["currency"]), [0.0, 0.0, 0.0, 0.0])
            entry[0] += row["cost"]
            entry[1] += sum(credit["amount"] for credit in row["credits"])
            entry[2] += row["cost"] * any("audobon" in label.values() for label in row["labels"])
            entry[3] = max(entry[3], row["export_time"])
        rows = sorted(sums.items(), key=lambda each: -each[1][0])
        cells = [[*names, *map(str, amounts[:3]), str(int(amounts[3]))] for names, amounts in rows]
        return as_json({"jobComplete": True, "rows": [{"f": [{"v": cell} for cell in row]} for row in cells]})

    def _table(self, asked: Asked, path: str) -> Reply:
        if not path:
            return as_json({"location": "EU"})
        name = path.removeprefix("/tables").removeprefix("/")
        if asked.method == "POST":
            name = asked.json["tableReference"]["tableId"]
            if name in self.tables:
                return refusal(409, "duplicate", "Already Exists: Table")
            self.tables[name] = StoredTable(asked.json["schema"]["fields"])
        if name not in self.tables:
            return refusal(404, "notFound", "Not found: Table")
        table = self.tables[name]
        if asked.method == "DELETE":
            del self.tables[name]
            return as_json({})
        if asked.method == "PATCH":
            fields = asked.json["schema"]["fields"]
            if fields[: len(table.fields)] != table.fields or any(
                one["mode"] == "REQUIRED" for one in fields[len(table.fields) :]
            ):
                return refusal(400, "invalid", "Provided Schema does not match Table")
            table.fields = fields
        return as_json({"schema": {"fields": table.fields}, "numRows": str(len(table.rows))})

    def _job(self, asked: Asked) -> Reply:
        rows = None
        if asked.path.startswith("/upload"):
            boundary = re.search("boundary=(.+)", asked.headers["Content-Type"])[1]
            parts = asked.body.split(f"--{boundary}".encode())
            document, rows = (part.partition(b"\r\n\r\n")[2].strip(b"\r\n") for part in parts[1:3])
            sent = json.loads(document)
        else:
            sent = asked.json
        name = sent["jobReference"]["jobId"]
        assert re.fullmatch(r"[\w-]{1,1024}", name)
        assert sent["jobReference"]["location"] == "EU"
        if name in self.jobs:
            return refusal(409, "duplicate", f"Already Exists: Job {name}")
        errors = self._work(sent["configuration"], rows)
        status: dict[str, Any] = {"state": "DONE"}
        if errors:
            status |= {"errorResult": errors[0], "errors": errors}
        self.jobs[name] = {**sent, "status": status}
        return as_json({**sent, "status": {"state": "RUNNING"}})  # whoever asks again learns that it is done

    def _work(self, configuration: dict[str, Any], rows: bytes | None) -> list[dict[str, str]]:
        if self.job_errors:
            reason = self.job_errors.pop(0)
            return [{"reason": reason, "message": f"the job met {reason}"}]
        if rows is not None:
            return self._load(configuration["load"], rows)
        return self._merge(configuration["query"]["query"])

    def _load(self, load: dict[str, Any], rows: bytes) -> list[dict[str, str]]:
        table = self.tables[load["destinationTable"]["tableId"]]
        columns = {one["name"]: one for one in load["schema"]["fields"]}
        found = [json.loads(line) for line in rows.splitlines()]
        errors = [
            {"reason": "invalid", "message": f"row {number}: {name} has no such value"}
            for number, row in enumerate(found)
            for name, value in row.items()
            if name not in columns or not _fits(value, columns[name])
        ]
        if errors and load["maxBadRecords"] == 0:
            return errors
        assert load["writeDisposition"] == "WRITE_TRUNCATE"
        table.rows = found
        return []

    def _merge(self, statement: str) -> list[dict[str, str]]:
        target, staging, changed, names, values = MERGE.fullmatch(statement).groups()
        known = {row["id"]: row for row in self.tables[target].rows}
        update = re.findall(r"`(\w+)` = S\.`\1`", changed)
        insert = re.findall(r"`(\w+)`", names)
        assert insert == re.findall(r"S\.`(\w+)`", values)
        assert set(insert) <= {one["name"] for one in self.tables[target].fields}
        source = self.tables[staging].rows
        if len({row["id"] for row in source}) != len(source):
            return [{"reason": "invalidQuery", "message": "MERGE must match at most one source row"}]
        for row in source:
            if row["id"] in known:
                known[row["id"]].update({name: row.get(name) for name in update})
            else:
                self.tables[target].rows.append({name: row.get(name) for name in insert})
        return []


def _fits(value: Any, column: dict[str, Any]) -> bool:
    if column["mode"] == "REPEATED":
        return isinstance(value, list) and all(isinstance(one, TYPES[column["type"]]) for one in value)
    return isinstance(value, TYPES[column["type"]])
