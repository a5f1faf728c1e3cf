"""History's objects and records in the library's database.

``objects.py`` holds the rows; ``asset_records.py`` turns assets into records and back (through the library's
writer, as every other change). Triggers note which assets may differ from the commit, so `status` and
`commit` look at those and no others.
"""
