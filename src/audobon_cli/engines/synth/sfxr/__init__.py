"""Sounds of the sfxr family: what jsfxr's strings and JSON and sfxr's .sfs files say, as patches and back.

The 23 numbers of sfxr mean one voice; each is turned into the setting of a layer that does the same. What has no place
there (the flanger, the acceleration of a slide, the sweep of the high-pass) is named and left out.
"""
