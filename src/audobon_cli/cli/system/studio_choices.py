"""What the form of the page offers: presets, models and whether they fit here, providers, this machine's memory."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon_cli.workspace import Workspace


def choices_of(workspace: "Workspace") -> dict[str, Any]:
    """JSON-ready. Opens no connection; reads no weights."""
    presets, settings = workspace.presets, workspace.settings
    card = workspace.vram.selector.card
    return {
        "usual": {"model": settings.model, "quality": settings.quality},
        "qualities": [{"name": one.name, "about": one.description} for one in presets.qualities.values()],
        "styles": [{"name": one.name, "about": one.description} for one in presets.styles.values()],
        "sizes": [
            {"name": one.name, "size": str(one.size), "about": one.description}
            for one in presets.sizes.values()
        ],
        "sounds": [{"name": one.name, "about": one.description} for one in presets.sounds.values()],
        "models": _models(workspace),
        "providers": _providers(workspace),
        "machine": {"title": card.title, "device": card.device, "memory_bytes": card.total_bytes},
    }


def _models(workspace: "Workspace") -> list[dict[str, Any]]:
    from audobon_cli.hardware.probe import probe
    from audobon_cli.models.catalog import list_models
    from audobon_cli.presets.catalog import shipped_presets
    from audobon_cli.vram.model_fit import Forecasts, assess

    found = tuple(one for one in list_models(workspace.models) if one.kind == "model")
    fits = assess(found, probe(), Forecasts(workspace.vram.forecasts, workspace.presets, shipped_presets()))
    families = workspace.presets.families
    return [
        {
            "name": one.name,
            "about": one.description,
            "produces": families[one.family].produces if one.family in families else "",
            "state": one.state,
            "download_bytes": one.download_bytes or None,
            "fits": fits[one.name].answer.value,
            "memory": fits[one.name].memory,
            "needed_bytes": fits[one.name].needed_bytes,
        }
        for one in found
    ]


def _providers(workspace: "Workspace") -> list[dict[str, Any]]:
    """Without whether their keys are here: looking for those imports the services' own packages, for seconds."""
    from audobon_cli.domain.units import usd

    return [
        {
            "name": one.name,
            "about": one.title,
            "models": [
                {
                    "name": model.name,
                    "usd_a_picture": usd(model.price.estimate("default", model.native)),
                    "is_free": model.price.is_free,
                }
                for model in one.models.values()
            ],
        }
        for one in workspace.presets.providers.values()
    ]
