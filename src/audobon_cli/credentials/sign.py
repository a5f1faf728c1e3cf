"""Signing a file: who exported it with what, and how it came about."""

import io
import json
from dataclasses import dataclass

from audobon_cli.__about__ import __version__
from audobon_cli.credentials.keys import SigningKey
from audobon_cli.credentials.library import TYPES, c2pa
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener, Warned
from audobon_cli.media.credentials import carries_credentials
from audobon_cli.media.provenance import source_type_of
from audobon_cli.media.xmp import source_type_named


def signed(data: bytes, form: str, title: str, source_type: str, key: SigningKey) -> bytes:
    """The file ``data`` of the format ``form`` with credentials: it is called ``title``, of the digital source type
    ``source_type`` (a URI).

    No time-stamping service is asked, and no thumbnail embedded, which would be larger than a sprite. Twice the same
    is twice other bytes. Raises InvalidInput for formats that hold none, and for files that cannot be signed.
    """
    if form not in TYPES:
        raise InvalidInput(
            f"{title}: {form} files hold no credentials here.", hint=f"these do: {', '.join(TYPES)}"
        )
    if form == "svg":
        data = _with_one_metadata(data, title)
    library = c2pa()
    agent = {"name": "Audobon", "version": __version__}
    action = {"action": "c2pa.created", "digitalSourceType": source_type, "softwareAgent": agent}
    manifest = {
        "claim_generator_info": [agent],
        "title": title,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
    settings = library.Settings.from_dict({"builder": {"thumbnail": {"enabled": False}}})
    out = io.BytesIO()
    try:
        signer = library.Signer.from_info(library.C2paSignerInfo(b"es256", key.chain, key.private, None))
        builder = library.Builder(json.dumps(manifest), library.Context(settings=settings))
        builder.sign(signer, TYPES[form], io.BytesIO(data), out)
    except library.C2paError as error:
        raise InvalidInput(
            f"{title} cannot be signed: {error}.", hint="export it without --credentials"
        ) from error
    return out.getvalue()


def _with_one_metadata(data: bytes, title: str) -> bytes:
    """The SVG ``data`` with its neighbouring metadata elements as one: c2pa-python 0.38.1 writes the statement into
    each, and takes a file with two for broken. Raises InvalidInput where others remain."""
    merged = data.replace(b"</metadata><metadata>", b"")
    if merged.count(b"</metadata>") > 1:
        raise InvalidInput(
            f"{title} cannot be signed: it has several <metadata> elements.",
            hint="export it without --credentials",
        )
    return merged


@dataclass(frozen=True, slots=True)
class ExportSigner:
    """Signs assets' files with ``key``; see library.export.FileSigner."""

    key: SigningKey

    def __call__(self, asset: Asset, data: bytes, form: str, listen: Listener) -> bytes:
        """The signed file; one that carries credentials already, that holds none, or of which nothing says how it
        came about stays as it is, which is told. Raises InvalidInput."""
        named = source_type_named(data) or (
            source_type_of(asset.recipe).uri if asset.recipe is not None else ""
        )
        why = ""
        if carries_credentials(data):
            why = "it carries credentials already, which stay as they are"
        elif form not in TYPES:
            why = f"{form} files hold no credentials here"
        elif not named:
            why = "nothing says how it came about"
        if why:
            listen(Warned(f"{asset.name} is not signed: {why}."))
            return data
        return signed(data, form, asset.name, named, self.key)
