"""Images: pixels, PNG files with their recipe, formats, what files of others say.

**Larger sprites are traced, not filtered** (``scale.py``). Looked at side by side on emoji-like sprites at 2,
4 and 8 times: repeated pixels show stairs, Lanczos blurs, EPX (Scale2x) changes nothing where no two pixels
are equal, a shock filter makes wobbly contours. VTracer on a fourfold Lanczos, rendered by resvg, keeps
gentle shades and draws clean outlines; alpha is traced apart, after a toggle mapping, so that glass stays
glass. Both are MIT with wheels of 1 MB for every platform; the bindings of xBRZ and hqx are AGPL and LGPL.
Pixel art repeats its pixels.
"""
