"""What a model that was pulled or added still needs on this machine before it can draw."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import AudobonError, ModelUnsupported
from audobon_cli.models.adapter_files import FoundAdapter, found_in_registry
from audobon_cli.models.architecture import models_with
from audobon_cli.models.base_models import base_for
from audobon_cli.models.catalog import find_model
from audobon_cli.models.checkpoints import find_base
from audobon_cli.models.files.weight_kinds import LOOKALIKES, Architecture, WeightKind
from audobon_cli.models.gguf import is_gguf, need_package
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest


@dataclass(frozen=True, slots=True)
class Need:
    """Something that is missing, in words, and how to get it ("": nothing here knows). ``model`` is the listed model
    that a pull would bring, "" where it is something else (a package); ``doubt`` says why it may be another one."""

    why: str
    way: str
    model: str = ""
    doubt: str = ""


def needs_of(manifest: Manifest, registry: ModelRegistry) -> tuple[Need, ...]:
    """What is missing: a package that reads its file, a model of its kind that lends a single file what it
    lacks, or a model that an adapter fits. Empty where nothing is. Reads headers only."""
    if not manifest.is_weights:
        return ()
    try:
        found = found_in_registry(manifest)
    except AudobonError as error:
        return (Need(error.message, error.hint),)
    return tuple(_of_adapter(found, registry) if found.is_adapter else _of_file(manifest, registry))


def _of_adapter(found: FoundAdapter, registry: ModelRegistry) -> Iterator[Need]:
    facts = found.facts
    architecture = facts.architecture
    if facts.kind is WeightKind.IP_ADAPTER and found.image_encoder is None:
        yield Need(
            f"{found.name} looks at pictures through an image encoder, and none of its width lies beside it",
            f"put the folder image_encoder of its repository into {found.weights.parent}",
        )
    if architecture is None or models_with(architecture, facts.kind, registry):
        return
    base = base_for(architecture, facts.kind, registry.presets)
    yield Need(
        f"{found.name} is a {facts.kind.value} for {architecture}, and no model here is of that kind",
        f"`audobon models pull {base.name}`" if base else "pull or add a model of that kind",
        base.name if base else "",
        _doubt(found.name, architecture) if base else "",
    )


def _doubt(name: str, architecture: Architecture) -> str:
    others = LOOKALIKES.get(architecture, ())
    return f"{name} may be for {', '.join(others)}, too: their layers look alike." if others else ""


def _of_file(manifest: Manifest, registry: ModelRegistry) -> Iterator[Need]:
    file = Path(manifest.folder) / manifest.single_file
    if is_gguf(file):
        try:
            need_package()
        except ModelUnsupported as error:
            yield Need(error.message, f"`{error.hint}`")
    try:
        find_base(file, registry)
    except AudobonError as error:
        yield Need(error.message, error.hint, str(error.details.get("base", "")))
        return
    try:
        find_model(manifest.name, registry)
    except AudobonError as error:
        if not is_gguf(file):
            yield Need(error.message, error.hint)
