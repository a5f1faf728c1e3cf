"""The table of faults in docs/providers.md, between two marks."""

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"
BEGIN, END = "<!-- faults: written by `python -m tests.providers` -->\n", "<!-- end of faults -->"
HEAD = (
    "| provider | what goes wrong | what happens | status | asked for | billed by the service | counted as |\n"
    "|---|---|---|---|---|---|---|\n"
)

Rows = dict[tuple[str, str], tuple[str, ...]]


def written_rows() -> Rows:
    """The rows of the page."""
    text = PAGE.read_text(encoding="utf-8")
    table = text.partition(BEGIN)[2].partition(END)[0].removeprefix(HEAD)
    rows: Rows = {}
    for line in table.splitlines():
        provider, trial, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        rows[provider, trial] = tuple(cells)
    return rows


def write_rows(rows: Rows) -> None:
    """Put ``rows`` into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    lines = "".join(f"| {' | '.join((*key, *cells))} |\n" for key, cells in rows.items())
    PAGE.write_text(f"{before}{BEGIN}{HEAD}{lines}{END}{rest.partition(END)[2]}", encoding="utf-8")
