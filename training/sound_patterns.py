"""Fits the presets to the recordings of the side "fit", and says how much nearer they came.

    python training/sound_patterns.py presets/sound-patterns.toml

For each preset that has recordings: the mean and the spread of their traits (media/sound/hearing/traits.py), the
moves by which the preset's sounds come nearest to them, and the spreads that its ranges lack
(engines/synth/patterns.py).
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

from audobon_cli.domain.sound import SoundPattern
from audobon_cli.engines.synth.patterns import learn_pattern, mean_distance
from audobon_cli.engines.synth.plan import complete
from audobon_cli.engines.synth.spreads import played_by
from audobon_cli.media.sound.hearing.features import hear
from audobon_cli.media.sound.hearing.traits import traits_of
from audobon_cli.presets.catalog import Presets, shipped_presets

from sound_sources import read_clips

HEADING = """\
# What was learned of recordings by training/sound_patterns.py, which writes this file: for each preset the mean
# and the spread of each trait, the moves by which its sounds come nearest, and the octaves by which its ranges
# are wider. The recordings and their licences: training/NOTICE.md.
"""

LEAST_RECORDINGS = 2
"""One recording says what it is itself, and not what others of its kind are."""


def table_of(name: str, pattern: SoundPattern) -> str:
    """Give the pattern as a table of the file."""
    traits = ", ".join(f"{one.name} = [{one.mean:g}, {one.spread:g}]" for one in pattern.traits)
    lines = [f"[{name}]", f"sounds = {pattern.sounds}", f"sources = {json.dumps(list(pattern.sources))}"]
    lines.append(f"traits = {{ {traits} }}")
    for part, values in (("moves", pattern.moves), ("spreads", pattern.spreads)):
        if values:
            lines.append(f"{part} = {{ {', '.join(f'{one} = {value:g}' for one, value in values)} }}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work") / "sounds")
    options = parser.parse_args()
    presets = Presets((("built-in", shipped_presets()),))
    by_preset = defaultdict(list)
    for clip in read_clips(options.work, "fit"):
        heard = hear(clip.samples, clip.rate)
        if heard is not None:
            by_preset[clip.label].append((clip.source, traits_of(heard)))
    tables, before, after = [], [], []
    for name, found in sorted(by_preset.items()):
        if len(found) < LEAST_RECORDINGS:
            continue
        patch = complete(presets.sounds[name])
        sources = sorted({source for source, _ in found})
        pattern = learn_pattern(patch, [traits for _, traits in found], sources)
        before.append(mean_distance(patch, pattern))
        after.append(mean_distance(played_by(patch, pattern), pattern))
        print(
            f"{name:18} {len(found):3} recordings, {before[-1]:.2f} -> {after[-1]:.2f} spreads, {dict(pattern.moves)}"
        )
        tables.append(table_of(name, pattern))
    print(
        f"{len(tables)} presets: mean distance {sum(before) / len(before):.2f} -> {sum(after) / len(after):.2f}"
    )
    options.out.write_text("\n".join([HEADING, *tables]), encoding="utf-8")


if __name__ == "__main__":
    main()
