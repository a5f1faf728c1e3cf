"""Trains the classifier of `audobon sound describe` on the side "hear", and says how well it knows recordings that
it was not
trained on.

    python training/sound_classifier.py src/audobon_cli/builtin/hearing

Linear discriminants with a shrunken covariance. A network of one hidden layer knew other sessions of the same
packages as well, but packages that it had not heard much less (25 % of the classes' recordings in the first three,
this 40 %).
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from audobon_cli.media.sound.hearing.classifier import LARGEST
from audobon_cli.media.sound.hearing.features import features

from sound_sources import Clip, read_clips
from sound_variations import RATE, varied

A_CLASS = 240
"""Versions of each class: of few recordings more of each."""

SHRINKAGE = 0.4
"""Share of the covariance that counts as of unrelated features; of 0.05 to 0.9 the best for packages held out."""

FOLDS = 5
TEMPERATURES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)


def examples_of(label: str, clips: list[Clip]) -> list[tuple[int, np.ndarray]]:
    """Give A_CLASS feature vectors of a class, each with the place of its recording in `clips`."""
    rng = np.random.default_rng([ord(letter) for letter in label])
    groups = defaultdict(list)
    for clip in clips:
        groups[clip.group].append(clip)
    found = []
    for number in range(A_CLASS):
        place = number % len(clips)
        numbers = features(varied(clips[place], groups[clips[place].group], rng), RATE)
        if numbers is not None:
            found.append((place, numbers.astype(np.float32)))
    return found


@dataclass(frozen=True, slots=True)
class Rows:
    """Feature vectors, their classes, and the sessions that they are of ("source/name")."""

    numbers: np.ndarray
    targets: np.ndarray
    groups: np.ndarray

    @property
    def sources(self) -> np.ndarray:
        """The package of each."""
        return np.array([group.split("/")[0] for group in self.groups])

    def only(self, chosen: np.ndarray) -> Rows:
        """Those that are `chosen`."""
        return Rows(self.numbers[chosen], self.targets[chosen], self.groups[chosen])


def read_examples(work: Path) -> tuple[list[str], Rows, Rows]:
    """Give the labels, the versions and the recordings themselves; kept in the work directory, in a file to be
    deleted when
    features or recordings change."""
    kept_in = work / "hear.npz"
    if not kept_in.is_file():
        clips = read_clips(work, "hear")
        labels = sorted({clip.label for clip in clips})
        by_label = {label: [clip for clip in clips if clip.label == label] for label in labels}
        with concurrent.futures.ProcessPoolExecutor(2) as pool:
            made = list(pool.map(examples_of, by_label, by_label.values()))
        versions = [
            (numbers, number, by_label[label][place].group)
            for number, (label, found) in enumerate(zip(labels, made, strict=True))
            for place, numbers in found
        ]
        heard = [(features(clip.samples, clip.rate), labels.index(clip.label), clip.group) for clip in clips]
        plain = [one for one in heard if one[0] is not None]
        arrays = {"labels": np.array(labels)}
        for name, rows in (("rows", versions), ("plain", plain)):
            for part, values in zip(("", "_targets", "_groups"), zip(*rows, strict=True), strict=True):
                arrays[name + part] = np.stack(values).astype(np.float32) if not part else np.array(values)
        np.savez(kept_in, **arrays)
    with np.load(kept_in) as arrays:
        both = (
            Rows(arrays[name], arrays[f"{name}_targets"], arrays[f"{name}_groups"])
            for name in ("rows", "plain")
        )
        return [str(label) for label in arrays["labels"]], *both


@dataclass(frozen=True, slots=True)
class Discriminants:
    """`scores` are `weights` times the scaled features plus `bias`; -1e9 for classes without an example."""

    middle: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    def scores(self, numbers: np.ndarray) -> np.ndarray:
        """Of rows of features, for each class."""
        return np.clip((numbers - self.middle) / self.scale, -LARGEST, LARGEST) @ self.weights + self.bias


def discriminants(rows: Rows, count: int) -> Discriminants:
    """Fit them; each package counts as much as another in the mean of a class, however many recordings it has."""
    middle, scale = rows.numbers.mean(axis=0), rows.numbers.std(axis=0) + 1e-3
    inputs = np.clip((rows.numbers - middle) / scale, -LARGEST, LARGEST)
    size, sources = inputs.shape[1], rows.sources
    means, covariance, seen = np.zeros((count, size)), np.zeros((size, size)), np.zeros(count, dtype=bool)
    for label in np.unique(rows.targets):
        inside = rows.targets == label
        own = [inputs[inside & (sources == source)] for source in np.unique(sources[inside])]
        centres = np.array([part.mean(axis=0) for part in own])
        means[label], seen[label] = centres.mean(axis=0), True
        covariance += sum(np.cov(part.T) for part in own) / len(own)
        covariance += (centres - means[label]).T @ (centres - means[label]) / len(own)
    covariance /= seen.sum()
    shrunken = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.diag(np.diag(covariance))
    weights = np.linalg.solve(shrunken, means.T)
    bias = np.where(seen, -0.5 * np.einsum("ij,ji->i", means, weights), -1e9)
    return Discriminants(middle, scale, weights, bias)


def splits(plain: Rows, by: str) -> Iterator[set[str]]:
    """Give what is held out by turns: packages, or sessions in FOLDS parts (with nothing of a class of one session)."""
    if by == "package":
        for source in np.unique(plain.sources):
            groups = {group for group in plain.groups if group.split("/")[0] == source}
            yield groups
        return
    sessions = defaultdict(set)
    for target, group in zip(plain.targets, plain.groups, strict=True):
        sessions[target].add(group)
    for fold in range(FOLDS):
        out = {
            group
            for found in sessions.values()
            if len(found) > 1
            for place, group in enumerate(sorted(found))
            if place % FOLDS == fold
        }
        yield out


def held_out(rows: Rows, plain: Rows, count: int, by: str) -> tuple[np.ndarray, np.ndarray]:
    """Give the scores of recordings by discriminants that were fitted without them, and their classes; those of classes
    without another recording are left out."""
    scores, targets = [], []
    for out in splits(plain, by):
        inside = np.array([group not in out for group in rows.groups])
        fitted = discriminants(rows.only(inside), count)
        known = fitted.bias > -1e8
        tested = plain.only(np.array([group in out for group in plain.groups]))
        tested = tested.only(known[tested.targets])
        if len(tested.targets):
            scores.append(fitted.scores(tested.numbers))
            targets.append(tested.targets)
    return np.concatenate(scores), np.concatenate(targets)


def chances(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Give probabilities."""
    odds = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    return odds / odds.sum(axis=1, keepdims=True)


