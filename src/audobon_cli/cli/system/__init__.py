"""The program itself: libraries, the doctor, spending, the local page."""

TOP_LEVEL = ("init", "doctor", "undo", "usage", "studio", "mcp", "completion", "help")
