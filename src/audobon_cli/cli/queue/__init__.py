"""Jobs for later, and for many workers."""
