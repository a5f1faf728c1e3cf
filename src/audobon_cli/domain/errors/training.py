"""Training on the user's own pictures."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


class TrainingUnsupported(AudobonError):
    code, exit_status = "training.unsupported", ExitStatus.MODEL_UNSUPPORTED
    summary = "The model's family cannot be trained by this version."


class CheckpointDamaged(AudobonError):
    code, exit_status = "training.checkpoint_damaged", ExitStatus.MODEL_DAMAGED
    summary = "A run's checkpoint is damaged, or of other pictures, settings or another model than the run."


class TrainingDiverged(AudobonError):
    code, exit_status = "training.diverged", ExitStatus.PARTIAL
    summary = (
        "The loss is no number any more, or far above that of the untrained model; the best step is kept."
    )


class TrainingRunNotFound(AudobonError):
    code, exit_status = "training.run_not_found", ExitStatus.ASSET_NOT_FOUND
    summary = "No training run has that name or number."


class TrainedFileDiffers(AudobonError):
    code, exit_status = "training.file_differs", ExitStatus.MODEL_DAMAGED
    summary = "A written LoRA draws another picture than the trained model in memory; nothing was filed."
