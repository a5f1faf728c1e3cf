"""Learn the look of a set, and hold pictures to it."""

GROUP = ("learn", "show", "check", "diff", "transfer")
