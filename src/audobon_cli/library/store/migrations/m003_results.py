"""Schema 3: pictures are found by the recipe that made them, and recipes that gave bad ones are known.

``rejections`` holds the digests of recipes whose pictures failed their checks: the picture of such a
recipe's request was made from another seed, and is found there without the bad one being drawn again.
"""

NAME = "results"

SQL = """
CREATE INDEX assets_recipe ON assets (recipe_digest) WHERE trashed_at IS NULL AND recipe_digest IS NOT NULL;

CREATE TABLE rejections (recipe_digest TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
"""
