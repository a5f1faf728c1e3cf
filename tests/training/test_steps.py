"""What a step sees and is asked for, without a network."""

import torch

from audobon_cli.training.networks.objectives import DiffusionObjective, FlowObjective, loss_of
from audobon_cli.training.networks.sampler import PictureSampler
from audobon_cli.training.settings import TrainingSettings


def test_every_picture_comes_once_before_any_comes_again() -> None:
    sampler = PictureSampler(["a"] * 7, batch=3, seed=5, steps=14)
    seen = [index for step in range(14) for index in sampler.batch(step)]
    rounds = [seen[start : start + 7] for start in range(0, 42, 7)]
    assert all(sorted(one) == list(range(7)) for one in rounds)
    assert len({tuple(one) for one in rounds}) > 1
    assert PictureSampler(["a"] * 7, 3, 5, 14).batch(9) == sampler.batch(9)


def test_a_batch_is_of_one_size() -> None:
    shapes = ["wide", "tall", "wide", "tall", "wide"]
    sampler = PictureSampler(shapes, batch=2, seed=1, steps=40)
    batches = [sampler.batch(step) for step in range(40)]
    assert all(len({shapes[index] for index in batch}) == 1 for batch in batches)
    assert {index for batch in batches for index in batch} == set(range(5))


def test_velocity_weighs_times_as_min_snr_says() -> None:
    kept = torch.tensor([0.9999, 0.5, 0.0])
    objective = DiffusionObjective(kept, "v_prediction")
    latents, noise = torch.ones(3, 1, 2, 2), torch.full((3, 1, 2, 2), 2.0)
    noised = objective.noised(latents, noise, torch.tensor([0.0, 0.5, 1.0]), min_snr=5)
    assert noised.times.tolist() == [0, 1, 2]
    # snr = kept / (1 - kept); min(snr, 5) / (snr + 1) of Hang et al. 2023, for velocity
    assert torch.allclose(noised.weight[:2], torch.tensor([5 / 10000, 0.5]), rtol=1e-2)
    assert torch.allclose(noised.target[1], torch.full((1, 2, 2), 2 * 0.5**0.5 - 0.5**0.5))
    assert torch.allclose(noised.inputs[2], noise[2])  # the last time is noise alone
    assert float(loss_of(noised.target, noised, None).whole) == 0


def test_places_that_weigh_nothing_are_not_learnt() -> None:
    objective = FlowObjective()
    latents, noise = torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2)
    noised = objective.noised(latents, noise, torch.tensor([0.5]), 0)
    assert torch.allclose(noised.times, torch.tensor([500.0]))
    predicted = noised.target.clone()
    predicted[..., 1] += 7
    weight = torch.tensor([[[[1.0, 0.0], [1.0, 0.0]]]])
    assert float(loss_of(predicted, noised, weight).whole) == 0
    assert float(loss_of(predicted, noised, None).whole) == 24.5


def test_the_rate_rises_falls_and_repeats_bound_the_steps() -> None:
    settings = TrainingSettings(steps=1000, repeats=10, batch=8, warm_up=10, rate=1.0)
    assert settings.steps_for(16) == 20
    assert settings.steps_for(10_000) == 1000
    assert settings.rate_at(0, 100) < 0.11
    assert settings.rate_at(10, 1000) > 0.99
    assert 0.09 < settings.rate_at(999, 1000) < 0.11
