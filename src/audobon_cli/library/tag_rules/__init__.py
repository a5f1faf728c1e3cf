"""Adding, removing and running the rules that tag by query; what they are is said in ``store/tag_rules/``."""
