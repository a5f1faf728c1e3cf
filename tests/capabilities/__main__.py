"""Make presets/capabilities.toml and docs/capabilities.md again: ``python -m tests.capabilities``."""

import tempfile
from pathlib import Path

from audobon_cli.cli import reference
from audobon_cli.settings.presets import shipped_presets
from tests.capabilities.probing import measure
from tests.tiny_models.families import TINY_FAMILIES

HEAD = """\
# Which options each model family honours: the result of experiments, written by `python -m tests.capabilities`.
"""


def main() -> None:
    """Measure every family and write both files."""
    lines = [HEAD]
    for family in sorted(TINY_FAMILIES):
        with tempfile.TemporaryDirectory() as work:
            options = sorted(option.value for option in measure(family, Path(work)))
        lines.append(f"{family} = [{', '.join(f'{option!r}' for option in options)}]\n".replace("'", '"'))
    (shipped_presets() / "capabilities.toml").write_text("".join(lines), encoding="utf-8")
    reference.write(Path("docs"))


if __name__ == "__main__":
    main()
