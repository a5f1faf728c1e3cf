"""Who may come in from where: the addresses of the studio, its password, and sessions."""
