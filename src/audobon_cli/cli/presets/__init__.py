"""See, make and check qualities, styles and sizes."""

GROUP = ("list", "show", "new", "edit", "check")
