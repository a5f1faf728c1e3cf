"""What a recipe names as its scheduler is what ran: for every pair of scheduler and family that is offered."""

import functools
import inspect
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from audobon_cli.domain.components import Prediction
from audobon_cli.domain.events import ignore
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.diffusers.loading.schedulers import scheduler_for
from audobon_cli.models.schedulers import prediction_of
from audobon_cli.presets.catalog import Presets, shipped_presets
from tests.capabilities.probing import make_bench

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""Numpy's, of a call in diffusers' KDPM2 schedulers; the engine is as deaf."""

PRESETS = Presets((("built-in", shipped_presets()),))
DPM = "DPMSolverMultistepScheduler"
FLOW = {"prediction_type": "flow_prediction", "use_flow_sigmas": True}
NOISE: dict[str, tuple[str, dict[str, Any]]] = {
    "euler": ("EulerDiscreteScheduler", {}),
    "euler-karras": ("EulerDiscreteScheduler", {"use_karras_sigmas": True}),
    "euler-trailing": ("EulerDiscreteScheduler", {"timestep_spacing": "trailing"}),
    "euler-a": ("EulerAncestralDiscreteScheduler", {}),
    "dpm++": (DPM, {"algorithm_type": "dpmsolver++", "solver_order": 2}),
    "dpm++-karras": (DPM, {"algorithm_type": "dpmsolver++", "solver_order": 2, "use_karras_sigmas": True}),
    "dpm++-sde": (DPM, {"algorithm_type": "sde-dpmsolver++", "solver_order": 2}),
    "dpm++-sde-karras": (
        DPM,
        {"algorithm_type": "sde-dpmsolver++", "solver_order": 2, "use_karras_sigmas": True},
    ),
    "dpm++-singlestep": (
        "DPMSolverSinglestepScheduler",
        {"algorithm_type": "dpmsolver++", "solver_order": 2},
    ),
    "unipc": ("UniPCMultistepScheduler", {"solver_order": 2, "solver_type": "bh2"}),
    "deis": ("DEISMultistepScheduler", {"algorithm_type": "deis", "solver_order": 2}),
    "ddim": ("DDIMScheduler", {}),
    "ddpm": ("DDPMScheduler", {}),
    "pndm": ("PNDMScheduler", {"skip_prk_steps": True}),
    "heun": ("HeunDiscreteScheduler", {}),
    "dpm2": ("KDPM2DiscreteScheduler", {}),
    "dpm2-a": ("KDPM2AncestralDiscreteScheduler", {}),
    "lcm": ("LCMScheduler", {}),
    "tcd": ("TCDScheduler", {}),
}
FLOWS: dict[str, tuple[str, dict[str, Any]]] = {
    "euler": ("FlowMatchEulerDiscreteScheduler", {}),
    "dpm++": (DPM, {"algorithm_type": "dpmsolver++", "solver_order": 2, **FLOW}),
    "unipc": ("UniPCMultistepScheduler", {"solver_order": 2, "solver_type": "bh2", **FLOW}),
    "heun": ("FlowMatchHeunDiscreteScheduler", {}),
    "lcm": ("FlowMatchLCMScheduler", {}),
}
"""What docs/capabilities.md says of each name: the class, and all of its settings that the name decides."""

TRAINED = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "prediction_type",
    "rescale_betas_zero_snr",
    "timestep_spacing",
    "timestep_type",
    "steps_offset",
    "clip_sample",
    "clip_sample_range",
    "set_alpha_to_one",
    "skip_prk_steps",
    "thresholding",
    "dynamic_thresholding_ratio",
    "sample_max_value",
    "interpolation_type",
    "sigma_min",
    "sigma_max",
    "lower_order_final",
    "euler_at_final",
    "final_sigmas_type",
    "lambda_min_clipped",
    "shift",
    "flow_shift",
    "shift_terminal",
    "use_dynamic_shifting",
    "time_shift_type",
    "base_shift",
    "max_shift",
    "base_image_seq_len",
    "max_image_seq_len",
    "invert_sigmas",
    "original_inference_steps",
    "timestep_scaling",
    "scale_factors",
    "upscale_mode",
)
"""What the model decides."""


def alone(name: str, config: dict[str, Any]) -> Any:
    """The scheduler of that name for a model with this configuration, built from the two lists above."""
    import diffusers

    kind = prediction_of(config)
    class_name, named = (FLOWS if kind is Prediction.FLOW else NOISE)[name]
    scheduler_class = getattr(diffusers, class_name)
    known = inspect.signature(scheduler_class.__init__).parameters
    given = {"clip_sample": False, **{key: config[key] for key in TRAINED if key in config}}
    shift = config.get("shift", config.get("flow_shift") if config.get("use_flow_sigmas") else None)
    if shift is not None:
        given |= {"shift": shift, "flow_shift": shift}
    made = scheduler_class(**{key: value for key, value in {**given, **named}.items() if key in known})
    # Karras' levels span the range that the model was trained in: diffusers looks for it in the configuration, where
    # it stands though no parameter takes it.
    made.register_to_config(
        **{key: given[key] for key in ("sigma_min", "sigma_max") if key in given and key not in known}
    )
    return made


def steps_of(scheduler: Any) -> list[torch.Tensor]:
    """What the scheduler makes of the same noise, step by step."""
    noise = torch.Generator().manual_seed(3)
    sample = torch.randn(1, 4, 8, 8, generator=noise)
    own = torch.Generator().manual_seed(4)
    found = []
    for timestep in scheduler.timesteps:
        output = torch.randn(sample.shape, generator=noise)
        if hasattr(scheduler, "scale_model_input"):
            scheduler.scale_model_input(sample, timestep)
        takes = inspect.signature(scheduler.step).parameters
        more = {"generator": own} if "generator" in takes else {}
        sample = scheduler.step(output, timestep, sample, return_dict=False, **more)[0]
        found.append(sample)
    return found


def levels(scheduler: Any) -> list[torch.Tensor]:
    return [
        torch.as_tensor(getattr(scheduler, name))
        for name in ("timesteps", "sigmas")
        if hasattr(scheduler, name)
    ]


def assert_same(one: Any, other: Any, arguments: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    assert isinstance(one, type(other))
    assert type(one).__name__ == type(other).__name__
    for scheduler in (one, other):
        scheduler.set_timesteps(*arguments[0], **arguments[1])
    assert all(torch.equal(a, b) for a, b in zip(levels(one), levels(other), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(steps_of(one), steps_of(other), strict=True))


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(device="cpu")


OFFERED = {family: names for family, names in PRESETS.capabilities.schedulers.items() if names}
SPREAD = 4
"""Every fourth name, of each family another: all names are tried, and all families; each with each is a long trial."""


@pytest.mark.parametrize(
    ("family", "names"),
    [
        *(
            (family, names[place % SPREAD :: SPREAD] or names)
            for place, (family, names) in enumerate(OFFERED.items())
        ),
        *(pytest.param(*offered, marks=pytest.mark.slow) for offered in OFFERED.items()),
    ],
)
def test_the_scheduler_that_ran_is_the_one_of_that_name(
    family: str,
    names: tuple[str, ...],
    engine: LocalEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = make_bench(family, tmp_path, engine)
    config = json.loads((bench.folder / "scheduler" / "scheduler_config.json").read_bytes())
    for name in names:
        expected = alone(name, config)
        calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        real = type(expected).set_timesteps

        @functools.wraps(real)
        def spy(self: Any, *args: Any, real: Any = real, calls: Any = calls, **more: Any) -> None:
            calls.append((args, more))
            real(self, *args, **more)

        with monkeypatch.context() as patch:
            patch.setattr(type(expected), "set_timesteps", spy)
            request = bench.request(steps=4, scheduler=name)
            bench.render(request)
        # The engine gives each picture a fresh scheduler, and leaves it in the pipeline that it keeps.
        ran = engine._load(request, ignore).pipeline.scheduler
        assert calls, (family, name)
        arguments = calls[-1]
        expected.set_timesteps(*arguments[0], **arguments[1])
        assert isinstance(ran, type(expected)), (family, name)
        assert all(torch.equal(a, b) for a, b in zip(levels(ran), levels(expected), strict=True)), (
            family,
            name,
        )
        assert request.scheduler is not None
        assert request.scheduler.name == name


SD = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
OWN: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("EulerDiscreteScheduler", SD),
    "Karras": ("EulerDiscreteScheduler", {**SD, "use_karras_sigmas": True}),
    "exponential": ("DPMSolverMultistepScheduler", {**SD, "use_exponential_sigmas": True}),
    "beta": ("DPMSolverMultistepScheduler", {**SD, "use_beta_sigmas": True}),
    "lambdas": ("DPMSolverMultistepScheduler", {**SD, "use_lu_lambdas": True}),
    "third order": (
        "DPMSolverMultistepScheduler",
        {**SD, "solver_order": 3, "algorithm_type": "sde-dpmsolver++", "solver_type": "heun"},
    ),
    "v, zero terminal SNR": (
        "EulerDiscreteScheduler",
        {
            **SD,
            "prediction_type": "v_prediction",
            "rescale_betas_zero_snr": True,
            "timestep_spacing": "trailing",
        },
    ),
    "DDIM as Stable Diffusion 1 has it": (
        "DDIMScheduler",
        {**SD, "clip_sample": False, "set_alpha_to_one": False},
    ),
    "UniPC": (
        "UniPCMultistepScheduler",
        {**SD, "predict_x0": False, "solver_type": "bh1", "disable_corrector": [0]},
    ),
    "flow, shifted": ("FlowMatchEulerDiscreteScheduler", {"shift": 3.0}),
    "flow, Karras": ("FlowMatchEulerDiscreteScheduler", {"shift": 3.0, "use_karras_sigmas": True}),
    "flow, stochastic": ("FlowMatchEulerDiscreteScheduler", {"shift": 1.5, "stochastic_sampling": True}),
    "flow, DPM-Solver": ("DPMSolverMultistepScheduler", {**FLOW, "flow_shift": 3.0}),
    "flow, UniPC": ("UniPCMultistepScheduler", {**FLOW, "flow_shift": 2.0, "solver_order": 3}),
}
"""Schedulers that models are published with, whose own levels and solvers are not those of the name asked for."""


@pytest.mark.parametrize("own", OWN)
def test_nothing_of_the_models_own_solver_stays(own: str, tmp_path: Path) -> None:
    import diffusers

    class_name, config = OWN[own]
    scheduler_class = getattr(diffusers, class_name)
    scheduler_class(**config).save_pretrained(tmp_path)
    published = scheduler_class.from_pretrained(tmp_path)
    kind = prediction_of({"_class_name": class_name, **config})
    for name, preset in PRESETS.schedulers.items():
        if kind not in preset.choices:
            continue
        made = scheduler_for(published, preset.choices[kind])
        expected = alone(name, {"_class_name": class_name, **dict(published.config)})
        if config.get("rescale_betas_zero_snr") and "rescale_betas_zero_snr" not in expected.config:
            made.set_timesteps(6)
            assert made.alphas_cumprod[-1] == pytest.approx(2**-24, rel=1e-3), name
            assert all(torch.isfinite(sample).all() for sample in steps_of(made)), name
        else:
            assert_same(made, expected, ((6,), {}))


def test_karras_levels_are_those_of_the_name_alone() -> None:
    import diffusers

    published = diffusers.EulerDiscreteScheduler(**SD, use_karras_sigmas=True)
    schedulers = PRESETS.schedulers
    plain, karras = (
        scheduler_for(published, schedulers[name].choices[Prediction.NOISE])
        for name in ("dpm++", "dpm++-karras")
    )
    for scheduler in (plain, karras):
        scheduler.set_timesteps(6)
    assert not torch.equal(plain.sigmas, karras.sigmas)


ZERO = {**SD, "prediction_type": "v_prediction", "rescale_betas_zero_snr": True}
DENSE = {
    "beta": ({**SD, "use_beta_sigmas": True}, 40),
    "Karras, zero terminal SNR": ({**ZERO, "use_karras_sigmas": True}, 28),
    "exponential, zero terminal SNR": ({**ZERO, "use_exponential_sigmas": True}, 28),
}
"""Levels, and a number of steps, of which the first round to one whole time."""
SOLVERS = ("DPMSolverMultistep", "DPMSolverSinglestep", "DEISMultistep", "UniPCMultistep", "SASolver")


@pytest.mark.parametrize("levels_of", DENSE)
@pytest.mark.parametrize("solver", SOLVERS)
def test_steps_at_one_time_are_taken_one_after_the_other(solver: str, levels_of: str) -> None:
    import diffusers

    scheduler_class = getattr(diffusers, f"{solver}Scheduler")
    known = inspect.signature(scheduler_class.__init__).parameters
    config, count = DENSE[levels_of]
    made = scheduler_for(scheduler_class(**{k: v for k, v in config.items() if k in known}), None)
    made.set_timesteps(count)
    samples = steps_of(made)
    assert len(samples) == count
    assert made.step_index == count
    assert torch.isfinite(samples[-1]).all()


def test_a_scheduler_asked_for_by_name_takes_all_steps_of_a_schedule_that_ends_in_noise() -> None:
    import diffusers

    published = diffusers.EulerDiscreteScheduler(**ZERO, timestep_spacing="trailing")
    made = scheduler_for(published, PRESETS.schedulers["dpm++-karras"].choices[Prediction.NOISE])
    made.set_timesteps(30)
    assert made.timesteps[0] == made.timesteps[1]
    assert torch.isfinite(steps_of(made)[-1]).all()
    assert made.step_index == 30


@pytest.mark.parametrize("steps", [6, 40])
def test_a_picture_from_a_picture_begins_where_it_should(steps: int) -> None:
    """A pipeline that begins later says so after it has asked for the steps."""
    import diffusers

    made = scheduler_for(diffusers.DPMSolverMultistepScheduler(**SD, use_beta_sigmas=True), None)
    made.set_timesteps(steps)
    made.set_begin_index(3)
    sample = torch.zeros(1, 4, 8, 8)
    noised = made.add_noise(sample, torch.ones_like(sample), made.timesteps[3:4])
    sigma = made.sigmas[3]
    assert noised.mean() == pytest.approx(float(sigma / (1 + sigma**2) ** 0.5), rel=1e-4)
