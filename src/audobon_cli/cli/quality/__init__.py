"""Score the technical quality of sprites."""

GROUP = ("score", "compare")
