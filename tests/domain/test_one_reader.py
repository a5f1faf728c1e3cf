"""JSON and TOML that others may have written go through one bounded reader."""

import ast
import json
from pathlib import Path

import pytest

import audobon_cli
from audobon_cli.domain.foreign.documents import parse_json

PACKAGE = Path(audobon_cli.__file__).parent
OWN = {
    "domain/foreign/documents.py": "the reader itself",
    "domain/foreign/json_fields.py": "bounded by the records of a backup, which it is written for",
    "models/files/safetensors_header.py": "names that come twice, and bounds of its own before and after",
    "sprites/sheets/readers/packed_json.py": "names that come twice, and bounds of its own before",
    "media/image/foreign/a1111.py": "finds where a value ends in a line of bounded length",
    "models/files/model_index.py": "config_bounds says what is odd, value by value",
    "domain/derivation.py": "a column of the library's, whose numbers may be infinite",
    "history/model/records.py": "objects of the library's history",
    "history/model/commits.py": "objects of the library's history",
    "history/merge.py": "what it wrote itself",
    "history/store/asset_records.py": "columns of the library",
    "history/store/objects.py": "columns of the library",
    "library/store/rows.py": "columns of the library",
    "library/store/overview.py": "columns of the library",
    "library/store/undo_steps.py": "columns of the library",
    "library/store/writer.py": "columns of the library",
    "queue/store/rows.py": "lists that SQLite makes",
    "library/semantic_search.py": "shipped",
    "exemplars/store.py": "shipped",
    "engines/synth/kinds.py": "shipped",
    "media/sound/hearing/classifier.py": "shipped",
    "exemplars/shapes.py": "shipped",
    "engines/onnx/exports.py": "made here",
    "engines/onnx/layers.py": "a profile that the runtime has just written",
    "engines/diffusers/memory/layers.py": "a profile that the runtime has just written",
    "sandbox/frames.py": "bounded before; what a child answers is checked field by field behind it",
    "presets/cards.py": "shipped",
    "presets/parsed.py": "a cache of this user's, of what the other reader has checked",
    "presets/storage_prices.py": "shipped",
    "vram/shipped.py": "shipped",
    "vram/trace_cache.py": "a cache of this user's, larger than documents are",
    "cli/grammar/descriptions.py": "shipped",
    "platforms/loopback_sockets.py": "a file of this user's alone",
}
"""Where the parsers are called directly, and why."""


def test_the_parsers_are_called_in_these_places_alone() -> None:
    found = set()
    for file in PACKAGE.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if not any(word in text for word in ("json", "tomllib", "raw_decode")):
            continue
        for node in ast.walk(ast.parse(text)):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if called in ("json.loads", "json.load", "tomllib.loads", "tomllib.load") or called.endswith(
                "raw_decode"
            ):
                found.add(file.relative_to(PACKAGE).as_posix())
    assert found == OWN.keys()


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5_000, "", "{", '"\ud800', "[1e999]", "[NaN]"]
)
def test_odd_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)


def test_what_servers_and_programs_write_is_read() -> None:
    assert parse_json('[NaN, Infinity, 1e999, 18446744073709551616, 0.5]', lenient=True) == [
        None, None, None, 2**64, 0.5
    ]  # fmt: skip
    with pytest.raises(ValueError, match="deep"):
        parse_json("[" * 100 + "]" * 100, lenient=True)
    long = json.dumps("a" * 100)
    assert parse_json(long, 200) == "a" * 100
    with pytest.raises(ValueError, match="larger"):
        parse_json(long, 50)
