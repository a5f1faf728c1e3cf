"""Make sound effects from text, and export sounds."""

GROUP = ("make", "export")
