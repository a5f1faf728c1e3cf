"""Schedulers in place of a pipeline's own."""

import copy
from typing import Any

from audobon_cli.domain.components import SchedulerChoice
from audobon_cli.domain.errors import ModelUnsupported


def scheduler_for(own: Any, choice: SchedulerChoice | None) -> Any:
    """A fresh scheduler: a copy of ``own``, or the one of ``choice`` with the configuration of ``own`` but
    for what the choice sets. Raises ModelUnsupported if the installed diffusers has no such class."""
    if choice is None:
        return copy.deepcopy(own)
    import diffusers

    scheduler_class = getattr(diffusers, choice.class_name, None)
    if scheduler_class is None:
        raise ModelUnsupported(
            f"diffusers {diffusers.__version__} has no scheduler {choice.class_name}.",
            hint="update it (`pip install --upgrade diffusers`) or choose another --scheduler",
        )
    changes = dict(choice.config)
    if changes.get("use_flow_sigmas") and "shift" in own.config:
        # The same quantity under another name.
        changes["flow_shift"] = own.config["shift"]
    return scheduler_class.from_config(own.config, **changes)
