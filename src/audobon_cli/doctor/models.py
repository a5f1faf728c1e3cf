"""Which models this machine can run, and which of them are here."""

from collections.abc import Iterable

from audobon_cli.hardware.probe import probe
from audobon_cli.models.catalog import ModelSummary, list_models
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.vram.model_fit import Forecasts, ModelFit, assess


def runnable_models(registry: ModelRegistry, forecasts: Forecasts) -> str:
    """In words: what runs here, what runs slowly, what does not. A forecast takes up to 0.25 s on a small card."""
    models = list_models(registry)
    fits = assess(models, probe(), forecasts)
    slowly = [model for model in models if fits[model.name].answer is ModelFit.OFFLOAD]
    # What has no forecast (the synthesiser, files of one's own) runs if it is here.
    runs = [
        model
        for model in models
        if fits[model.name].answer is ModelFit.YES
        or (fits[model.name].answer is ModelFit.UNKNOWN and is_here(model))
    ]
    large = sum(fits[model.name].answer is ModelFit.NO for model in models)
    parts = [f"you can run {_names(runs)}"]
    if slowly:
        parts.append(f"slowly, with weights moved in and out: {_names(slowly)}")
    if large:
        parts.append(f"{large} more are too large for this machine")
    return "; ".join(parts)


def is_here(model: ModelSummary) -> bool:
    """Whether it can be used without pulling it."""
    return model.state == "ready"


def _names(models: Iterable[ModelSummary]) -> str:
    """Those that are here first; those to pull are told apart."""
    here = [model.name for model in models if is_here(model)]
    away = [model.name for model in models if not is_here(model)]
    return ", ".join(here) + (f"; after `audobon models pull`: {', '.join(away)}" if away else "")
