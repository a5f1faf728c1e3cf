"""Making pictures: run, candidates, checks, results that are there already."""
