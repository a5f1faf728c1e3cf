"""Share the library with other machines; encrypt it."""

GROUP = ("push", "pull", "clone", "encrypt", "key", "modes")
