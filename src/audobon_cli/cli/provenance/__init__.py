"""Tell how files came about, and sign what you export."""

GROUP = ("show", "key")
