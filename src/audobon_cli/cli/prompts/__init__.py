"""Find words for prompts, and keep templates."""

GROUP = ("suggest", "new", "list", "fill")
