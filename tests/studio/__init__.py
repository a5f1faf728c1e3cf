"""The local page and its HTTP interface, over real sockets."""
