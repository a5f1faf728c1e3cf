"""Trains the classifier of `audobon sound describe` on the side "hear", and says how well it knows recordings that
it was not
trained on.

    python training/sound_classifier.py src/audobon_cli/builtin/hearing

Linear discriminants with a shrunken covariance, and a centre for each session instead of one for the whole class: of
recordings of other sessions of the same packages 54 % of the classes' are in the first three, with one centre a class
47 %; of packages that it had not heard about as many with either (38 and 35 %). A network of one hidden layer, the
nearest neighbours and logistic regression were no better on the former, and worse on the latter.

A class that one session alone is of is left out: nothing says how well it is known.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import tomllib
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

OF_THE_CLASS = 0.5
"""How far the centre of a session lies on the way from its mean to that of the class."""

WIDTHS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
"""How many times the covariance is spread about each centre: what is the likeliest for sessions held out is kept."""

FOLDS = 5

PROMPTS = Path(__file__).parents[1] / "bench" / "sound_prompts.toml"
"""Its table `presets` says which presets are of each class."""


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
        rows, plain = (
            Rows(arrays[name], arrays[f"{name}_targets"], arrays[f"{name}_groups"])
            for name in ("rows", "plain")
        )
        return of_several([str(label) for label in arrays["labels"]], rows, plain)


def of_several(labels: list[str], rows: Rows, plain: Rows) -> tuple[list[str], Rows, Rows]:
    """Leave out the classes that recordings of one session alone are of."""
    kept = [
        number for number in range(len(labels)) if len(np.unique(plain.groups[plain.targets == number])) > 1
    ]
    fresh = np.full(len(labels), -1)
    fresh[kept] = np.arange(len(kept))
    both = []
    for part in (rows, plain):
        inside = part.only(np.isin(part.targets, kept))
        both.append(Rows(inside.numbers, fresh[inside.targets], inside.groups))
    return [labels[number] for number in kept], both[0], both[1]


@dataclass(frozen=True, slots=True)
class Centres:
    """Where sessions lie: `weights` (features, sessions) times the scaled features plus `bias` is how likely each
    session is (its logarithm, times the width); `kinds` are the classes of the sessions, of `count`."""

    middle: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    spare: np.ndarray
    shares: np.ndarray
    kinds: np.ndarray
    count: int

    def bias(self, width: float) -> np.ndarray:
        """What is added to the weighted features over `width`."""
        return self.spare / width + np.log(self.shares)

    def scores(self, numbers: np.ndarray, width: float) -> np.ndarray:
        """The logarithm of how likely rows of features are of each class; -1e9 for classes without an example."""
        inputs = np.clip((numbers - self.middle) / self.scale, -LARGEST, LARGEST)
        each = inputs @ self.weights / width + self.bias(width)
        top = each.max(axis=1, keepdims=True)
        found = np.full((len(numbers), self.count), -1e9)
        for kind in np.unique(self.kinds):
            likely = np.exp(each[:, self.kinds == kind] - top).sum(axis=1)
            found[:, kind] = np.log(np.maximum(likely, 1e-300))
        return found


def scatter(part: np.ndarray) -> np.ndarray:
    """The covariance of rows; nothing for a single one."""
    apart = part - part.mean(axis=0)
    return np.asarray(apart.T @ apart / max(len(part) - 1, 1))


def centres_of(rows: Rows, count: int) -> Centres:
    """Fit them; each package counts as much as another in the mean of a class, however many recordings it has, and so
    does each class and each session of it."""
    middle, scale = rows.numbers.mean(axis=0), rows.numbers.std(axis=0) + 1e-3
    inputs = np.clip((rows.numbers - middle) / scale, -LARGEST, LARGEST)
    size, sources = inputs.shape[1], rows.sources
    covariance, places, kinds, shares = np.zeros((size, size)), [], [], []
    for label in np.unique(rows.targets):
        inside = rows.targets == label
        packages = [inputs[inside & (sources == source)] for source in np.unique(sources[inside])]
        means = np.array([part.mean(axis=0) for part in packages])
        whole = means.mean(axis=0)
        covariance += sum(scatter(part) for part in packages) / len(packages)
        covariance += (means - whole).T @ (means - whole) / len(packages)
        sessions = [inputs[inside & (rows.groups == group)] for group in np.unique(rows.groups[inside])]
        places += [OF_THE_CLASS * whole + (1 - OF_THE_CLASS) * part.mean(axis=0) for part in sessions]
        kinds += [label] * len(sessions)
        shares += [1 / len(sessions)] * len(sessions)
    covariance /= len(np.unique(rows.targets))
    shrunken = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.diag(np.diag(covariance))
    found = np.array(places)
    weights = np.linalg.solve(shrunken, found.T)
    spare = -0.5 * np.einsum("ij,ji->i", found, weights)
    return Centres(middle, scale, weights, spare, np.array(shares), np.array(kinds), count)


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


def held_out(rows: Rows, plain: Rows, count: int, by: str) -> tuple[dict[float, np.ndarray], np.ndarray]:
    """Give the scores of recordings at each width by what was fitted without them, and their classes; those of classes
    without another recording are left out."""
    scores, targets = defaultdict(list), []
    for out in splits(plain, by):
        inside = np.array([group not in out for group in rows.groups])
        fitted = centres_of(rows.only(inside), count)
        tested = plain.only(np.array([group in out for group in plain.groups]))
        tested = tested.only(np.isin(tested.targets, fitted.kinds))
        if len(tested.targets):
            for width in WIDTHS:
                scores[width].append(fitted.scores(tested.numbers, width))
            targets.append(tested.targets)
    return {width: np.concatenate(found) for width, found in scores.items()}, np.concatenate(targets)


def chances(scores: np.ndarray) -> np.ndarray:
    """Give probabilities."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def best_width(scores: dict[float, np.ndarray], targets: np.ndarray) -> float:
    """Give the width at which the probabilities of what was held out are likeliest, each class counting as much."""
    right = np.arange(len(targets)), targets
    weight = 1 / np.bincount(targets)[targets]
    return max(scores, key=lambda width: float(weight @ np.log(chances(scores[width])[right] + 1e-9)))


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


