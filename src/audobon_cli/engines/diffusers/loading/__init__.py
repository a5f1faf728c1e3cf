"""From files to an assembled pipeline."""
