"""What other programs wrote into a picture about how it was made: a file for each program.

A further program is a file with a function that keeps ``reader.ForeignReader``, and a line in ``registry``.
The formats are those that the programs' own sources write, each named in its file.
"""
