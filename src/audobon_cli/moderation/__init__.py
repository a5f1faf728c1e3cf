"""Labels on pictures that a network takes for not safe at work: a score and a tag (an extra).

Nothing is blackened, hidden or deleted: a network that errs on drawings, both ways, must not decide what is kept.
"""
