"""Pictures that cannot be learnt from."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus
from audobon_cli.domain.errors.usage import InvalidInput


class TrainingSetUnfit(AudobonError):
    code, exit_status = "training.set_unfit", ExitStatus.PARTIAL
    summary = "With --fail: something stands against learning from the pictures; the findings say what."


class TrainingSetRefused(InvalidInput):
    code = "usage.training_set"
    summary = "The pictures cannot be learnt from as they are; no step was made."
