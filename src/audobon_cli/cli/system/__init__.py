"""The program itself: libraries, the doctor, spending."""

TOP_LEVEL = ("init", "doctor", "usage", "completion", "help")
