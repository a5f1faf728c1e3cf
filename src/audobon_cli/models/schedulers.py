"""Choosing a scheduler that fits a model, from its files alone."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from audobon_cli.domain.components import Prediction, SchedulerChoice
from audobon_cli.domain.errors import InvalidInput, OptionUnsupported
from audobon_cli.domain.model import Model
from audobon_cli.presets.catalog import Presets

CONFIG = "scheduler_config.json"
TRAINED_STEPS = 1_000
"""Time steps that a model is trained on, where its scheduler does not say: diffusers' default."""
CONSISTENCY = ("LCMScheduler", "TCDScheduler")
CONSISTENCY_STEPS = 50
"""Schedulers of distilled models, and of how many steps they choose theirs: original_inference_steps."""

NOISE_PREDICTIONS = ("epsilon", "sample", "v_prediction")


def choose_scheduler(name: str | None, model: Model, presets: Presets) -> SchedulerChoice | None:
    """The scheduler ``name``, or the one that the model's preset wants; None for that of its files.

    Raises PresetNotFound for names that are not known, OptionUnsupported, naming those that fit, for one
    that cannot drive the model.
    """
    chosen = name or model.scheduler
    if not chosen:
        return None
    preset = presets.scheduler(chosen)
    kind = _prediction(model)
    fitting = schedulers_for(model, presets)
    if preset.name not in fitting:
        raise OptionUnsupported(
            f"The scheduler {preset.name} cannot drive {model.name}, a model of the family {model.family} that "
            f"predicts {_words(kind)}.",
            hint=f"schedulers that fit it: {', '.join(fitting) or 'its own only; leave out --scheduler'}",
            option="scheduler",
            family=model.family,
            schedulers=list(fitting),
        )
    return preset.choices[kind]


def check_steps(steps: int, choice: SchedulerChoice | None, model: Model) -> None:
    """Raise InvalidInput if the scheduler, ``choice`` or the model's own, cannot take so many steps."""
    config = _config(model)
    if config is None:
        return
    class_name = choice.class_name if choice else str(config.get("_class_name", ""))
    most = int(config.get("num_train_timesteps") or TRAINED_STEPS)
    if class_name in CONSISTENCY:
        most = min(most, int(config.get("original_inference_steps") or CONSISTENCY_STEPS))
    if steps > most and _prediction(model) is not Prediction.FLOW:
        name = f"The scheduler {choice.name}" if choice else f"The scheduler of {model.name}"
        raise InvalidInput(
            f"{name} takes 1 to {most} steps, and {steps} are asked for.",
            hint=f"give --steps with a number up to {most}"
            + (", 4 to 8 are usual for it" if class_name in CONSISTENCY else ""),
            steps=steps,
            most=most,
        )


def schedulers_for(model: Model, presets: Presets) -> tuple[str, ...]:
    """The names of the schedulers that can drive ``model``: measured for its family, and of its kind."""
    measured, kind = presets.capabilities.schedulers.get(model.family, ()), _prediction(model)
    return tuple(
        name for name, preset in presets.schedulers.items() if kind in preset.choices and name in measured
    )


def _prediction(model: Model) -> Prediction:
    config = _config(model)
    return prediction_of(config) if config is not None else Prediction.OTHER


def _config(model: Model) -> dict[str, Any] | None:
    """The configuration of the model's scheduler; None for a model without one."""
    folder = model.folder / "scheduler"
    try:
        seen = (folder / CONFIG).stat()
    except OSError:
        return _read_anew(folder) if folder.is_dir() else None
    return _read_config(folder, (seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino))


@lru_cache(maxsize=16)
def _read_config(folder: Path, _seen: tuple[int, ...]) -> dict[str, Any]:
    """Read once for all rows of a batch, and again when the file is another."""
    return _read_anew(folder)


def _read_anew(folder: Path) -> dict[str, Any]:
    from audobon_cli.models.files.model_index import read_object

    return read_object(folder, CONFIG)


def prediction_of(config: dict[str, Any]) -> Prediction:
    """What the denoiser that goes with a scheduler of this configuration predicts."""
    name = str(config.get("_class_name", ""))
    prediction = config.get("prediction_type", "epsilon")
    if name.startswith("FlowMatch") or config.get("use_flow_sigmas") or prediction == "flow_prediction":
        return Prediction.FLOW
    learned = str(config.get("variance_type", "")).startswith("learned")
    if prediction in NOISE_PREDICTIONS and name not in ("SCMScheduler", "UnCLIPScheduler") and not learned:
        return Prediction.NOISE
    return Prediction.OTHER


def _words(kind: Prediction) -> str:
    return {
        Prediction.NOISE: "noise",
        Prediction.FLOW: "flow",
        Prediction.OTHER: "what only its own scheduler knows",
    }[kind]
