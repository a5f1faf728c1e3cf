"""The program itself: a new library, the doctor, what was spent, the warm process."""

TOP_LEVEL = ("init", "doctor", "usage", "warm")
