"""``audobon models show``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.models.views import show_view
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes

if TYPE_CHECKING:
    from audobon_cli.presets.models import ModelPreset
    from audobon_cli.vram.model_fit import Fit

NOTHING_YET = {
    **dict.fromkeys(("pipeline", "native_size", "alpha")),
    **dict.fromkeys(("folder", "commit", "pulled", "digest", "made_for"), ""),
    **dict.fromkeys(("parameters", "size_bytes"), 0),
    **dict.fromkeys(("components", "files", "damaged", "changes", "words", "fits", "schedulers"), ()),
}
"""What is known of a model by its files alone."""


@command("show", examples=["audobon models show sprite", "audobon models show ~/models/my-sdxl"])
def show(
    session: Session,
    model: Annotated[str, typer.Argument(help="A model's name, or a diffusers folder.")],
) -> None:
    """Show a model's licence, size, source and parts.

    Of a model that is not pulled yet: what pulling it fetches, and whether it fits this machine.
    """
    from audobon_cli.models.catalog import show_model

    preset = session.workspace.presets.models.get(model)
    pulled = session.workspace.models.manifests.get(model) is not None
    if preset is not None and preset.pull and preset.folder is None and not pulled:
        _show_before_the_pull(session, preset)
        return
    show_view(session.out, show_model(model, session.workspace.models))


def _show_before_the_pull(session: Session, preset: "ModelPreset") -> None:
    """The facts of a model that is listed but not here."""
    from audobon_cli.cli.plan_views import download_data
    from audobon_cli.domain.capabilities import Option
    from audobon_cli.hardware.probe import probe
    from audobon_cli.models.catalog import list_models
    from audobon_cli.presets.catalog import shipped_presets
    from audobon_cli.vram.model_fit import Forecasts, assess
    from audobon_cli.vram.unpulled import download_of

    workspace = session.workspace
    (summary,) = (one for one in list_models(workspace.models) if one.name == preset.name)
    forecasts = Forecasts(workspace.vram.forecasts, workspace.presets, shipped_presets())
    fit = assess((summary,), probe(), forecasts)[preset.name]
    download = download_of(preset.name, workspace.models)
    honours = workspace.presets.capabilities.honours
    data: dict[str, Any] = {
        **{key: list(value) if value == () else value for key, value in NOTHING_YET.items()},
        "name": preset.name,
        "family": preset.family,
        "licence": preset.licence,
        "source": preset.pull,
        "variant": preset.variant or "",
        "kind": "model",
        "options": [option.value for option in Option if honours(preset.family, option)],
        "state": "not pulled",
        "download": download_data(download),
    }

    def view() -> None:
        line = session.out.line
        line(f"{preset.name}: not pulled. {preset.description}")
        line(f"licence:  {preset.licence}")
        line(f"source:   {preset.pull}")
        if download is not None:
            size = f"{'about' if download.about else 'at least'} {format_bytes(download.bytes)}"
            line(f"download: {size}; {format_bytes(download.free_bytes)} free on the disk")
        line(f"here:     {_fit_words(fit)}")
        line(f"pull:     audobon models pull {preset.name}")
        line(f"plan:     audobon vram plan {preset.name}")

    session.out.result(data, view)


def _fit_words(fit: "Fit") -> str:
    where = "the graphics card" if fit.memory == "gpu" else "the memory"
    if fit.answer == "yes":
        return f"fits {where}"
    if fit.answer == "offload":
        return f"fits {where} with {fit.strategy}"
    if fit.answer == "unknown":
        return "whether it fits is not known"
    needed = f": it needs {format_bytes(fit.needed_bytes)}" if fit.needed_bytes else ""
    return f"does not fit {where}{needed}"
