"""Opening repositories, with all that commands must know for it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.backup.change_cache import BackupCache, secret_state
from audobon_cli.backup.destinations import Destination
from audobon_cli.domain.errors import (
    BackupDamaged,
    BackupKeyRefused,
    InvalidInput,
    PointNotFound,
    SourceOffline,
)
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.foreign.text import without_mark
from audobon_cli.encryption.secret_files import Ask, SecretFiles, SecretTerms, read_secret
from audobon_cli.platforms import current
from audobon_cli.remotes.addresses import CLOUD, GCS, KINDS, S3
from audobon_cli.remotes.base import Remote
from audobon_cli.settings.google import GoogleAccess, google_access
from audobon_cli.settings.locations import Locations

if TYPE_CHECKING:
    from audobon_cli.backup.extras import Extras
    from audobon_cli.backup.repository.key_slots import UnlockSecret
    from audobon_cli.backup.repository.lease import Holder
    from audobon_cli.backup.repository.repository import Repository as Repository
    from audobon_cli.backup.repository.repository import StoredPoint
    from audobon_cli.backup.unlock import Unlocking

LATEST = "latest"
LEAST_PREFIX = 4
GCS_ONLY = {
    "project": "--project",
    "impersonate": "--impersonate-service-account",
    "credentials_file": "--credentials-file",
}
S3_ONLY = {
    "endpoint": "--endpoint",
    "region": "--region",
    "profile": "--profile",
    "addressing": "--addressing",
}
"""Fields of a destination that only one kind of bucket has, and their options."""
CLOUD_UPLOADS = 4
FOLDER_UPLOADS = 1


TERMS = SecretTerms(
    refused=BackupKeyRefused,
    making="audobon backup init DEST --key-file FILE",
    giving="give --passphrase-file or --key-file, or set AUDOBON_PASSPHRASE; or --no-encryption",
)


@dataclass(frozen=True)
class RepositoryOpener:
    """Knows what belongs to a backup beside the library, and how to open repositories.

    ``files`` and ``folders`` are backed up under their names; ``manifests`` is where those of models lie.
    ``passphrase`` is that of the environment; ``ask`` asks a person, or gives None where nobody is there.
    """

    cache: BackupCache
    files: tuple[tuple[str, Path], ...]
    folders: tuple[tuple[str, Path], ...]
    manifests: Path
    uploads: Path
    passphrase: str | None = None
    google: GoogleAccess | None = None
    offline: bool = False
    listen: Listener = ignore
    """Hears of what is asked again of a bucket."""

    def remote(self, destination: Destination, create: bool = False) -> Remote:
        """The place of a destination. Raises InvalidInput, SourceOffline and what a Remote raises."""
        if destination.address.startswith(CLOUD):
            if self.offline:
                raise SourceOffline(
                    f"{destination.address} is on the network, and --offline or the setting forbids it.",
                    hint="back up to a folder, or leave out --offline",
                )
            return self._cloud(destination)
        from audobon_cli.remotes.bandwidth import BandwidthLimit, Paces
        from audobon_cli.remotes.directory.remote import DirectoryRemote

        if "://" in destination.address or not destination.address:
            raise InvalidInput(
                f"{destination.address!r} is no place for a backup.",
                hint=f"name {KINDS}",
            )
        limit = _limit(destination)
        folder = Path(destination.address).expanduser().absolute()
        return DirectoryRemote(
            Path(os.path.normpath(folder)), create, paces=Paces(BandwidthLimit(limit), BandwidthLimit(limit))
        )

    def _cloud(self, destination: Destination) -> Remote:
        from audobon_cli.backup.cost.reads import NotedRemote
        from audobon_cli.remotes.open import open_remote
        from audobon_cli.remotes.options import GcsOptions, RemoteOptions, S3Options
        from audobon_cli.remotes.retry import RemoteRetries

        _check_options(destination)
        limit = _limit(destination)
        gcs = GcsOptions(
            access=self.google or GoogleAccess(),
            project=destination.project,
            impersonate=destination.impersonate,
            storage_class=destination.storage_class,
            kms_key=destination.kms_key,
            credentials_file=Path(destination.credentials_file) if destination.credentials_file else None,
        )
        s3 = S3Options(
            destination.endpoint,
            destination.region,
            destination.profile,
            destination.addressing,
            destination.storage_class,
            destination.kms_key,
        )
        options = RemoteOptions(
            gcs,
            s3,
            upload_bytes_per_second=limit,
            download_bytes_per_second=limit,
            state_folder=self.uploads,
            retries=RemoteRetries(listen=self.listen),
        )
        return NotedRemote(open_remote(destination.address, options), self.uploads)

    def secret(self, destination: Destination, given: SecretFiles, ask: Ask) -> "UnlockSecret | None":
        """The secret for a destination: what was given, else what the settings name, the environment, a person.

        Raises BackupKeyRefused for a file that is none.
        """
        from audobon_cli.backup.repository.key_slots import UnlockSecret

        if given.passphrase_file and given.key_file:
            raise InvalidInput(
                "Both a passphrase and a key file were given.",
                hint="either of them opens a repository; give one",
            )
        found = read_secret(_chosen(destination, given), TERMS)
        if found is not None:
            return found
        if self.passphrase is not None:
            return UnlockSecret(passphrase=without_mark(self.passphrase))
        asked = ask()
        return None if asked is None else UnlockSecret(passphrase=asked)

    def secret_in_use(self, destination: Destination) -> "UnlockSecret | None":
        """What later commands will open a destination with, where nobody gives them anything; None for nothing, and
        for a file that cannot be read."""
        try:
            return self.secret(destination, SecretFiles(), lambda: None)
        except BackupKeyRefused:
            return None

    def open(self, destination: Destination, given: SecretFiles, ask: Ask) -> "Repository":
        """Open the repository of a destination; a person is asked only if it is encrypted.

        Raises BackupNotFound, BackupNewer, BackupKeyRefused, BackupDamaged.
        """
        opening = self.unlocking(destination, given, ask)
        try:
            return opening.repository()
        except BaseException:
            opening.close()
            raise

    def unlocking(self, destination: Destination, given: SecretFiles, ask: Ask) -> "Unlocking":
        """Begin to open the repository; what is wrong with the secret shows when it is asked for.

        Raises BackupNotFound, BackupNewer, BackupKeyRefused.
        """
        remote = self.remote(destination)
        try:
            return self._unlocking(remote, destination, given, ask)
        except BaseException:
            remote.close()
            raise

    def _unlocking(
        self, remote: Remote, destination: Destination, given: SecretFiles, ask: Ask
    ) -> "Unlocking":
        from audobon_cli.backup.repository.config import read_config
        from audobon_cli.backup.unlock import Unlocking

        config = read_config(remote)
        chosen = _chosen(destination, given)
        state = secret_state(chosen.key_file or chosen.passphrase_file)  # of before it is read
        secret = self.secret(destination, given, ask) if config.encrypted else None
        if not config.encrypted and (given.passphrase_file or given.key_file):
            raise BackupKeyRefused(
                f"The repository at {remote.address} is not encrypted, though a passphrase or key file was given.",
                hint="somebody may have put another one in its place; if you know better, leave the option out",
                address=remote.address,
            )
        cloud = destination.address.startswith(CLOUD)
        uploads = CLOUD_UPLOADS if cloud else FOLDER_UPLOADS
        return Unlocking(remote, config, secret, uploads, reserve=not cloud, secret_state=state)

    def extras(self, models: bool) -> "Extras":
        """What belongs to a backup beside the library, as it is now."""
        from audobon_cli.backup.extras import Extras

        if not models:
            return Extras(tuple(self.own_files()))
        from audobon_cli.models.manifests import Manifests

        return Extras(tuple(self.own_files()), Manifests(self.manifests).all())

    def own_files(self) -> list[tuple[str, Path]]:
        """Settings and presets: the names under which they are kept, and where they lie."""
        found = list(self.files)
        for name, folder in self.folders:
            paths = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
            found += [(f"{name}/{path.relative_to(folder).as_posix()}", path) for path in paths]
        return found

    def watched(self, models: bool) -> list[Path]:
        """Files whose change means that there is something to back up."""
        manifests = sorted(self.manifests.glob("*.json")) if models else []
        return [path for _, path in self.own_files()] + manifests

    def break_lease(self, destination: Destination) -> "Holder | None":
        """End the lease on the repository of whoever holds it; safe at any time. Who that was."""
        from audobon_cli.backup.repository.lease import break_lease

        remote = self.remote(destination)
        try:
            return break_lease(remote)
        finally:
            remote.close()


def _check_options(destination: Destination) -> None:
    """Raise InvalidInput for what is an option of the other kind of bucket."""
    foreign = GCS_ONLY if destination.address.startswith(S3) else S3_ONLY
    for name, option in foreign.items():
        if getattr(destination, name):
            raise InvalidInput(
                f"{option} is an option of {S3 if foreign is S3_ONLY else GCS} places.",
                hint=f"leave out {option}",
            )


def _chosen(destination: Destination, given: SecretFiles) -> SecretFiles:
    """The files with the secret: those given, else those that the settings name."""
    named = SecretFiles(destination.passphrase_file, destination.key_file)
    return given if given != SecretFiles() else named


def _limit(destination: Destination) -> int | None:
    """The bandwidth that the settings allow, in bytes a second."""
    from audobon_cli.domain.units import parse_bytes

    return parse_bytes(destination.bandwidth) if destination.bandwidth else None


def find_point(repository: "Repository", text: str = LATEST, library: Path | None = None) -> "StoredPoint":
    """The recovery point that an id, the beginning of one, or "latest" means.

    The latest is that of the library in the folder ``library`` on this machine, if there is one; else of any.
    Raises PointNotFound, and BackupDamaged when it is there but cannot be read.
    """
    from audobon_cli.backup.repository.problems import Problem

    points, problems = [], []
    for found in repository.points():
        if isinstance(found, Problem):
            problems.append(found)
        else:
            points.append(found)
    if text == LATEST and points:
        here = (current().host_name(), str(library))
        own = [stored for stored in points if (stored.point.host, stored.point.library) == here]
        return max(own or points, key=lambda stored: stored.point.time)
    matching = [stored for stored in points if len(text) >= LEAST_PREFIX and stored.point.id.startswith(text)]
    if len(matching) == 1:
        return matching[0]
    if problems and not matching:
        raise BackupDamaged(
            f"{problems[0].key} cannot be read: {problems[0].why}",
            hint="`audobon backup list` shows those that can; `audobon backup verify` shows what else is damaged",
            objects=[problem.key for problem in problems],
        )
    what = (
        "no recovery point"
        if not points
        else f"{len(matching) or 'no'} recovery points that begin with {text!r}"
    )
    raise PointNotFound(
        f"The repository at {repository.remote.address} has {what}.",
        hint="`audobon backup list` shows them; `audobon backup create` makes one",
        point=text,
    )


def repository_opener(
    locations: Locations,
    project: Path | None,
    variables: Mapping[str, str],
    offline: bool,
    listen: Listener = ignore,
) -> RepositoryOpener:
    """One for a user's folders and the ``project`` file, if there is one; ``variables`` are the environment."""
    own = [("settings.toml", locations.settings_file)]
    return RepositoryOpener(
        cache=BackupCache(locations.backup_cache),
        files=(*own, *([("project/audobon.toml", project)] if project else [])),
        folders=(("presets", locations.presets),),
        manifests=locations.models,
        uploads=locations.backup_cache,
        passphrase=variables.get("AUDOBON_PASSPHRASE") or None,
        google=google_access(variables),
        offline=offline,
        listen=listen,
    )
