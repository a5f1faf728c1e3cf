"""What the classifier hears in the sounds of the forty prompts, and which preset single words reach.

    python bench/sound_hearing.py [--seeds 3] [--quality optimized]

The classifier was trained without a sound of the synthesiser (training/sound_classifier.py, which also says how well it
knows recordings that it was not trained on). A prompt counts by the share of its seeds whose sound has the asked
class in the first three; classes that the classifier lacks count as missed. Words are tried twice: as they are, and
with the word itself taken out of every preset that holds it.
"""

import argparse
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from audobon_cli.domain.presets import Style
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.domain.sound import SoundOutput, SoundPreset, SoundWord
from audobon_cli.engines.synth.plan import plan_sound
from audobon_cli.engines.synth.render import render
from audobon_cli.engines.synth.words import stem, understand
from audobon_cli.media.sound.hearing.classifier import class_chances, classes
from audobon_cli.media.sound.hearing.features import features
from audobon_cli.presets.catalog import Presets, shipped_presets

RATE = 44_100
PROMPTS = Path(__file__).with_name("sound_prompts.toml")


def heard_share(
    text: str, wanted: str, presets: Presets, among: frozenset[str], seeds: int, quality: str
) -> tuple[float, str]:
    """The share of ``seeds`` in whose first three of ``among`` the class ``wanted`` is, and what the last one had
    there."""
    style = next((name for name in presets.styles if f", {name}" in text), "")
    chosen = presets.styles[style] if style else Style("", "")
    output = plan_sound(GenerationRequest(text, quality=quality), SoundOutput(RATE, 2.0), chosen, presets)
    assert isinstance(output, SoundOutput)
    assert output.patch is not None
    hits, first = 0, [""]
    for seed in range(1, seeds + 1):
        numbers = features(render(output.patch, RATE, seed), RATE)
        if numbers is not None:
            first = [name for name, _ in class_chances(numbers) if name in among][:3]
            hits += wanted in first
    return hits / seeds, f"{output.patch.name}: {' '.join(first)}"


def reached(
    word: str, presets: Mapping[str, SoundPreset], how: Mapping[str, SoundWord], without: bool
) -> str:
    """The preset that ``word`` means; ``without``: where no preset holds it."""
    root = stem(word)
    names: dict[str, str] = {}
    tried: dict[str, SoundPreset] = {}
    for name, preset in presets.items():
        parts = [part for part in name.split("-") if not (without and stem(part) == root)]
        own = "-".join(parts) or f"{len(tried)}"
        words = tuple(one for one in preset.words if not (without and stem(one) == root))
        tried[own] = replace(preset, name=own, words=words)
        names[own] = name
    meant = understand(word, tried, how).presets
    return names[meant[0][0].name] if meant and meant[0][1] >= 0.3 else ""


def main() -> None:
    """Print a line for each prompt and word, and the sums."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quality", default="optimized")
    arguments = parser.parse_args()
    presets = Presets((("built-in", shipped_presets()),))
    table = tomllib.loads(PROMPTS.read_text(encoding="utf-8"))
    asked = frozenset(one["class"] for one in table["prompts"])
    sums: dict[str, list[float]] = {"all classes": [], "asked classes": []}
    for one in table["prompts"]:
        for label, among in (("all classes", frozenset(classes())), ("asked classes", asked)):
            share, found = heard_share(
                one["text"], one["class"], presets, among, arguments.seeds, arguments.quality
            )
            sums[label].append(share)
        print(f"{share:4.0%} {one['text']} ({one['class']}): {found}")
    for label, shares in sums.items():
        count = len(frozenset(classes()) & asked) if label == "asked classes" else len(classes())
        print(
            f"in the first three of {count} {label}: {sum(shares) / len(shares):.1%} of {len(shares)} prompts"
        )
    for part in ("words", "other_words", "fresh_words"):
        for without in (False, True):
            right = [
                word
                for word, wanted in table[part].items()
                if reached(word, presets.sounds, presets.sound_words, without) in table["presets"][wanted]
            ]
            missed = ", ".join(word for word in table[part] if word not in right)
            held = "held by none" if without else "as they are"
            print(f"{part}, {held}: {len(right)} of {len(table[part])}; missed: {missed or 'none'}")


if __name__ == "__main__":
    main()
