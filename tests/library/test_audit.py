"""The audit log: what it records, and that every change of it is told."""

import random
import sqlite3
from pathlib import Path

import pytest

from audobon_cli.library.audit.chain import (
    AuditHead,
    StoredRecord,
    Tampering,
    check_chain,
    encode,
    mac_of,
    next_key,
)
from audobon_cli.settings.locations import user_locations
from tests.conftest import Audobon

TRIALS = 500
SECRET = bytes(range(32))


def chain(records: int) -> list[StoredRecord]:
    """A chain as the writer makes it."""
    key, before, made = SECRET, bytes(32), []
    for index in range(records):
        body = encode(
            {"n": index + 1, "chain": "c", "k": index, "t": index, "who": "ann", "did": {"added": ["a1"]}}
        )
        before = mac_of(key, before, body)
        made.append(StoredRecord(index + 1, body, before))
        key = next_key(key)
    return made


def tamper(rows: list[StoredRecord], how: Tampering, draw: random.Random) -> list[StoredRecord]:
    """``rows`` as somebody without the key would leave them."""
    rows, at = list(rows), draw.randrange(len(rows))
    row = rows[at]
    if how is Tampering.CUT:
        return rows[: draw.randrange(len(rows))]
    if how is Tampering.CHANGED:
        place = draw.randrange(len(row.body))
        other = draw.choice([one for one in "abc019" if one != row.body[place]])
        mac = bytearray(row.mac)
        mac[draw.randrange(32)] ^= 1 << draw.randrange(8)
        body = row.body[:place] + other + row.body[place + 1 :]
        rows[at] = draw.choice([row._replace(body=body), row._replace(mac=bytes(mac))])
    elif how is Tampering.REMOVED:
        at = draw.randrange(len(rows) - 1)  # the last one is a cut
        del rows[at]
        if draw.random() < 0.5:  # and the gap is closed
            rows[at:] = [one._replace(number=one.number - 1) for one in rows[at:]]
    else:
        other_at = draw.choice([one for one in range(len(rows)) if one != at])
        rows[at] = rows[other_at]._replace(number=at + 1)
        rows[other_at] = row._replace(number=other_at + 1)
    return rows


def test_every_tampering_is_told() -> None:
    draw, whole = random.Random(7), chain(40)
    heads = [AuditHead(40, whole[-1].mac, "here")]
    known = {"c": SECRET}.get
    assert check_chain(whole, known, heads).tampering is None
    exact = 0
    for trial in range(TRIALS):
        how = list(Tampering)[trial % 4]
        found = check_chain(tamper(whole, how, draw), known, heads)
        assert found.tampering is not None, (trial, how)
        exact += found.tampering is how
    assert exact >= 0.9 * TRIALS  # a changed number may look like a removed record
    assert check_chain(whole, {}.get, heads).unchecked == 40
    assert check_chain([], known, heads).tampering is Tampering.CUT
    for two in ([*heads, AuditHead(40, SECRET, "a point")], [AuditHead(40, SECRET, "a point"), *heads]):
        assert check_chain(whole, known, two).tampering is Tampering.CHANGED


@pytest.fixture
def audited(audobon: Audobon, monkeypatch: pytest.MonkeyPatch, fake_engine: object) -> Audobon:
    monkeypatch.setenv("AUDOBON_AUDIT_LOG", "true")
    made = audobon("generate", "wizard", "oak", "--json").data["assets"]
    audobon("assets", "trash", made[0]["id"])
    audobon("assets", "rate", made[1]["id"], "--stars", "3")
    return audobon


def test_what_is_done_is_recorded_without_contents(audited: Audobon) -> None:
    data = audited("audit", "show", "--json").data
    assert data["on"]
    assert [list(one["did"]) for one in data["records"]] == [["added"], ["added"], ["trashed"], ["changed"]]
    assert [one["command"] for one in data["records"]][2:] == ["assets trash", "assets rate"]
    assert all(one["who"] for one in data["records"])
    assert "wizard" not in str(data)
    assert audited("audit", "verify", "--json").data["records"] == 4


def test_changes_of_the_log_have_statuses(audited: Audobon) -> None:
    database = user_locations().library / "audobon.db"

    def edited(*statements: str) -> int:
        with sqlite3.connect(database) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return audited("audit", "verify").status

    assert edited("DELETE FROM audit_records WHERE number = 4") == 61
    assert audited("assets", "tag", "oak", "-t", "later").status == 0  # a new chain; the cut stays in sight
    assert audited("audit", "verify").status == 60
    assert edited("UPDATE audit_records SET body = replace(body, 'trash', 'prune')") == 60
    assert edited("DELETE FROM audit_records") == 61


def test_a_lost_key_to_come_is_made_again(audited: Audobon) -> None:
    folder = user_locations().audit
    for path in folder.glob("*.next"):
        path.write_bytes(b"")
    assert audited("assets", "tag", "oak", "-t", "later").status == 0
    assert audited("audit", "verify", "--json").data["records"] == 5
    for path in folder.iterdir():
        path.unlink()
    assert (ran := audited("audit", "verify", "--json")).status == 48
    assert ran.json["error"]["code"] == "audit.key"


def test_recovery_points_know_the_last_record(audited: Audobon, tmp_path: Path) -> None:
    place = str(tmp_path / "backup")
    audited("backup", "init", place, "--no-encryption")
    audited("backup", "create", "-d", place)
    assert audited("audit", "verify", "-d", place, "--json").data["heads"] == 1
    for path in user_locations().audit.glob("*.next"):
        path.unlink()
    with sqlite3.connect(user_locations().library / "audobon.db") as connection:
        connection.execute("DELETE FROM audit_records WHERE number >= 4")
    connection.close()
    assert audited("audit", "verify").status == 0
    assert audited("audit", "verify", "-d", place).status == 61


def test_off_is_said(audobon: Audobon, fake_engine: object) -> None:
    audobon("generate", "wizard")
    shown = audobon("audit", "show")
    assert "off" in shown.err
    assert audobon("audit", "show", "--json").data == {"on": False, "records": []}
    assert any("audit log is off" in one["message"] for one in audobon("doctor", "--json").data["checks"])
    assert not user_locations().audit.exists()
