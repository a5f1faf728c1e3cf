"""Health checks: is everything here that generating and keeping pictures needs?"""

import importlib.metadata
import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from audobon_cli.contracts.survey import PluginState, survey
from audobon_cli.doctor.cards import mismatches, torch_build
from audobon_cli.doctor.models import runnable_models
from audobon_cli.doctor.updates import PACKAGE, UpdateQuery, begin_update_query
from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.units import format_bytes, format_seconds, plural
from audobon_cli.engines.warm.client import query_status
from audobon_cli.engines.warm.place import WarmPlace
from audobon_cli.hardware.gpu import describe_gpu
from audobon_cli.hardware.probe import probe
from audobon_cli.library.modes.private import may_be_entered
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.quota import REMEDY
from audobon_cli.models.catalog import find_model
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.operations.telemetry.standing import CollectorStanding
from audobon_cli.operations.telemetry.target import telemetry_target
from audobon_cli.platforms import current
from audobon_cli.platforms.base import Confinement
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.sandbox.child import BUBBLEWRAP
from audobon_cli.sandbox.policy import SandboxMode, sandbox_policy
from audobon_cli.sandbox.pool import held_to
from audobon_cli.settings.locations import Locations, foreign_runtime
from audobon_cli.settings.settings import Settings
from audobon_cli.storage.sqlite import has_cipher
from audobon_cli.vram.access import ForecastAccess
from audobon_cli.vram.model_fit import Forecasts

LOW_DISK_BYTES = 2**30
REQUIRED_PACKAGES = ("torch", "diffusers", "transformers", "safetensors", "pillow", "apsw-sqlite3mc")


