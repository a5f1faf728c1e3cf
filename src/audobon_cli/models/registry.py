"""The models known on this machine and where new ones are put: what all services for models work with."""

import re
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput, ModelNotFound, SourceOffline
from audobon_cli.domain.events import Listener
from audobon_cli.presets.catalog import Presets, nearest
from audobon_cli.settings.google import GoogleAccess
from audobon_cli.settings.hub import HubAccess
from audobon_cli.storage.os_keyring import TokenKeyring, TokenStore
from audobon_cli.transfer.retry import RetryPolicy

if TYPE_CHECKING:
    from audobon_cli.models.hub_cache import HubCache
    from audobon_cli.models.manifests import Manifests
    from audobon_cli.models.source import Manifest, ModelSource


@dataclass(frozen=True, slots=True)
class ModelRegistry:
    """``folder`` holds the manifests, and the models that are single files."""

    presets: Presets
    folder: Path
    hub: HubAccess
    digest_cache: Path | None = None
    offline: bool = False
    lock_wait_seconds: float = 30.0
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    google: GoogleAccess = field(default_factory=GoogleAccess)
    tokens: TokenStore = field(default_factory=TokenKeyring)

    def heard_by(self, listen: Listener) -> "ModelRegistry":
        """The same, whose tries at sources ``listen`` hears of."""
        return replace(self, retries=replace(self.retries, listen=listen))

    @property
    def manifests(self) -> "Manifests":
        """The records of pulled and added models."""
        from audobon_cli.models.manifests import Manifests

        return Manifests(self.folder)

    def files(self, name: str) -> Path:
        """The folder for the files of the model ``name`` where no shared cache takes them."""
        return self.folder / "files" / name

    def cache(self, source: "ModelSource") -> "HubCache":
        """Where the commits of a repository or of a Cloud Storage folder lie; the hub's is shared by all
        tools, and the other has the same layout."""
        from audobon_cli.models.hub_cache import HubCache
        from audobon_cli.models.source import SourceKind

        if source.kind is SourceKind.HUB:
            return HubCache(self.hub.cache, source.location)
        # Blobs are named after bucket, object and generation: folders that fall together do no harm.
        return HubCache(self.folder / "gs", re.sub(r"[^\w./-]+", "-", source.location)[:150])

    def manifest(self, name: str) -> "Manifest":
        """The record of the model ``name``. Raises ModelNotFound; InvalidInput for the built-in one."""
        found = self.manifests.get(name)
        if found is not None:
            return found
        preset = self.presets.models.get(name)
        if preset is not None and preset.folder is not None:
            raise InvalidInput(
                f"The model {name} was not pulled: it is a folder that a preset names.",
                hint="`audobon models show` checks its files",
            )
        near = nearest(name, [manifest.name for manifest in self.manifests.all()])
        raise ModelNotFound(
            f"No model called {name!r} was pulled or added.",
            hint=f"did you mean {' or '.join(near)}?" if near else "`audobon models list` shows the models",
            model=name,
            nearest=near,
        )

    def require_network(self, what: str) -> None:
        """Raise SourceOffline if the network may not be used; ``what`` is what it is needed for."""
        if self.offline or self.hub.offline:
            setting = "--offline, AUDOBON_OFFLINE or the setting" if self.offline else "HF_HUB_OFFLINE"
            raise SourceOffline(
                f"{what} needs the network, which {setting} forbids.",
                hint="run it again without; models that were pulled already work offline",
            )
