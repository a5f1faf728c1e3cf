"""Rows into BigQuery: each once, whatever is killed, lost or sent twice.

A slice of rows is loaded into a staging table (NDJSON, no bad row allowed), merged into the table by ``id`` in one
statement, and only then is the watermark on this machine moved. Ids of jobs follow from what they do, so that a request
whose answer was lost is found done (409), not done again. Streaming inserts are not used: their de-duplication is best
effort (googleapis/python-bigquery#1585).
"""
