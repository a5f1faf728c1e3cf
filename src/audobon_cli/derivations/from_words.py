"""Operations from words: a name, and parameters as a user writes them."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from audobon_cli.derivations.operation import AssetOperation
from audobon_cli.derivations.registry import operation_class
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import parse_json


def operation_with(name: str, parameters: Sequence[str], medium: str) -> AssetOperation:
    """The operation ``name`` with ``parameters``, each NAME=VALUE, the value as JSON, else taken as text.

    Raises InvalidInput for one that is not known or works on another medium than ``medium``, and for parameters that it
    does not take.
    """
    cls = operation_class(name)
    if cls.medium != medium:
        raise InvalidInput(
            f"The operation {name} works on no {medium}.", hint=f"it is one for the medium {cls.medium}"
        )
    known = {one.name for one in fields(cls)}
    chosen: dict[str, Any] = {}
    for text in parameters:
        key, mark, value = text.partition("=")
        key = key.strip().replace("-", "_")
        if not mark or key not in known:
            names = ", ".join(sorted(known)) or "no parameters"
            raise InvalidInput(
                f"{text!r} sets no parameter of {name}.", hint=f"write NAME=VALUE; it has: {names}"
            )
        chosen[key] = _value(value)
    return cls.from_parameters(chosen)


def _value(text: str) -> Any:
    try:
        return parse_json(text)
    except ValueError:
        return text
