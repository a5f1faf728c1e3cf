"""History's objects and records in the library's database."""
