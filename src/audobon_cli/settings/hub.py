"""Where the Hugging Face hub is, where its files are kept here, and with which token it is asked.

The variables are those of huggingface_hub, read here so that nothing heavy is imported to list what is on
disk: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_ENDPOINT = "https://huggingface.co"


@dataclass(frozen=True, slots=True)
class HubAccess:
    """``cache`` is the folder that all tools on this machine share. ``token`` is in no representation."""

    endpoint: str
    cache: Path
    token: str | None = field(default=None, repr=False)
    offline: bool = False


def hub_access(variables: Mapping[str, str]) -> HubAccess:
    """The access that the environment describes; the token file is read if no variable has a token."""
    user_cache = variables.get("XDG_CACHE_HOME") or "~/.cache"
    home = _folder(variables.get("HF_HOME") or f"{user_cache}/huggingface", variables)
    cache = variables.get("HF_HUB_CACHE") or variables.get("HUGGINGFACE_HUB_CACHE") or str(home / "hub")
    token_file = _folder(variables.get("HF_TOKEN_PATH") or str(home / "token"), variables)
    token = variables.get("HF_TOKEN") or variables.get("HUGGING_FACE_HUB_TOKEN") or _read(token_file)
    offline = variables.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}
    endpoint = (variables.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")
    return HubAccess(endpoint, _folder(cache, variables), "".join(token.split()) or None, offline)


def _folder(text: str, variables: Mapping[str, str]) -> Path:
    home = variables.get("HOME")
    if home and text.startswith("~/"):
        text = home + text[1:]
    return Path(os.path.expandvars(text)).expanduser()


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
