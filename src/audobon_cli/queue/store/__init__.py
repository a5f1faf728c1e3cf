"""Jobs and workers in the library's database."""
