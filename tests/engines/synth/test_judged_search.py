"""`--quality ultra` by a model that hears: the search follows it, recipes name it, and need it no more."""

from pathlib import Path

import numpy as np

from audobon_cli.engines.synth.patterns import SEEDS, refined_by
from audobon_cli.engines.synth.plan import complete
from audobon_cli.engines.synth.render import render
from audobon_cli.engines.synth.search import HOLD, LIKENESS_SCALE, RATE, SEARCHED, WordsScorer
from audobon_cli.presets.catalog import Presets, shipped_presets
from tests.conftest import Audobon
from tests.tiny_models.listeners import build_clap


class Bright:
    """Implements SoundJudge: whatever the words, it likes what crosses zero often."""

    name = "bright"

    def likeness(self, samples: np.ndarray, rate: int, words: str) -> float:
        return float(np.mean(np.diff(np.sign(samples)) != 0))


def test_a_judge_moves_what_the_words_did_not() -> None:
    presets = Presets((("built-in", shipped_presets()),))
    patch = complete(presets.sounds["coin"])
    found = refined_by(Bright(), "coin", patch, {})
    scorer = WordsScorer(Bright(), "coin")
    before, after = (
        sum(scorer.score(render(one, RATE, seed), RATE) for seed in SEEDS[:2]) / 2 for one in (patch, found)
    )
    assert after > before + HOLD / LIKENESS_SCALE
    assert found.scorer == "bright"
    kept = refined_by(Bright(), "coin", patch, dict.fromkeys(SEARCHED, 1.0))
    assert kept.layers == patch.layers


def test_a_pulled_clap_judges_and_recipes_name_it(audobon: Audobon, tmp_path: Path) -> None:
    command = ("sound", "make", "heavy coin", "--quality", "ultra", "--seed", "3", "--json")
    plain = audobon(*command).data["assets"][0]
    assert audobon("models", "add", str(build_clap(tmp_path / "clap")), "--name", "my-clap").status == 0
    judged = audobon(*command).data["assets"][0]
    assert judged["id"] != plain["id"]
    patches = [
        audobon("recipe", "show", one["id"], "--json").data["recipe"]["output"]["patch"]
        for one in (plain, judged)
    ]
    assert "scorer" not in patches[0]
    name, _, digest = patches[1]["scorer"].partition(" ")
    assert (name, len(digest)) == ("my-clap", 16)
    assert audobon(*command).data["assets"][0]["existing"]
    # What it found stands in the recipe: it is played without it.
    assert audobon("models", "remove", "my-clap", "--yes").status == 0
    (proof,) = audobon("reproduce", judged["id"], "--json").data["assets"]
    assert proof["status"] == "identical"
    other = audobon("sound", "vary", judged["id"], "--count", "1", "--json").data["assets"][0]
    assert audobon("recipe", "show", other["id"], "--json").data["recipe"]["output"]["patch"]["scorer"]
