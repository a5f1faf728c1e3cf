"""The options that every request may have: words to avoid, guidance, steps, size, seed."""

from audobon_cli.domain.capabilities import Option
from tests.capabilities.probing import REFUSALS, Bench, Probe


def size_is_drawn(bench: Bench) -> bool:
    wide, high = bench.tiny.side + bench.tiny.step, bench.tiny.side
    rule = bench.request().model.size_rule
    if rule.scales:
        return bench.request(size=str(2 * bench.tiny.side)).size.width == 2 * bench.tiny.side
    try:
        return bench.draw(size=f"{wide}x{high}").shape[:2] == (high, wide)
    except REFUSALS:
        return False


PROBES = (
    Probe(
        Option.NEGATIVE,
        lambda bench: bench.obeys({"guidance": 9.0}, {"guidance": 9.0, "negative": "red sword"}),
        {"negative": "red sword"},
    ),
    Probe(
        Option.GUIDANCE,
        lambda bench: bench.obeys({"guidance": 2.0}, {"guidance": 40.0}),
        {"guidance": 2.0},
    ),
    Probe(Option.STEPS, lambda bench: bench.obeys({"steps": 2}, {"steps": 3}), {"steps": 2}),
    Probe(Option.SIZE, size_is_drawn, {"size": "64"}),
    Probe(Option.SEED, lambda bench: bench.obeys({"seed": 7}, {"seed": 8}), {"seed": 7}),
)
