"""How everything stands now: what is measured for metrics."""
