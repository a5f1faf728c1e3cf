"""Who may come in from where: the addresses of the studio, and its password."""
