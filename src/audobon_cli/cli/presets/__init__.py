"""See, make and check qualities, styles, named sizes and schedulers."""

GROUP = ("list", "show", "new", "edit", "check")
