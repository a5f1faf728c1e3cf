"""Reading and verifying the credentials in anybody's file."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from audobon_cli.credentials.library import TYPES, c2pa
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.domain.foreign.text import visible_line
from audobon_cli.media.credentials import carries_credentials

MOST_MANIFEST_BYTES = 16 * 2**20

UNTRUSTED = "signingCredential.untrusted"
"""What readers say where nobody that they know vouches for the signer."""


class CredentialsState(StrEnum):
    """What is to be said of a file's credentials."""

    NONE = "none"
    UNCHECKED = "unchecked"
    """There are some, and the library that verifies them is not installed, or does not know the format."""
    VALID = "valid"
    """The file is, byte for byte, what was signed."""
    INVALID = "invalid"
    """It is not, or the signature does not hold."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials of a file. ``trusted``: the signer is known to the verifier's own list; ``problems`` are codes
    of the C2PA specification; ``source_types`` the digital source types that are claimed; ``ingredients`` how many
    files it says that it was made of."""

    state: CredentialsState
    trusted: bool = False
    signer: str = ""
    made_with: str = ""
    title: str = ""
    signed_at: str = ""
    source_types: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    ingredients: int = 0
    problems: tuple[str, ...] = ()


def examine(data: bytes, form: str) -> Credentials:
    """What the file ``data`` of the format ``form`` claims, and whether it holds; nothing is fetched."""
    if not carries_credentials(data):
        return Credentials(CredentialsState.NONE)
    if form not in TYPES:
        return Credentials(CredentialsState.UNCHECKED)
    try:
        library = c2pa()
    except InvalidInput:
        return Credentials(CredentialsState.UNCHECKED)
    offline = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
    context = library.Context(settings=library.Settings.from_dict(offline))
    try:
        with library.Reader(TYPES[form], io.BytesIO(data), context=context) as reader:
            found = parse_json_object(reader.json(), MOST_MANIFEST_BYTES, lenient=True)
            state = str(reader.get_validation_state())
    except (library.C2paError, ValueError) as error:
        return Credentials(CredentialsState.INVALID, problems=(visible_line(str(error)),))
    return _credentials(found, state)


def _credentials(found: Mapping[str, Any], state: str) -> Credentials:
    manifest = found.get("manifests", {}).get(found.get("active_manifest"), {})
    signature = manifest.get("signature_info", {})
    actions = [
        action
        for assertion in manifest.get("assertions", ())
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in assertion.get("data", {}).get("actions", ())
    ]
    codes = [str(status.get("code")) for status in found.get("validation_status", ())]
    made_with = manifest.get("claim_generator_info", [{}])[0]
    return Credentials(
        CredentialsState.INVALID if state == "Invalid" else CredentialsState.VALID,
        state == "Trusted",
        visible_line(str(signature.get("issuer", ""))),
        visible_line(f"{made_with.get('name', '')} {made_with.get('version', '')}"),
        visible_line(str(manifest.get("title", ""))),
        visible_line(str(signature.get("time", ""))),
        tuple(
            dict.fromkeys(
                visible_line(str(a["digitalSourceType"])) for a in actions if "digitalSourceType" in a
            )
        ),
        tuple(visible_line(str(action.get("action", ""))) for action in actions),
        len(manifest.get("ingredients", ())),
        tuple(dict.fromkeys(code for code in codes if code != UNTRUSTED)),
    )