class CheckStatus(StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One check; ``remedy`` is what to do when it is not ok, ``error`` what failed."""

    name: str
    verdict: CheckStatus
    message: str
    remedy: str = ""
    error: AudobonError | None = None

    def to_dict(self) -> dict[str, str]:
        """JSON-ready."""
        return {
            "name": self.name,
            "verdict": self.verdict.value,
            "message": self.message,
            "remedy": self.remedy,
        }


class CheckContext(Protocol):
    """What the doctor looks at: a workspace."""

    @property
    def settings(self) -> Settings: ...
    @property
    def presets(self) -> Presets: ...
    @property
    def models(self) -> ModelRegistry: ...
    @property
    def library(self) -> Library: ...
    @property
    def warm_place(self) -> WarmPlace: ...
    @property
    def vram(self) -> ForecastAccess: ...
    @property
    def locations(self) -> Locations: ...


def run_checks(patient: CheckContext) -> tuple[Check, ...]:
    """Run every check; none stops the others. Repairs nothing, loads no model. Takes about a second: what fits a small
    card is forecast model by model, and the package index may take one to say nothing of newer versions."""
    update = begin_update_query(patient.settings)
    return (
        *_machine(),
        *_packages(),
        _guarded("presets", lambda: _presets(patient.presets)),
        _guarded("model", lambda: _model(patient)),
        _guarded("models", lambda: _runnable(patient)),
        _guarded("library", lambda: _library(patient)),
        _guarded("disk", lambda: _disk(patient)),
        _warm(patient),
        *_guarded_all("modes", lambda: _modes(patient)),
        *_limits(patient),
        _audit(patient.settings),
        *_guarded_all("plugins", _plugins),
        _telemetry(patient),
        _guarded("sandbox", lambda: _sandbox(patient.settings)),
        _update(update),
    )


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except AudobonError as error:
        return Check(name, CheckStatus.FAILED, error.message, error.hint, error)


def _guarded_all(name: str, checks: Callable[[], Iterator[Check]]) -> tuple[Check, ...]:
    try:
        return tuple(checks())
    except AudobonError as error:
        return (Check(name, CheckStatus.FAILED, error.message, error.hint, error),)


def _machine() -> Iterator[Check]:
    machine = probe()
    memory = f", {format_bytes(machine.memory_bytes)} memory" if machine.memory_bytes else ""
    yield Check(
        "machine",
        CheckStatus.OK,
        f"{machine.system}, Python {machine.python}, {machine.cpus} processors{memory}",
    )
    system = current()
    yield Check("platform", CheckStatus.OK, system.run_here)
    for fact, remedy in system.shortcomings():
        yield Check("platform", CheckStatus.WARNING, fact, remedy)
    if runtime := foreign_runtime():
        yield Check(
            "platform",
            CheckStatus.WARNING,
            f"XDG_RUNTIME_DIR names {runtime}, which is missing or not yours alone; sockets go to the cache instead",
            f"chmod 700 {runtime} if it is yours, else unset XDG_RUNTIME_DIR",
        )
    if not machine.gpus:
        yield Check("gpu", CheckStatus.OK, "no graphics card; pictures are made on the processor")
    for gpu in machine.gpus:
        yield Check("gpu", CheckStatus.OK, describe_gpu(gpu))
    build = torch_build()
    for fact, remedy in () if build is None else mismatches(machine.gpus, build):
        yield Check("gpu", CheckStatus.WARNING, fact, remedy)


def _packages() -> Iterator[Check]:
    versions, missing = [], []
    for package in REQUIRED_PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(package)
    if not has_cipher():
        yield Check(
            "encryption",
            CheckStatus.OK,
            "SQLite is installed without it; encrypted libraries need "
            "`pip install --force-reinstall --no-deps apsw-sqlite3mc`",
        )
        missing = [package for package in missing if package != "apsw-sqlite3mc"]
    if missing:
        yield Check(
            "packages",
            CheckStatus.FAILED,
            f"missing: {', '.join(missing)}",
            f"pip install {' '.join(missing)}",
        )
    else:
        yield Check("packages", CheckStatus.OK, ", ".join(versions))
    if importlib.util.find_spec("torchvision") is not None:
        yield Check(
            "torchvision",
            CheckStatus.WARNING,
            "torchvision is installed; a build that does not match torch breaks diffusers",
            "if generating fails on import: pip uninstall torchvision",
        )


def _presets(presets: Presets) -> Check:
    counts = (
        f"{len(presets.qualities)} qualities, {len(presets.styles)} styles, {len(presets.sizes)} sizes, "
        f"{plural(len(presets.models), 'model')}"
    )
    return Check("presets", CheckStatus.OK, counts if presets.families else f"{counts}, no families")


def _model(patient: CheckContext) -> Check:
    model = find_model(patient.settings.model, patient.models)
    return Check(
        "model", CheckStatus.OK, f"{model.name} ({model.pipeline}, {model.size_rule.native}) is whole"
    )


def _runnable(patient: CheckContext) -> Check:
    forecasts = Forecasts(patient.vram.forecasts, patient.presets, shipped_presets())
    return Check("models", CheckStatus.OK, runnable_models(patient.models, forecasts))


def _library(patient: CheckContext) -> Check:
    library = patient.library
    problems = library.database.problems()
    if problems:
        return Check(
            "library",
            CheckStatus.FAILED,
            "; ".join(problems),
            "restore audobon.db from a backup of the library",
        )
    writable = "read-only" if library.database.read_only else "writable"
    return Check(
        "library", CheckStatus.OK, f"{library.root}: {plural(library.assets.count(), 'asset')}, {writable}"
    )


def _modes(patient: CheckContext) -> Iterator[Check]:
    if not patient.settings.library_private:
        return
    root = patient.library.root
    if may_be_entered(root):
        message = f"other accounts may read files in {root}, though library.private is on"
        yield Check("modes", CheckStatus.WARNING, message, "audobon library modes")
        return
    how = "no other account reaches into the library's folder"
    yield Check(
        "modes", CheckStatus.OK, how if current().has_modes else "who may read it follows from its folder"
    )


def _warm(patient: CheckContext) -> Check:
    place = patient.warm_place
    found = query_status(place)
    if found is None:
        obstacle = place.obstacle
        if obstacle is not None:
            return Check(
                "warm", CheckStatus.WARNING, f"no model is kept in memory: {obstacle[0]}", obstacle[1]
            )
        return Check("warm", CheckStatus.OK, "no model is kept in memory between commands")
    models = ", ".join(found.models) or "no model"
    left = "is at work" if found.busy else f"unloads in {format_seconds(found.seconds_left)}"
    return Check("warm", CheckStatus.OK, f"process {found.pid} keeps {models} in memory and {left}")


def _audit(settings: Settings) -> Check:
    if settings.audit_log:
        return Check("audit", CheckStatus.OK, "changes of the library are recorded")
    return Check("audit", CheckStatus.OK, "the audit log is off (`audobon config set audit.log true`)")


def _update(query: UpdateQuery | None) -> Check:
    if query is None:
        return Check("update", CheckStatus.OK, "not looked for (offline, or update.check is false)")
    notice = query.notice()
    if not notice.newer:
        return Check("update", CheckStatus.OK, notice.message)
    return Check("update", CheckStatus.WARNING, notice.message, f"pip install --upgrade {PACKAGE}")


def _plugins() -> Iterator[Check]:
    found = survey()
    in_use = [one.plugin for one in found if one.state is PluginState.ON]
    names = ", ".join(dict.fromkeys(plugin.label for plugin in in_use))
    if in_use or not found:
        yield Check("plugins", CheckStatus.OK, names or "no package with plugins is installed")
    off = dict.fromkeys(one.plugin.label for one in found if one.state is PluginState.OFF)
    if off:
        yield Check("plugins", CheckStatus.OK, f"off: {', '.join(off)}")
    for one in found:
        if one.state in (PluginState.SHADOWED, PluginState.BROKEN):
            message = f"{one.plugin.kind.value} {one.plugin.name} of {one.plugin.label} is {one.state.value}: {one.why}"
            yield Check(
                "plugins", CheckStatus.WARNING, message, f"update it, or pip uninstall {one.plugin.package}"
            )


def _telemetry(patient: CheckContext) -> Check:
    settings = patient.settings
    target = telemetry_target(settings.otel_endpoint, os.environ, settings.offline)
    if target is None:
        return Check("telemetry", CheckStatus.OK, "nothing is sent by OTLP")
    if target.unusable:
        return Check("telemetry", CheckStatus.WARNING, f"not sent: {target.unusable}", target.remedy)
    standing = CollectorStanding(patient.locations.collector, target.digest)
    record, left = standing.record, standing.seconds_left
    if not record.failures:
        return Check("telemetry", CheckStatus.OK, f"{target.shown} are sent by OTLP")
    said = f"the collector did not answer {plural(record.failures, 'time')} in a row"
    rest = f"it is left alone for another {left:.0f} s" if left else "the next command tries it"
    return Check(
        "telemetry", CheckStatus.WARNING, f"{said}; {rest}", "see that it runs where otel.endpoint says"
    )


def _sandbox(settings: Settings) -> Check:
    if sandbox_policy(settings).mode is SandboxMode.OFF:
        message = "files from outside are decoded in the program itself (import.sandbox is off)"
        return Check("sandbox", CheckStatus.WARNING, message, "audobon config set import.sandbox auto")
    held = held_to()
    words = [one.value for one in Confinement if one in held] + [BUBBLEWRAP] * (BUBBLEWRAP in held)
    missing = [one.value for one in Confinement if one not in held]
    message = "files from outside are decoded in a child process"
    if words:
        message += f"; enforced: {', '.join(words)}"
    if missing:
        message += f"; not enforced on this system: {', '.join(missing)}"
    return Check("sandbox", CheckStatus.OK, message)


def _limits(patient: CheckContext) -> Iterator[Check]:
    limit = patient.settings.resources_max_memory
    if not limit:
        return
    if current().memory_limit():
        yield Check("limits", CheckStatus.OK, f"a process of the program may take {limit} of memory")
    else:
        message = f"resources.max_memory is {limit}, which this system does not enforce: plans heed it"
        yield Check("limits", CheckStatus.WARNING, message)


def _disk(patient: CheckContext) -> Check:
    free = shutil.disk_usage(patient.library.root).free
    quota = patient.library.quota
    if quota is not None and quota.is_nearly_used:
        return Check("disk", CheckStatus.WARNING, quota.words, REMEDY)
    used = "" if quota is None else f"; {quota.words}"
    if free < LOW_DISK_BYTES:
        return Check("disk", CheckStatus.WARNING, f"only {format_bytes(free)} free", "free some space")
    return Check("disk", CheckStatus.OK, f"{format_bytes(free)} free{used}")
