"""Make sound effects from text, change and export sounds."""

GROUP = ("make", "learn", "edit", "vary", "describe", "import-jsfxr", "export")
