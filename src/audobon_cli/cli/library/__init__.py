"""Share the library with other machines through a folder or bucket."""

GROUP = ("push", "pull", "clone")
