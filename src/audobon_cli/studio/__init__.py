"""The local page over the library, and the HTTP interface under it."""
