"""Memory of graphics cards: forecasts and cards."""

GROUP = ("plan", "gpus", "profile")
