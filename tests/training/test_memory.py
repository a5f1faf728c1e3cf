"""Too little memory: refused before anything is loaded, with settings that fit."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from audobon_cli.domain.errors import PlanImpossible
from audobon_cli.domain.model import Model
from audobon_cli.platforms import current
from audobon_cli.training.memory import check_memory, forecast_memory
from tests.training.test_families import SETTINGS, models

__all__ = ["models"]


def test_too_little_memory_is_refused_with_settings_that_fit(
    models: Callable[[str], Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, wanted = models("sd15"), replace(SETTINGS, batch=4, gradient_checkpointing=False)
    whole = forecast_memory(model, wanted, "cpu")
    assert whole is not None
    mild = forecast_memory(model, replace(wanted, gradient_checkpointing=True, batch=2), "cpu")
    assert mild is not None

    def free(count: int) -> None:
        monkeypatch.setattr(type(current()), "available_bytes", lambda _: count)

    free(whole.memory.peak)
    check_memory(model, wanted, "cpu")
    free(mild.memory.peak)
    with pytest.raises(
        PlanImpossible, match=r"Training .* takes 3\.8 MiB on cpu, and 2\.2 MiB is free"
    ) as refused:
        check_memory(model, wanted, "cpu")
    assert refused.value.hint.endswith("do with --set gradient-checkpointing=true --set batch=2")


@pytest.mark.slow
def test_where_no_settings_fit_that_is_said(
    models: Callable[[str], Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(current()), "available_bytes", lambda _: 1000)
    with pytest.raises(PlanImpossible) as hopeless:
        check_memory(models("sd15"), replace(SETTINGS, batch=4, gradient_checkpointing=False), "cpu")
    assert "no settings of this model take so little" in hopeless.value.hint
