"""Technical quality of sprites: faults that pixels show, each as a score, whatever the picture is of.

``measures.py`` and ``lines.py`` measure faults, ``faults.py`` names them with their limits, ``score.py`` scores a set
and ranks it, ``page.py`` shows that. bench/quality.py tells what they are worth; docs/quality.md has its figures.
"""
