"""Make sound effects from text, change and export sounds."""

GROUP = ("make", "edit", "vary", "export")
