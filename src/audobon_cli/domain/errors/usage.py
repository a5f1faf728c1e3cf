"""Requests that can never work."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


class InvalidInput(AudobonError):
    code, exit_status = "usage.invalid", ExitStatus.USAGE
    summary = "An option or argument has a value that can never work."


class PromptEmpty(InvalidInput):
    code = "usage.empty_prompt"
    summary = "The prompt has no words in it."


class PromptUnsafe(AudobonError):
    code, exit_status = "prompt.unsafe", ExitStatus.SOURCE_GATED
    summary = "Safe mode is set, and a word of the prompt is on its list; nothing was drawn."


class SizeNotAllowed(InvalidInput):
    code = "usage.size"
    summary = "The size is malformed, or one that the chosen model cannot make."


class OptionUnsupported(InvalidInput):
    code = "usage.option_unsupported"
    summary = "The chosen model's family does not honour an option that was given."


class ComponentUnfit(InvalidInput):
    code = "usage.component"
    summary = "A network given with --vae or --component cannot take the place of the model's own."


class QueryInvalid(InvalidInput):
    code = "usage.query"
    summary = "A query for assets has an unknown field, an impossible value, or an open bracket or quote."


class SettingInvalid(InvalidInput):
    code = "usage.setting"
    summary = "A settings file or AUDOBON_ variable holds something that is not a valid setting."


class ProxyInvalid(SettingInvalid):
    code = "usage.proxy"
    summary = "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY holds something that names no proxy; nothing was sent."


class SandboxUnavailable(SettingInvalid):
    code = "usage.sandbox"
    summary = "The child process in which foreign files are decoded cannot be had as the setting import.sandbox asks."


class PresetInvalid(SettingInvalid):
    code = "usage.preset"
    summary = (
        "A preset of your own has faults; the message names the first, the details all, each with its line."
    )


class BatchInvalid(InvalidInput):
    code = "usage.batch"
    summary = "Lines of a batch file cannot be used; the message names all of them, and nothing was made."


class PictureUnusable(InvalidInput):
    code = "usage.picture"
    summary = "A picture is damaged, too large, or not one that the operation can do anything with."


class SoundUnusable(InvalidInput):
    code = "usage.sound"
    summary = "A sound is damaged, too long, or not one that the operation can do anything with."
