"""Share the library with other machines."""

GROUP = ("push", "pull", "clone")
