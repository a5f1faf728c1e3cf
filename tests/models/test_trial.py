"""``models add --try``: a small picture of a model that is new here."""

from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.tiny_models import clip_folder


def test_a_new_model_draws_a_test_picture_that_is_not_filed(audobon: Audobon) -> None:
    ran = audobon("models", "add", str(clip_folder()), "--name", "mine", "--try", "--json")
    assert ran.status == 0, ran.err
    assert ran.data["trial"]["problems"] == []
    assert audobon("assets", "list", "--json").data["assets"] == []


def test_a_blank_test_picture_is_told_and_the_model_kept(audobon: Audobon, fake_engine: FakeEngine) -> None:
    fake_engine.blank_seeds = frozenset({1})
    ran = audobon("models", "add", str(clip_folder()), "--name", "mine", "--try", "--json")
    assert ran.status == 3
    assert ran.data["trial"]["problems"]
    assert "mine" in {model["name"] for model in audobon("models", "list", "--json").data["models"]}
