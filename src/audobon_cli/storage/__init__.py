"""Files, locks and databases that survive a kill and a power cut."""
