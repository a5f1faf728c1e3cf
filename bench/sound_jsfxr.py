"""The synthesiser beside jsfxr, its own renderer under node: the same sounds, at the same rate, each in one process.

    python bench/sound_jsfxr.py FOLDER [--rounds 5]

FOLDER is the unpacked npm package `jsfxr` (`npm pack jsfxr`). jsfxr draws ``--rounds`` sounds of each of its classes
and plays them; each is read from its string and played here. Time is that of the processor for all of them, the
least of three passes, after one that is not counted.
"""

import argparse
import json
import subprocess
import time
from pathlib import Path

from audobon_cli.engines.synth.render import render, to_pcm16
from audobon_cli.engines.synth.sfxr.parameters import read_parameters
from audobon_cli.engines.synth.sfxr.patches import patch_of

PASSES = 3
SCRIPT = """
const sfxr = require(process.argv[1] + '/sfxr.js');
const rounds = Number(process.argv[2]), passes = Number(process.argv[3]);
const names = ['pickupCoin', 'laserShoot', 'explosion', 'powerUp', 'hitHurt', 'jump', 'blipSelect', 'tone'];
const drawn = [];
for (const name of names) for (let k = 0; k < rounds; k++)
  drawn.push([name, sfxr.sfxr.generate(name, {sample_size: 16}).toB58()]);
const found = drawn.map(([name, text]) => ({name, text, seconds: 0, frames: 0}));
for (let pass = 0; pass <= passes; pass++) for (const one of found) {
  const effect = new sfxr.SoundEffect(one.text);
  effect.bitsPerChannel = 16;
  const before = process.cpuUsage();
  const played = effect.getRawBuffer();
  const used = process.cpuUsage(before);
  const seconds = (used.user + used.system) / 1e6;
  if (pass) one.seconds = one.seconds ? Math.min(one.seconds, seconds) : seconds;
  one.frames = played.normalized.length;
}
console.log(JSON.stringify(found));
"""


def main() -> None:
    """Print a line for each class, and one for all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    argv = ["node", "-e", SCRIPT, str(arguments.folder.resolve()), str(arguments.rounds), str(PASSES)]
    drawn = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
    totals: dict[str, list[float]] = {}
    for one in drawn:
        patch, least = patch_of(read_parameters(one["text"].encode())).patch, float("inf")
        for _ in range(PASSES + 1):
            began = time.process_time()
            samples = to_pcm16(render(patch, 44_100, 1))
            least = min(least, time.process_time() - began)
        entry = totals.setdefault(one["name"], [0.0, 0.0, 0.0, 0.0])
        for place, value in enumerate((one["seconds"], least, one["frames"] / 44_100, len(samples) / 44_100)):
            entry[place] += value
    totals["all"] = [sum(values) for values in zip(*totals.values(), strict=True)]
    for name, (theirs, ours, long, our_long) in totals.items():
        print(
            f"{name:12} {long:5.1f} s there, {our_long:5.1f} s here: jsfxr {theirs * 1000 / long:6.1f} ms a second, "
            f"here {ours * 1000 / our_long:6.1f} ms, ratio {ours / our_long / (theirs / long):.2f}"
        )


if __name__ == "__main__":
    main()
