"""Options of a request, shared by the commands that make, queue or repeat pictures."""
