"""Help with prompts, offline: completion, words to add, other languages, templates, safe mode.

Words come from what ships: the names of exemplars, the table of word vectors, a dictionary of common words in five
languages. Nothing is asked of a model or a service, and nothing is changed without being told.
"""
