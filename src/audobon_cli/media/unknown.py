"""What stands for the medium of a plugin that is gone: its files are kept and exported as they are."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import PluginNotFound
from audobon_cli.domain.media import MediaInfo, MediaOutput, UnknownMedia
from audobon_cli.domain.recipe import Recipe
from audobon_cli.media.types import (
    NO_APPEARANCE,
    Appearance,
    DecodedContent,
    FileFormat,
    InspectedFile,
)

if TYPE_CHECKING:
    from audobon_cli.domain.model import Model
    from audobon_cli.domain.presets import Style
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.presets.catalog import Presets


@dataclass(slots=True)
class UnknownMedium:
    """Implements media.types.Medium for the medium ``name``; what would need to know it raises PluginNotFound."""

    name: str
    info: type[MediaInfo] = UnknownMedia
    formats: tuple[FileFormat, ...] = ()
    suffix: str = ".bin"

    def recognises(self, data: bytes) -> bool:
        """No file is."""
        return False

    def inspect(self, data: bytes) -> InspectedFile:
        """Raises PluginNotFound."""
        self._refuse()

    def plan_output(
        self, request: "GenerationRequest", model: "Model", style: "Style", presets: "Presets"
    ) -> MediaOutput:
        """Raises PluginNotFound."""
        self._refuse()

    def finish(self, content: Any, output: MediaOutput) -> Any:
        """Raises PluginNotFound."""
        self._refuse()

    def finishing_libraries(self, output: MediaOutput) -> dict[str, str]:
        """Raises PluginNotFound."""
        self._refuse()

    def encode(self, content: Any, recipe: Recipe) -> bytes:
        """Raises PluginNotFound."""
        self._refuse()

    def read_recipe(self, source: Path | bytes) -> Recipe | None:
        """Nothing that could be read."""
        return None

    def decode(self, data: bytes, name: str) -> DecodedContent:
        """Raises PluginNotFound."""
        self._refuse()

    def preview(self, data: bytes) -> bytes | None:
        """Nothing to show."""
        return None

    def fingerprint(self, data: bytes) -> Appearance:
        """Like no other."""
        return NO_APPEARANCE

    def convert(self, asset: Asset, data: bytes, form: str | None, optimize: bool) -> bytes:
        """``data`` as it is. Raises PluginNotFound where another format is asked for."""
        if form not in (None, asset.format):
            self._refuse()
        return data

    def _refuse(self) -> NoReturn:
        raise PluginNotFound(
            f"Nothing here knows the medium {self.name!r}: the plugin that does is not installed, or off.",
            hint="`audobon plugins list` shows what is here; without it such assets are kept and exported as they are",
            kind="media",
            plugin=self.name,
        )
