"""Tables of what was made, what it cost and how long it took, for other programs.

Four tables, whose columns ``tables.py`` lists: assets, calls to providers, runs of commands, and counts by day. Columns
are only ever added, at the end (a test holds it). Each row has an ``id`` that is the same whenever it is exported, and
rows come in the order of their time and id, so that the same slice is the same bytes, and taking one in twice changes
nothing.

What somebody wrote is left out unless it is asked for: prompts, names and notes of assets. Addresses of servers, paths
and names of machines are never in a table; rows of a machine are told apart by a digest.

BigQuery is spoken to by five requests over google-auth, which is here already: google-cloud-bigquery would bring grpc,
and retries of its own.
"""
