"""The program itself: libraries, the doctor, spending."""

TOP_LEVEL = ("init", "doctor", "undo", "usage", "completion", "help")