def other_side(work: Path, labels: list[str], fitted: Centres, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the scores of the recordings that presets are fitted to, and their classes."""
    presets = tomllib.loads(PROMPTS.read_text(encoding="utf-8"))["presets"]
    kinds = {
        name: labels.index(label) for label, names in presets.items() if label in labels for name in names
    }
    heard = [
        (features(clip.samples, clip.rate), kinds[clip.label])
        for clip in read_clips(work, "fit")
        if clip.label in kinds
    ]
    numbers, targets = zip(*(one for one in heard if one[0] is not None), strict=True)
    return fitted.scores(np.array(numbers), width), np.array(targets)


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work") / "sounds")
    options = parser.parse_args()
    labels, rows, plain = read_examples(options.work)
    scores, targets = held_out(rows, plain, len(labels), "session")
    width = best_width(scores, targets)
    other = held_out(rows, plain, len(labels), "package")
    tell("packages held out", labels, other[0][width], other[1], each=False)
    tell("sessions held out", labels, scores[width], targets, each=True)
    sure = chances(scores[width])
    for limit in (0.15, 0.2, 0.25, 0.3, 0.4):
        said = sure.argsort(axis=1)[:, ::-1][:, 0]
        kept = sure.max(axis=1) >= limit
        print(
            f"likelier than {limit}: {kept.mean():.0%} have a first tag, "
            f"{np.mean(said[kept] == targets[kept]):.0%} of them right"
        )
    fitted = centres_of(rows, len(labels))
    tell("of the presets' side", labels, *other_side(options.work, labels, fitted, width), each=False)
    options.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        options.out / "classifier.npz",
        middle=fitted.middle.astype(np.float32),
        scale=fitted.scale.astype(np.float32),
        weights=(fitted.weights / width).astype(np.float16),
        bias=fitted.bias(width).astype(np.float32),
        kinds=fitted.kinds.astype(np.uint8),
    )
    (options.out / "classes.json").write_text(json.dumps(labels) + "\n", encoding="utf-8")
    print(
        f"{len(labels)} classes, {len(plain.targets)} recordings, {len(fitted.kinds)} sessions, width {width}"
    )


if __name__ == "__main__":
    main()
