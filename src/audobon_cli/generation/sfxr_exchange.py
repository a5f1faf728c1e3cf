"""Sounds to and from the sfxr family: jsfxr's strings and JSON, sfxr's .sfs files."""

from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.domain.sound import SoundChoices
from audobon_cli.engines.synth.sfxr.parameters import read_parameters, write_json
from audobon_cli.engines.synth.sfxr.patches import parameters_of, patch_of
from audobon_cli.generation.sound_variants import patch_in
from audobon_cli.library.export import ExportRequest
from audobon_cli.library.store.library import Library

JSFXR = "jsfxr"
MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class SfxrExportRequest(ExportRequest):
    """As ExportRequest, with ``format`` JSFXR: the JSON from which jsfxr plays the same."""

    def keeps(self, asset: Asset) -> bool:
        """See ExportRequest."""
        return False

    def content(self, library: Library, asset: Asset, listen: Listener = ignore) -> bytes:
        """See ExportRequest. Raises InvalidInput for what was not made here, or cannot be said in sfxr's numbers."""
        return write_json(parameters_of(patch_in(asset))).encode()


def import_request(
    source: str, name: str = "", seed: int | None = None
) -> tuple[GenerationRequest, tuple[str, ...]]:
    """The request that plays ``source``, a string of jsfxr or the path of a file with one, its JSON or an .sfs file;
    and what of it is left out, in words. Raises InvalidInput."""
    data = source.encode()
    path = Path(source).expanduser()
    if len(source) < 4096 and path.is_file():
        if path.stat().st_size > MAX_BYTES:
            raise InvalidInput(
                f"{path} is too large for a sound of sfxr.", hint="give an .sfs file or JSON of jsfxr"
            )
        data, name = path.read_bytes(), name or path.stem.removesuffix(".sfxr")
    found = patch_of(read_parameters(data))
    prompt = name or JSFXR
    choices = SoundChoices(patch=found.patch)
    return GenerationRequest(prompt, model="synth", seed=seed, own_seed=0, sound=choices), found.left_out
