"""The predictions that a card will be held to are those of the forecast as it is."""

import json

from bench.gpu.predict import FILE, choices, predictions


def test_committed_predictions_are_the_forecasts() -> None:
    committed = json.loads(FILE.read_text())["hopper"]
    again = "python -m bench.gpu.predict writes them"
    assert predictions(hopper=True) == committed["predictions"], again
    assert choices(hopper=True) == committed["choices"], again
