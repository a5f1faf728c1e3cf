"""Several candidates drawn, the best kept: with the real frame and store, a fake engine and a judge by rule."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from audobon_cli.domain.model import Model
from audobon_cli.domain.request import CANDIDATE_SEED_STEP, GenerationRequest
from audobon_cli.engines.scoring.cached_scorer import CachedScorer
from audobon_cli.generation.cache import RETRY_SEED_STEP
from audobon_cli.generation.judging import JudgingScorer
from audobon_cli.media.image.png import read_recipe
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine

STEP = CANDIDATE_SEED_STEP


@pytest.fixture(autouse=True)
def scorer(monkeypatch: pytest.MonkeyPatch, fake_engine: FakeEngine) -> list[str]:
    """Likes the third picture best, then those before it. What it was asked is returned."""
    asked: list[str] = []

    def scores(_: CachedScorer, images: Sequence[Image.Image], text: str, model: Model) -> tuple[float, ...]:
        asked.append(text)
        return tuple(-abs(place - 2.0) for place in range(len(images)))

    monkeypatch.setattr(CachedScorer, "__call__", scores)
    return asked


def test_ultra_draws_four_and_keeps_the_best(
    audobon: Audobon, fake_engine: FakeEngine, scorer: list[str]
) -> None:
    asset = audobon("generate", "cat", "--strength", "1", "--quality", "ultra", "--seed", "7", "--json").data[
        "assets"
    ][0]
    assert fake_engine.seeds == [7, 7 + STEP, 7 + 2 * STEP, 7 + 3 * STEP]
    assert asset["seed"] == 7 + 2 * STEP
    assert scorer == ["cat"], "the words alone, without the style's"


def test_the_kept_picture_is_that_of_its_own_seed(audobon: Audobon) -> None:
    audobon("generate", "cat", "--strength", "1", "--quality", "ultra", "--seed", "7", "--out", "best.png")
    again = str(7 + 2 * STEP)
    audobon(
        "generate",
        "cat",
        "--strength",
        "1",
        "--quality",
        "ultra",
        "--candidates",
        "1",
        "--seed",
        again,
        "--out",
        "again.png",
    )
    with Image.open("best.png") as best, Image.open("again.png") as alone:
        assert best.tobytes() == alone.tobytes()
    recipe = read_recipe(Path("best.png"))
    assert recipe is not None
    assert (recipe.seed, recipe.operations) == (7 + 2 * STEP, ("best of 4 from seed 7",))


def test_the_same_seed_gives_the_same_blob_alone_and_in_a_run(audobon: Audobon) -> None:
    command = ("generate", "cat", "--strength", "1", "--quality", "ultra", "--json", "--seed")
    alone = [audobon(*command, seed).data["assets"][0]["blob"] for seed in ("7", "8", "7")]
    run = [asset["blob"] for asset in audobon(*command, "7", "--count", "2").data["assets"]]
    assert alone[0] == alone[2]
    assert run == alone[:2]


def test_events_tell_which_candidate_is_drawn_and_which_is_kept(audobon: Audobon) -> None:
    ran = audobon("generate", "cat", "--candidates", "3", "--steps", "2", "--seed", "1", "--events")
    kinds = [event["event"] for event in ran.events if not event["event"].startswith("model")]
    assert kinds == [
        "strategy_chosen", "image_started", *["candidate_started", "step", "step"] * 3, "candidate_chosen",
        "image_filed",
    ]  # fmt: skip
    started = [event for event in ran.events if event["event"] == "candidate_started"]
    assert [(event["candidate"], event["candidates"]) for event in started] == [(0, 3), (1, 3), (2, 3)]
    chosen = next(event for event in ran.events if event["event"] == "candidate_chosen")
    assert chosen["seed"] == 1 + 2 * STEP
    assert [seed for seed, _ in chosen["scores"]] == [1, 1 + STEP, 1 + 2 * STEP]


def test_bad_candidates_are_left_out(audobon: Audobon, fake_engine: FakeEngine) -> None:
    fake_engine.blank_seeds = frozenset({1, 1 + STEP, 1 + 2 * STEP})
    asset = audobon("generate", "cat", "--candidates", "4", "--seed", "1", "--json").data["assets"][0]
    assert asset["seed"] == 1 + 3 * STEP


def test_only_bad_candidates_mean_another_round(audobon: Audobon, fake_engine: FakeEngine) -> None:
    fake_engine.blank_seeds = frozenset({1, 1 + STEP})
    ran = audobon("generate", "cat", "--candidates", "2", "--seed", "1", "--events")
    rejected = [event for event in ran.events if event["event"] == "image_rejected"]
    assert [event["next_seed"] for event in rejected] == [1 + RETRY_SEED_STEP]
    assert fake_engine.seeds == [1, 1 + STEP, 1 + RETRY_SEED_STEP, 1 + RETRY_SEED_STEP + STEP]


def test_no_two_pictures_share_a_seed() -> None:
    """Pictures of a run, their retries and their candidates, at the largest counts."""
    reach = GenerationRequest("cat", count=10_000).count
    rounds = {attempt * RETRY_SEED_STEP + place * STEP for attempt in range(4) for place in range(64)}
    ordered = sorted(rounds)
    assert len(ordered) == 4 * 64
    assert min(b - a for a, b in pairwise(ordered)) >= reach


@pytest.mark.parametrize("count", ["0", "65"])
def test_a_number_out_of_range_is_refused(audobon: Audobon, count: str) -> None:
    assert audobon("generate", "cat", "--candidates", count).status == 2


def test_faults_come_before_words_for_models_without_a_scorer(fake_engine: FakeEngine) -> None:
    """Real measures of real pixels; the words like the blank picture best, and the sound one is chosen."""
    from tests.builtin_model import builtin_request

    whole = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    whole.paste((200, 60, 40, 255), (8, 8, 24, 16))
    whole.paste((40, 60, 200, 255), (8, 16, 24, 24))
    speckled = whole.copy()
    for place in range(4):
        speckled.putpixel((2 + 7 * place, 2), (0, 0, 0, 255))
    contents = [Image.new("RGBA", (32, 32), (9, 9, 9, 255)), speckled, whole]

    def likes_the_first(contents: Sequence[Image.Image], text: str, model: Model) -> tuple[float, ...]:
        assert model.scorer is not None, "the shipped model's scorer reads the words of all"
        return (0.9, 0.5, 0.1)

    mine = builtin_request().model
    other = replace(mine, name="other", scorer=None)
    judged = JudgingScorer(likes_the_first, lambda: mine)
    scores = judged(contents, "cube", other)
    assert max(range(3), key=scores.__getitem__) == 2
    assert judged(contents, "cube", mine) == (0.9, 0.5, 0.1), "a model's own scorer decides alone, as before"
    assert JudgingScorer(likes_the_first, lambda: None)(contents, "cube", other)[2] == 1


def test_models_without_a_scorer_are_chosen_among(audobon: Audobon) -> None:
    from tests.tiny_models import sprite_folder

    model = str(sprite_folder())
    words = ("generate", "cat", "--model", model, "--candidates", "2", "--seed", "3")
    events = audobon(*words, "--events").events
    chosen = next(event for event in events if event["event"] == "candidate_chosen")
    scores = dict(map(tuple, chosen["scores"]))
    assert scores[chosen["seed"]] == max(scores.values())
    assert audobon(*words, "--json").data["assets"][0]["existing"], "chosen once, the same again"


def test_nothing_chooses_among_sounds(audobon: Audobon) -> None:
    ran = audobon("generate", "coin", "--model", "synth", "--candidates", "2", "--json")
    assert ran.status == 2


def test_the_same_command_with_a_file_goes_through_again(audobon: Audobon) -> None:
    words = ("generate", "cat", "--quality", "ultra", "--seed", "7", "--out", "best.png")
    assert audobon(*words).status == 0
    assert audobon(*words).status == 0
    assert audobon(*words[:-3], "8", *words[-2:]).status == 51, "another picture's file"
