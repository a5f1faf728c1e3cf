"""What the program knows of its own runs: the log, counters for metrics, and health.

A run costs two short lines at its end: its records in the log, and its counts in a file beside the metrics. Nothing is
opened that the run did not need anyway; the counts are brought into a database by whoever reads them.
"""
