"""Every dialect's picture is that of the weights that its file stands for."""

from pathlib import Path

import pytest

from tests.lora_dialects.__main__ import PAGE
from tests.lora_dialects.dialects import DIALECTS
from tests.lora_dialects.dialects.dialect import Dialect
from tests.lora_dialects.measuring import measure


@pytest.mark.parametrize(
    "dialect", DIALECTS, ids=lambda dialect: f"{dialect.family}-{dialect.tool}-{dialect.title}"
)
def test_the_picture_is_that_of_the_arithmetic(dialect: Dialect, tmp_path: Path) -> None:
    result = measure(dialect, tmp_path)
    assert result.off <= 1
    assert result.taken == result.layers
    assert result.effect > 10


def test_the_page_has_a_line_for_each() -> None:
    page = PAGE.read_text(encoding="utf-8")
    lines = [line.split(" | ")[:3] for line in page.splitlines() if line.startswith("| ")]
    for dialect in DIALECTS:
        assert [f"| {dialect.tool}", dialect.title, dialect.family] in lines
