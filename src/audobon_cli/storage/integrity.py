"""What SQLite itself finds wrong with a database."""

import apsw

from audobon_cli.storage.transaction import Transaction


def broken_rows(transaction: Transaction) -> tuple[str, ...]:
    """Damage of the file, and rows that name others which are not there. Reads the whole database."""
    checked = transaction.rows("PRAGMA quick_check")
    found = [f"database: {row[0]}" for row in checked if row[0] != "ok"]
    for table, number, parent, _ in transaction.rows("PRAGMA foreign_key_check"):
        found.append(f"{table} {number} names a row that {parent} does not have")
    return tuple(found)


def broken_text_indexes(transaction: Transaction) -> tuple[str, ...]:
    """Text indexes that do not agree with what they index.

    To SQLite the check is a write: ``transaction`` must be a writing one.
    """
    found = []
    for (name,) in transaction.rows(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '% USING fts5 %'"
    ):
        try:
            transaction.run(f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)")
        except apsw.CorruptError:
            found.append(f"the text index {name} does not agree with the assets")
    return tuple(found)
