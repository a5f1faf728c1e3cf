"""Schema 10: assets that are LoRAs. Nothing of the tables changes: programs of before say that the library is newer
than they are, and do not stumble over a kind that they do not know."""

NAME = "loras"

SQL = ""
