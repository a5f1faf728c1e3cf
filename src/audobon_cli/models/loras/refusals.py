"""What no LoRA file may hold to be followed, said by its name."""

from audobon_cli.domain.errors import AdapterUnfit
from audobon_cli.models.loras.tensors import LoraTensors


def refuse_foreign(found: LoraTensors, name: str) -> None:
    """Raise AdapterUnfit if the LoRA ``name`` holds changes that are not computed here."""
    if found.foreign:
        kinds = list(found.foreign)
        example = found.foreign[kinds[0]]
        raise AdapterUnfit(
            f"The LoRA {name} holds {kinds[0]} (such as {example}), which is not computed here.",
            hint="have its trainer write LoRA, LoHa, LoKr or DoRA; without all of its layers it would draw "
            "something else",
            adapter=name,
            kinds=kinds,
        )
    if not found.layers:
        raise AdapterUnfit(f"The LoRA {name} changes no layer.", hint="get the file again", adapter=name)
