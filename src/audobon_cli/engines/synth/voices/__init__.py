"""The voices: what makes sound of nothing, each a function of its settings and a clock.

*Oscillators* and *noise* are those of the sound chips and synthesisers that games grew up with. The others are small
physical models, after work on sounds of contacts and liquids: *impact* rings the modes of a body (van den Doel, Kry and
Pai, "FoleyAutomatic", 2001), *friction* excites such a body by sticking and slipping (Serafin, 2004), *grains* are
many small collisions (Cook, "Physically informed sonic modeling", 1997), *liquid* is bubbles whose pitch rises (van
den Doel, "Physically based models for liquid sounds", 2005), *air* is noise through moving resonances (Farnell,
"Designing Sound", 2010), *vocal* is a source and formants (Fant, 1960).
"""
