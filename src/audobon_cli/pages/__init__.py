"""HTML pages that stand alone: pictures inside them, no server, no network, no script."""
