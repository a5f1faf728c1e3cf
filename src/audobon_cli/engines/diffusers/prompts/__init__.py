"""From words to what a pipeline takes."""
