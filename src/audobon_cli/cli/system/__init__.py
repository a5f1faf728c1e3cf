"""The program itself: a new library, the doctor, what was spent."""

TOP_LEVEL = ("init", "doctor", "usage")
