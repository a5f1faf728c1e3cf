"""Version control for assets: commits, branches, merges and undo over the library's own database."""
