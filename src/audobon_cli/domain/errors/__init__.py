"""Every failure a user can meet, each with a code, an exit status and a next step.

An error states the fact in its message and the next command to run in its hint; ``details`` carry
the machine-readable rest. Codes are append-only: docs/errors.md lists them, a test holds the list
to what the code really raises. One module a subject; all are imported from here.
"""

from audobon_cli.domain.errors.analytics import *  # noqa: F403
from audobon_cli.domain.errors.assets import *  # noqa: F403
from audobon_cli.domain.errors.audit import *  # noqa: F403
from audobon_cli.domain.errors.backup import *  # noqa: F403
from audobon_cli.domain.errors.base import *  # noqa: F403
from audobon_cli.domain.errors.base import AudobonError as AudobonError
from audobon_cli.domain.errors.cloud import *  # noqa: F403
from audobon_cli.domain.errors.encryption import *  # noqa: F403
from audobon_cli.domain.errors.jobs import *  # noqa: F403
from audobon_cli.domain.errors.machine import *  # noqa: F403
from audobon_cli.domain.errors.models import *  # noqa: F403
from audobon_cli.domain.errors.plugins import *  # noqa: F403
from audobon_cli.domain.errors.providers import *  # noqa: F403
from audobon_cli.domain.errors.remotes import *  # noqa: F403
from audobon_cli.domain.errors.studio import *  # noqa: F403
from audobon_cli.domain.errors.training import *  # noqa: F403
from audobon_cli.domain.errors.training_sets import *  # noqa: F403
from audobon_cli.domain.errors.usage import *  # noqa: F403
from audobon_cli.domain.errors.versions import *  # noqa: F403


def error_classes() -> list[type[AudobonError]]:
    """All error classes with a code of their own, by status and code."""
    found: list[type[AudobonError]] = []
    todo = list(AudobonError.__subclasses__())
    while todo:
        cls = todo.pop()
        todo.extend(cls.__subclasses__())
        if "code" in vars(cls):
            found.append(cls)
    return sorted(found, key=lambda cls: (cls.exit_status, cls.code))
