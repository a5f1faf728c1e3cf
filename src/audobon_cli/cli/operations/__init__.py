"""What runs did and how things stand: the log, statistics, metrics."""

TOP_LEVEL = ("logs", "stats", "metrics")
