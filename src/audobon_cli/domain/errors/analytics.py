"""Warehouses that tables are exported to."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


class WarehouseUnreachable(AudobonError):
    code, exit_status = "analytics.unreachable", ExitStatus.SOURCE_UNREACHABLE
    summary = "The warehouse could not be reached, or kept failing; the same command goes on where it ended."


class WarehouseRefused(AudobonError):
    code, exit_status = "analytics.refused", ExitStatus.REMOTE_REFUSED
    summary = "The warehouse does not allow it: a role is missing, or its API or billing is off."


class WarehouseLoginRefused(AudobonError):
    code, exit_status = "analytics.login_refused", ExitStatus.SOURCE_TOKEN_REFUSED
    summary = "The account for the warehouse is missing, or its credentials are wrong, expired or revoked."


class WarehouseMissing(AudobonError):
    code, exit_status = "analytics.missing", ExitStatus.SOURCE_NOT_FOUND
    summary = "The project, dataset or table in the warehouse is not there."


class WarehouseQuota(AudobonError):
    code, exit_status = "analytics.quota", ExitStatus.SOURCE_RATE_LIMITED
    summary = "A quota of the warehouse is used up; the same command goes on where it ended."


class WarehouseFailed(AudobonError):
    code, exit_status = "analytics.failed", ExitStatus.SOURCE_FAILED
    summary = "The warehouse refused rows or a statement; nothing of that slice was taken."
