"""Do the queue's jobs on Google Cloud, within the budget."""

GROUP = ("deploy", "run", "schedule", "status", "logs", "down", "doctor", "manifest", "worker")
