"""See and erase what the program keeps about you."""

GROUP = ("export", "erase", "retention")
