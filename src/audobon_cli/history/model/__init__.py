"""History of a library: records, trees of records, commits, differences and merges. Pure rules, no disk."""
