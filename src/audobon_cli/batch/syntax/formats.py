"""How batches are written."""

from enum import StrEnum


class BatchFormat(StrEnum):
    """How a batch is written."""

    TXT = "txt"
    CSV = "csv"
    JSONL = "jsonl"
    TOML = "toml"
