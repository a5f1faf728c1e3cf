"""See qualities, styles, named sizes and schedulers."""

GROUP = ("list", "show")
