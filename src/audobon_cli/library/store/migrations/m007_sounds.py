"""Schema 7: assets that are sounds. Nothing of the tables changes: programs of before say that the library is newer
than they are, and do not stumble over a kind that they do not know."""

NAME = "sounds"

SQL = ""
