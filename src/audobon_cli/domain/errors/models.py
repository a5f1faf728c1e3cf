"""Models, what goes with them, and where they come from."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


class ModelNotFound(AudobonError):
    code, exit_status = "model.not_found", ExitStatus.MODEL_NOT_FOUND
    summary = "No model of that name is known, and no model folder is there."


class MattingUnavailable(ModelNotFound):
    code = "model.matting"
    summary = "No matting model is installed, or the one given cannot be run."


class PresetNotFound(AudobonError):
    code, exit_status = "preset.not_found", ExitStatus.PRESET_NOT_FOUND
    summary = "No quality, style or named size is called that."


class ModelUnsupported(AudobonError):
    code, exit_status = "model.unsupported", ExitStatus.MODEL_UNSUPPORTED
    summary = "The model folder is complete but this version cannot run its pipeline."


class AdapterUnfit(ModelUnsupported):
    code = "adapter.unfit"
    summary = (
        "A LoRA, embedding, ControlNet, IP-Adapter or refiner does not fit the model, or is another thing."
    )


class ModelDamaged(AudobonError):
    code, exit_status = "model.damaged", ExitStatus.MODEL_DAMAGED
    summary = "A weight or configuration file of the model is missing, truncated or unreadable."


class DownloadCorrupt(AudobonError):
    code, exit_status = "download.corrupt", ExitStatus.DOWNLOAD_CORRUPT
    summary = "A downloaded file does not hash to what its source publishes; it is kept aside and never used."


class ModelAltered(AudobonError):
    code, exit_status = "model.altered", ExitStatus.MODEL_ALTERED
    summary = "A model's file is not, byte for byte, the one that was pulled or added."


class SourceUnreachable(AudobonError):
    code, exit_status = "source.unreachable", ExitStatus.SOURCE_UNREACHABLE
    summary = "The source of a model could not be reached, or broke off too often; what came is kept."


class SourceRateLimited(AudobonError):
    code, exit_status = "source.rate_limited", ExitStatus.SOURCE_RATE_LIMITED
    summary = "The source of a model allows no more requests for now."


class SourceGated(AudobonError):
    code, exit_status = "source.gated", ExitStatus.SOURCE_GATED
    summary = "The model's licence must be accepted at its source first, or the token has no access to it."


class SourceNotFound(AudobonError):
    code, exit_status = "source.not_found", ExitStatus.SOURCE_NOT_FOUND
    summary = "The source has no such repository or file, or hides it from those without access."


class SourceRevisionNotFound(AudobonError):
    code, exit_status = "source.revision_not_found", ExitStatus.SOURCE_REVISION_NOT_FOUND
    summary = "The repository is there, but has no such branch, tag or commit."


class SourceTokenRefused(AudobonError):
    code, exit_status = "source.token_refused", ExitStatus.SOURCE_TOKEN_REFUSED
    summary = "The source refused the access token: it is wrong, expired or revoked."


class SourceFailed(AudobonError):
    code, exit_status = "source.failed", ExitStatus.SOURCE_FAILED
    summary = "The source of a model gave an answer that makes no sense here."


class KeyringUnavailable(AudobonError):
    code, exit_status = "keyring.unavailable", ExitStatus.KEYRING_UNAVAILABLE
    summary = "No keyring of the operating system is there, or it is locked: no token was kept or removed."


class SourceOffline(AudobonError):
    code, exit_status = "source.offline", ExitStatus.SOURCE_OFFLINE
    summary = "The network is needed, and --offline or the setting forbids it."


class ModelExists(AudobonError):
    code, exit_status = "model.exists", ExitStatus.MODEL_EXISTS
    summary = "Another model has that name already."


class ModelBusy(AudobonError):
    code, exit_status = "model.busy", ExitStatus.MODEL_BUSY
    summary = "Another process is fetching or removing models."


class TrialFailed(AudobonError):
    code, exit_status = "model.trial", ExitStatus.PARTIAL
    summary = "With --try: the model is registered, but its test picture is blank, or not finite."
