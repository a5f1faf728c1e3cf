"""An example of plugins for Audobon."""
