"""Export tables of what was made, and what it cost."""

GROUP = ("parquet", "csv", "ndjson", "bigquery")
FILES = {"csv": "parquet", "ndjson": "parquet"}
