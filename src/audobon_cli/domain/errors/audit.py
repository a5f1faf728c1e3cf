"""The audit log."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


class AuditTampered(AudobonError):
    code, exit_status = "audit.tampered", ExitStatus.AUDIT_TAMPERED
    summary = "A record of the audit log was changed, removed or put elsewhere; the details say which."


class AuditCut(AudobonError):
    code, exit_status = "audit.cut", ExitStatus.AUDIT_CUT
    summary = "The audit log ends before a record that this machine or a recovery point knows of."


class AuditKeyMissing(AudobonError):
    code, exit_status = "audit.key", ExitStatus.KEYRING_UNAVAILABLE
    summary = "Records of the audit log cannot be verified here: their key is in no keyring and no file."
