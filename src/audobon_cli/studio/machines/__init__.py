"""The machine over HTTP: health, memory and cards, backups, providers, models, training and spending."""
