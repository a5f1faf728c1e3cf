"""Teach models a look, a thing or a figure of your own."""

GROUP = ("data",)
