"""Settings, folders and presets."""
