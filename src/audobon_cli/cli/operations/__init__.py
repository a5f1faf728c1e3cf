"""What runs did and how things stand: health, the log, statistics, metrics."""

TOP_LEVEL = ("status", "resources", "monitor", "stats", "logs", "metrics")