def best_temperature(scores: np.ndarray, targets: np.ndarray) -> float:
    """Give the temperature at which the probabilities of what was held out are likeliest."""
    right = np.arange(len(targets)), targets
    return max(TEMPERATURES, key=lambda one: np.log(chances(scores, one)[right] + 1e-9).mean())


def tell(title: str, labels: list[str], scores: np.ndarray, targets: np.ndarray, each: bool) -> None:
    """Print how many are in the first place and in the first three."""
    order = np.argsort(-scores, axis=1)
    places = np.array([list(row).index(target) for row, target in zip(order, targets, strict=True)])
    for number in np.unique(targets) if each else ():
        own = places[targets == number]
        print(
            f"  {labels[number]:12} {len(own):4} recordings, {np.mean(own < 1):4.0%} first, "
            f"{np.mean(own < 3):4.0%} in three"
        )
    means = [
        np.mean([np.mean(places[targets == number] < limit) for number in np.unique(targets)])
        for limit in (1, 3)
    ]
    print(
        f"{title}: {np.mean(places < 1):.0%} of {len(places)} recordings first, "
        f"{np.mean(places < 3):.0%} in the first three; "
        f"in the mean of {len(np.unique(targets))} classes {means[0]:.0%} and {means[1]:.0%}"
    )


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work") / "sounds")
    options = parser.parse_args()
    labels, rows, plain = read_examples(options.work)
    tell("packages held out", labels, *held_out(rows, plain, len(labels), "package"), each=False)
    scores, targets = held_out(rows, plain, len(labels), "session")
    tell("sessions held out", labels, scores, targets, each=True)
    temperature = best_temperature(scores, targets)
    sure = chances(scores, temperature)
    for limit in (0.15, 0.2, 0.25, 0.3, 0.4):
        said = sure.argsort(axis=1)[:, ::-1][:, 0]
        kept = sure.max(axis=1) >= limit
        print(
            f"likelier than {limit}: {kept.mean():.0%} have a first tag, "
            f"{np.mean(said[kept] == targets[kept]):.0%} of them right"
        )
    fitted = discriminants(rows, len(labels))
    options.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        options.out / "classifier.npz",
        middle=fitted.middle.astype(np.float32),
        scale=fitted.scale.astype(np.float32),
        weights=(fitted.weights / temperature).astype(np.float32),
        bias=(fitted.bias / temperature).astype(np.float32),
    )
    (options.out / "classes.json").write_text(json.dumps(labels) + "\n", encoding="utf-8")
    print(f"temperature {temperature}")


if __name__ == "__main__":
    main()
