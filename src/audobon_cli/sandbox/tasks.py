"""What the child can be asked to do, by name: nothing else is done there."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from audobon_cli.sandbox.frames import Buffer


class Answer(NamedTuple):
    """``facts`` are JSON-ready, ``contents`` bytes of whatever kind."""

    facts: Any
    contents: Sequence[Buffer] = ()


Task = Callable[[dict[str, Any], bytes], Answer]
"""Works on a file and what was said beside it. Raises AudobonError."""

TASKS = {
    "inspect": "audobon_cli.media.untrusted.tasks:inspect",
    "decode": "audobon_cli.media.untrusted.tasks:decode",
    "measure": "audobon_cli.media.untrusted.tasks:measure",
    "picture": "audobon_cli.media.untrusted.tasks:picture",
    "preview": "audobon_cli.media.untrusted.tasks:preview",
    "fingerprint": "audobon_cli.media.untrusted.tasks:fingerprint",
    "look": "audobon_cli.generation.input_images:looked_at",
    "samples": "audobon_cli.media.untrusted.tasks:samples",
    "convert": "audobon_cli.media.untrusted.tasks:convert",
    "hear": "audobon_cli.library.similar_sounds:hear_task",
    "describe": "audobon_cli.library.describe_sounds:describe_task",
    "provenance": "audobon_cli.credentials.report:provenance_task",
    "unpickle": "audobon_cli.models.install.unpickle:unpickled",
    "recipe": "audobon_cli.media.untrusted.tasks:recipe",
}
"""Each as ``"module:function"``, of whatever floor: the child imports what a task needs when it is asked for."""


def task_named(name: str) -> Task:
    """The task ``name``. Raises KeyError for one that is not in TASKS."""
    module, _, function = TASKS[name].partition(":")
    task: Task = getattr(importlib.import_module(module), function)
    return task
