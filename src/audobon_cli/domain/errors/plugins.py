"""What other packages add."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


class PluginUnusable(AudobonError):
    code, exit_status = "plugin.unusable", ExitStatus.MODEL_UNSUPPORTED
    summary = "A plugin cannot be imported, is made for another API version, or is not what its kind must be."


class PluginNotFound(AudobonError):
    code, exit_status = "plugin.not_found", ExitStatus.PRESET_NOT_FOUND
    summary = "No installed package brings a plugin of that name."


class PluginFailed(AudobonError):
    code, exit_status = "plugin.failed", ExitStatus.PARTIAL
    summary = "A plugin does not keep what its kind promises; the details say which clauses, and why."
