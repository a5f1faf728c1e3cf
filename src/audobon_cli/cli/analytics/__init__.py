"""Export tables of what was made, what it cost and how long it took."""

GROUP = ("parquet", "csv", "ndjson", "bigquery")
FILES = {"csv": "parquet", "ndjson": "parquet"}
