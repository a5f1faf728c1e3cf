"""Presets as rows, for scripts and for people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.domain.presets import NamedSize, Quality, Style
    from audobon_cli.domain.sound import SoundPreset, SoundSetting
    from audobon_cli.presets.schedulers import SchedulerPreset


def _quality(quality: "Quality") -> dict[str, Any]:
    families = {
        name: {"steps": settings.steps, "guidance": settings.guidance, "candidates": settings.candidates}
        for name, settings in quality.families.items()
    }
    return {
        "kind": "quality",
        "name": quality.name,
        "description": quality.description,
        "source": quality.source,
        "reason": quality.reason,
        "timeout_seconds": quality.timeout_seconds,
        "families": families,
    }


def _style(style: "Style") -> dict[str, Any]:
    return {
        "kind": "style",
        "name": style.name,
        "description": style.description,
        "source": style.source,
        "template": style.template,
        "negative": style.negative,
        "families": list(style.families),
        "upscale": style.upscale.value,
        "grid": style.grid,
    }


def _size(size: "NamedSize") -> dict[str, Any]:
    return {
        "kind": "size",
        "name": size.name,
        "description": size.description,
        "source": size.source,
        "size": str(size.size),
        "families": {name: str(value) for name, value in size.families.items()},
    }


def _scheduler(scheduler: "SchedulerPreset", measured: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        "kind": "scheduler",
        "name": scheduler.name,
        "description": scheduler.description,
        "source": "built-in",
        "classes": {kind.value: choice.class_name for kind, choice in scheduler.choices.items()},
        "families": [family for family, names in measured.items() if scheduler.name in names],
    }


def _sound(sound: "SoundPreset") -> dict[str, Any]:
    return {
        "kind": "sound",
        "name": sound.name,
        "description": sound.description,
        "source": sound.source,
        "words": list(sound.words),
        "layers": [
            {"voice": one.voice, "form": one.form, "settings": settings_data(one.settings)}
            for one in sound.layers
        ],
        "mix": settings_data(sound.mix),
    }


def settings_data(settings: "Iterable[SoundSetting]") -> dict[str, Any]:
    """Numbers, or the two ends between which each sound draws its own."""
    return {one.name: one.low if one.low == one.high else [one.low, one.high] for one in settings}


def all_presets(session: Session) -> list[dict[str, Any]]:
    """All that there are, as `presets list` gives them to scripts."""
    presets = session.workspace.presets
    return [
        *map(_quality, presets.qualities.values()),
        *map(_style, presets.styles.values()),
        *map(_size, presets.sizes.values()),
        *(_scheduler(s, presets.capabilities.schedulers) for s in presets.schedulers.values()),
        *map(_sound, presets.sounds.values()),
    ]
