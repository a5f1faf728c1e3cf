"""What a user asks to be pulled."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What to pull; None leaves a choice open. ``sha256`` is for single files; ``project`` is the Google
    Cloud project that pays where the reader does; ``allow_pickle`` takes pickled weights to convert them."""

    reference: str
    name: str | None = None
    revision: str | None = None
    variant: str | None = None
    sha256: str | None = None
    project: str = ""
    allow_pickle: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What else may be done to fetch a model; see PullRequest."""

    project: str = ""
    allow_pickle: bool = False
