"""The table of operations."""

import pytest

from audobon_cli.derivations.registry import OPERATIONS, operation_class, operation_of
from audobon_cli.domain.errors import InvalidInput


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_is_found_by_its_name(name: str) -> None:
    assert operation_class(name).name == name


def test_one_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not known"):
        operation_of("polish", {})
