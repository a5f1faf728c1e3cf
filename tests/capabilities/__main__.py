"""Make presets/capabilities.toml and docs/capabilities.md again: ``python -m tests.capabilities``."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from audobon_cli.cli import reference
from audobon_cli.presets.catalog import shipped_presets
from tests.capabilities.probe_parts import fitting_schedulers
from tests.capabilities.probing import make_bench, measure
from tests.tiny_models.families import ALL_FAMILIES

HEAD = """\
# Which options each model family honours: the result of experiments, written by `python -m tests.capabilities`.
"""


def main() -> None:
    """Measure every family and write both files."""
    lines, schedulers = [HEAD], ["\n[schedulers]\n"]
    for family in sorted(ALL_FAMILIES):
        with tempfile.TemporaryDirectory() as work:
            lines.append(_row(family, sorted(option.value for option in measure(family, Path(work)))))
            schedulers.append(_row(family, fitting_schedulers(make_bench(family, Path(work)))))
    lines += schedulers
    (shipped_presets() / "capabilities.toml").write_text("".join(lines), encoding="utf-8")
    reference.write(Path("docs"))


def _row(family: str, names: Iterable[str]) -> str:
    return f"{family} = [{', '.join(f'{chr(34)}{name}{chr(34)}' for name in names)}]\n"


if __name__ == "__main__":
    main()
