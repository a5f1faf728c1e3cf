"""Makes the table of what words are kinds of, by which they reach presets of sounds, from what `fetch.py` downloaded.

    python training/sound_kinds.py --work training/.work        # half a minute

The table of word vectors (word_vectors.py) knows what goes together, and hardly that a canary is a bird or that to
stomp is to walk heavily. WordNet says both. Every word has facts here: its synonyms, what it is a kind of, up to five
steps up, what it is derived from, kinds of it, and the words of its definitions; a sense that is defined as a sound
counts more, rare senses less. Facts that many words share say less of each (by the logarithm of how many words have
them). Two words are as near as the cosine of their facts.

Words: those of the table of word vectors that WordNet has, all verbs, and nouns of what can be heard (things, animals,
weather, what is done and what happens). Of each the FACTS that say most are kept, those of one word
alone left out. `bench/sound_hearing.py` tells what it is worth.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from audobon_cli.engines.synth.kinds import ALONE, TABLE, WORDS, forms, write_kinds
from audobon_cli.engines.synth.words import stem

from sources import read_sources
from word_vectors import FUNCTION_WORDS, TARGET

FACTS = 16
HYPERNYMS = (0.8, 0.55, 0.35, 0.25, 0.2)
"""How much it says of a word what it is a kind of, by steps up."""

DEFINITION, OF_THE_KIND, DERIVED, ALIKE, KINDS = 0.6, 0.25, 0.7, 0.6, 0.35
"""The same of a word of the definition, of one of the definition of what it is a kind of, of what is derived from
it, of senses that WordNet groups with it, and of a kind of it."""

RANK, MOST_SENSES = 0.72, 6
"""How much less each further sense of a word counts: WordNet begins with the commonest."""

HEARD, NOT_HEARD = 1.6, 0.4
"""How much more a sense counts whose definition speaks of a sound, and less one that is a person or a place."""

PEOPLE_AND_PLACES = (18, 15)
"""WordNet's lexicographer files of nouns for them."""

CAN_BE_HEARD = (4, 5, 6, 10, 11, 17, 19, 27)
"""Those of acts, animals, artefacts, communication, events, natural objects, phenomena and substances."""

SOUND = re.compile(r"\b(sounds?|noises?|noisy|cry|utterance|loud|loudly|explosive)\b")
_WORD = re.compile(r"[a-z]{3,}")
_SAYS_NOTHING = FUNCTION_WORDS | {
    *(
        "used",
        "made",
        "make",
        "makes",
        "making",
        "something",
        "someone",
        "kind",
        "type",
        "form",
        "state",
        "act",
    ),
    *("usually", "often", "especially", "etc"),
}
Key = tuple[str, str]
"""A synset: n, v, a or r, and its place in the file."""


@dataclass(frozen=True, slots=True)
class Synset:
    """One meaning: its ``words``, its definition without examples, and what it points at by WordNet's symbols."""

    file: int
    words: tuple[str, ...]
    definition: str
    pointers: tuple[tuple[str, Key], ...]


