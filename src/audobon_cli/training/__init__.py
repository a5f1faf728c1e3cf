"""Training on the user's own pictures: LoRAs that teach a model a look, a thing or a figure.

``pictures/`` says what is learnt from, and whether it can be learnt from.
"""
