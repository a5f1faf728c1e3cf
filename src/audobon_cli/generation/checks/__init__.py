"""Whether what a model made is worth keeping: checks by medium, each with a name and a limit."""