class WordNet:
    """The dictionary in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.synsets: dict[Key, Synset] = {}
        self.senses: dict[str, list[Key]] = {}
        for part, name in (("n", "noun"), ("v", "verb"), ("a", "adj")):
            for line in _lines(folder / f"data.{name}"):
                self.synsets[part, line.split()[0]] = _synset(line)
            for line in _lines(folder / f"index.{name}"):
                fields = line.split()
                places = fields[-int(fields[2]) :]
                self.senses.setdefault(fields[0], []).extend((part, place) for place in places)

    def base(self, word: str) -> str | None:
        """The form of ``word`` that the dictionary has."""
        return next((form for form in forms(word) if form in self.senses), None)

    def defining(self, synset: Synset) -> list[str]:
        """Stems of the words of its definition."""
        words = (word for word in _WORD.findall(synset.definition.lower()) if word not in _SAYS_NOTHING)
        return [stem(self.base(word) or word) for word in words]


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="latin-1").splitlines()
    return [line for line in lines if not line.startswith("  ")]


def _synset(line: str) -> Synset:
    data, _, gloss = line.partition("|")
    fields = data.split()
    count = int(fields[3], 16)
    words = tuple(fields[4 + 2 * n].split("(")[0] for n in range(count))
    first = 5 + 2 * count
    pointers = tuple(
        (fields[at], (fields[at + 2].replace("s", "a"), fields[at + 1]))
        for at in range(first, first + 4 * int(fields[first - 1]), 4)
        if fields[at + 2] != "r"
    )
    return Synset(int(fields[1]), words, gloss.strip().split('; "')[0], pointers)


def facts(word: str, net: WordNet) -> Counter[str]:
    """The facts of ``word``, with how much each says of it; none where the dictionary lacks it."""
    found: Counter[str] = Counter()
    ranks: Counter[str] = Counter()
    for key in net.senses.get(net.base(word) or "", []):
        ranks[key[0]] += 1
        if ranks[key[0]] > MOST_SENSES:
            continue
        synset = net.synsets[key]
        counts = RANK ** (ranks[key[0]] - 1) * (HEARD if SOUND.search(synset.definition) else 1.0)
        if key[0] == "n" and synset.file in PEOPLE_AND_PLACES:
            counts *= NOT_HEARD
        for name, says in _of_sense(key, net).items():
            found[name] += counts * says
    return found


def _of_sense(key: Key, net: WordNet) -> dict[str, float]:
    """The facts of one meaning: its own, of what it is a kind of, and of what it points at."""
    synset = net.synsets[key]
    found = dict.fromkeys(_words(synset), 1.0) | {"-".join(key): 1.0}
    _add(found, net.defining(synset), DEFINITION)
    level = [synset]
    for step, says in enumerate(HYPERNYMS):
        above = [target for one in level for symbol, target in one.pointers if symbol in ("@", "@i")]
        level = [net.synsets[target] for target in above]
        for target, one in zip(above, level, strict=True):
            _add(found, ["-".join(target)], says)
            _add(found, _words(one), 0.8 * says)
            _add(found, net.defining(one) if step == 0 else [], OF_THE_KIND)
    for symbol, target in synset.pointers:
        other = net.synsets[target]
        if symbol == "+":
            _add(found, ["-".join(target), *_words(other)], DERIVED)
            _add(found, net.defining(other), DERIVED * DEFINITION)
        elif symbol in ("$", "&"):
            _add(found, ["-".join(target), *_words(other)], ALIKE)
        elif symbol == "~":
            _add(found, _words(other), KINDS)
    return found


def _add(found: dict[str, float], names: list[str], says: float) -> None:
    for name in names:
        found[name] = max(found.get(name, 0.0), says)


def _words(synset: Synset) -> list[str]:
    return [stem(word.lower()) for word in synset.words]


def vocabulary(net: WordNet) -> list[str]:
    """The words of the table."""
    known = json.loads((TARGET / "words.json").read_text(encoding="utf-8"))
    words = {word for word in known if word not in FUNCTION_WORDS and word in net.senses}
    for word, senses in net.senses.items():
        if _WORD.fullmatch(word) and any(_can_be_heard(key, word, net.synsets[key]) for key in senses):
            words.add(word)
    return sorted(words)


def _can_be_heard(key: Key, word: str, synset: Synset) -> bool:
    """Names begin with a capital letter in WordNet, and are left out."""
    return key[0] == "v" or (key[0] == "n" and synset.file in CAN_BE_HEARD and word in synset.words)


def weighted(all_facts: list[Counter[str]]) -> list[dict[str, float]]:
    """Of each word the facts that say most, with what they say in units of the largest."""
    having = Counter(name for one in all_facts for name in one)
    full = math.log(len(all_facts))
    found = []
    for one in all_facts:
        says = {
            name: value * (1 - math.log(having[name]) / full)
            for name, value in one.items()
            if having[name] > 1
        }
        found.append(
            {name: says[name] for name in sorted(says, key=lambda name: (-says[name], name))[:FACTS]}
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / ".work")
    folder = read_sources()["wordnet"].folder(parser.parse_args().work) / "dict"
    net = WordNet(folder)
    words = vocabulary(net)
    kept = weighted([facts(word, net) for word in words])
    often = Counter(name for one in kept for name in one)
    shared = sorted(
        (name for name, count in often.items() if count > 1), key=lambda name: (-often[name], name)
    )
    names = shared[:ALONE]
    numbers = {name: number for number, name in enumerate(names)}
    rows = np.full((len(words), FACTS), ALONE, dtype=np.uint16)
    says = np.zeros((len(words), FACTS), dtype=np.uint8)
    for row, one in enumerate(kept):
        largest = max(one.values(), default=1.0)
        for place, (name, value) in enumerate(one.items()):
            rows[row, place] = numbers.get(name, ALONE)
            says[row, place] = max(1, round(15 * value / largest))
    write_kinds(words, rows, says)
    print(
        f"{len(words)} words, {len(names)} facts, {(TABLE.stat().st_size + WORDS.stat().st_size) / 2**10:.0f} KiB"
    )


if __name__ == "__main__":
    main()
