"""Do the queue's jobs on Google Cloud, within the budget."""

GROUP = ("deploy", "run", "status", "logs", "down", "doctor", "manifest", "worker")
