"""A model that is long in loading is offered to be kept in memory: once."""

from pathlib import Path

from audobon_cli.engines.warm.offer import LONG_SECONDS, offer


def test_it_is_said_once(tmp_path: Path) -> None:
    mark = tmp_path / "cache" / "offered"
    assert offer("sdxl", LONG_SECONDS - 1, mark) is None
    words = offer("sdxl", LONG_SECONDS + 2, mark)
    assert words is not None
    assert words.startswith("Loading sdxl took 12 s. With --keep-warm 10m ")
    assert offer("sdxl", LONG_SECONDS + 2, mark) is None


def test_where_nothing_can_be_remembered_it_is_said_again(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    assert offer("sdxl", 60.0, tmp_path / "cache" / "offered") is not None
    assert offer("sdxl", 60.0, tmp_path / "cache" / "offered") is not None
