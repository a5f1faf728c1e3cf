"""Which tasks a command comes down to."""

from collections.abc import Sequence

from audobon_cli.derivations.operation import AssetOperation
from audobon_cli.derivations.run import OperationContext, Task
from audobon_cli.derivations.sources import Source


def one_each(
    operation: AssetOperation,
    sources: Sequence[Source],
    context: OperationContext,
    name: str = "",
    together: bool = False,
) -> list[Task]:
    """``operation`` on each of ``sources``; with ``together`` each is held against all of them."""
    return [
        Task(
            operation,
            (source, *sources) if together and len(sources) > 1 else (source,),
            result_name(source, operation.verb, context, name),
            named=bool(name),
        )
        for source in sources
    ]


def result_name(source: Source, ending: str, context: OperationContext, name: str = "") -> str:
    """What a result is called: ``name`` if one is given; in the library its source's with what was done;
    among files its source's."""
    if name:
        return name
    return source.name if context.library is None else f"{source.name}_{ending}"
