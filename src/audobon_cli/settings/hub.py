"""Where the Hugging Face hub is, where its files are kept here, and with which token it is asked.

The variables are those of huggingface_hub, read here so that nothing heavy is imported to list what is on
disk: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
"""

import os
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.foreign.text import decode_file

DEFAULT_ENDPOINT = "https://huggingface.co"


class TokenOrigin(StrEnum):
    """Where a token was found."""

    NONE = ""
    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class HubAccess:
    """``cache`` is the folder that all tools on this machine share. ``token`` is in no representation."""

    endpoint: str
    cache: Path
    token: str | None = field(default=None, repr=False)
    offline: bool = False
    token_origin: TokenOrigin = TokenOrigin.NONE


def hub_access(variables: Mapping[str, str]) -> HubAccess:
    """The access that the environment describes; the token file is read if no variable has a token."""
    user_cache = variables.get("XDG_CACHE_HOME") or "~/.cache"
    home = _folder(variables.get("HF_HOME") or f"{user_cache}/huggingface", variables)
    cache = variables.get("HF_HUB_CACHE") or variables.get("HUGGINGFACE_HUB_CACHE") or str(home / "hub")
    token_file = _folder(variables.get("HF_TOKEN_PATH") or str(home / "token"), variables)
    given = _token(variables.get("HF_TOKEN") or variables.get("HUGGING_FACE_HUB_TOKEN") or "")
    token = given or _token(_read(token_file))
    origin = TokenOrigin.ENVIRONMENT if given else TokenOrigin.FILE if token else TokenOrigin.NONE
    offline = variables.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}
    endpoint = (variables.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")
    return HubAccess(endpoint, _folder(cache, variables), token or None, offline, origin)


def _token(text: str) -> str:
    return "".join(text.split())


def _folder(text: str, variables: Mapping[str, str]) -> Path:
    home = variables.get("HOME")
    if home and text.startswith("~/"):
        text = home + text[1:]
    return Path(os.path.expandvars(text)).expanduser()


def _read(file: Path) -> str:
    try:
        return decode_file(file.read_bytes())
    except (OSError, UnicodeDecodeError):
        return ""
