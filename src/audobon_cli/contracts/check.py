"""Plugins tried against what their kinds promise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from audobon_cli.contracts.clauses import ClauseResult, try_clauses
from audobon_cli.contracts.survey import PluginState, SurveyedPlugin, survey
from audobon_cli.domain.errors import AudobonError, PluginFailed, PluginNotFound
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.plugins.discovery import Plugin, PluginKind
from audobon_cli.plugins.presets import preset_folder
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.settings.settings import Settings

PROMPT = "red apple"


@dataclass(frozen=True, slots=True)
class TrialContext:
    """What plugins are tried with."""

    settings: Settings
    models: ModelRegistry


@dataclass(frozen=True, slots=True)
class CheckedPlugin:
    """A plugin and how its clauses went; where it cannot be tried ``findings`` says that alone."""

    plugin: Plugin
    findings: tuple[ClauseResult, ...]

    @property
    def broken(self) -> tuple[ClauseResult, ...]:
        """The clauses that it does not keep."""
        return tuple(one for one in self.findings if not one.kept)


def check_plugins(name: str | None, context: TrialContext) -> tuple[CheckedPlugin, ...]:
    """Try all plugins that are installed, or those called ``name``, or of the package ``name``. Runs their code. Raises
    PluginNotFound and SettingInvalid."""
    there = survey()
    chosen = [one for one in there if name is None or name in (one.plugin.name, one.plugin.package)]
    if name is not None and not chosen:
        names = ", ".join(dict.fromkeys(one.plugin.name for one in there))
        raise PluginNotFound(
            f"No installed package brings a plugin called {name!r}.",
            hint=f"there are: {names}"
            if names
            else "no package with plugins is installed in this environment",
        )
    return tuple(CheckedPlugin(one.plugin, _findings(one, context)) for one in chosen)


def check_error(checked: Sequence[CheckedPlugin]) -> PluginFailed | None:
    """What to raise when clauses are broken."""
    failed = [(one, finding) for one in checked for finding in one.broken]
    if not failed:
        return None
    (first, finding), count = failed[0], len(failed)
    return PluginFailed(
        f"{count} {'promise is' if count == 1 else 'promises are'} not kept, first by {first.plugin.name}: "
        f"{finding.promise.rstrip('.')}; {finding.why.rstrip('.')}.",
        hint="docs/extensions.md says what each kind of plugin promises",
        failed=[{"plugin": one.plugin.name, "clause": f.clause, "why": f.why} for one, f in failed],
    )


def _findings(found: SurveyedPlugin, context: TrialContext) -> tuple[ClauseResult, ...]:
    promise = "It is enabled, can be imported, and its name is free."
    if found.state is not PluginState.ON or found.why:
        return (ClauseResult("usable", promise, found.why),)
    try:
        return (ClauseResult("usable", promise), *_CHECKS[found.plugin.kind](found.plugin, context))
    except AudobonError as error:
        return (ClauseResult("usable", promise), ClauseResult("tried", "It can be tried.", error.message))


def _engine(plugin: Plugin, context: TrialContext) -> tuple[ClauseResult, ...]:
    from audobon_cli.contracts.engine import ENGINE_CLAUSES, EngineRig
    from audobon_cli.engines.registry import create_engine, predict_facts

    presets = context.models.presets
    of_engine = {one.name for one in presets.families.values() if one.engine == plugin.name}
    model = next((one.name for one in presets.models.values() if one.family in of_engine), None)
    if model is None:
        why = (
            f"no preset is of a model whose family has engine = {plugin.name!r}: bring one as audobon.presets"
        )
        return (ClauseResult("model", "A model of it can be named.", why),)

    def ask() -> ResolvedRequest:
        request = GenerationRequest(PROMPT, model=model, seed=5, count=3)
        return resolve(request, context.settings, context.models)

    options: Mapping[str, Any] = {
        "device": context.settings.device or None,
        "digest_cache": context.models.digest_cache,
    }
    rig = EngineRig(
        partial(create_engine, plugin.name, **options), partial(predict_facts, plugin.name, **options), ask
    )
    return try_clauses(ENGINE_CLAUSES, rig)


def _provider(plugin: Plugin, context: TrialContext) -> tuple[ClauseResult, ...]:
    from audobon_cli.contracts.provider import PROVIDER_CLAUSES, ProviderRig
    from audobon_cli.generation.resolve.remote import RemoteContext, resolve_remote
    from audobon_cli.providers.services.registry import create_provider

    presets = context.models.presets
    preset = presets.providers.get(plugin.name)
    if preset is None:
        why = f"there is no providers/{plugin.name}.toml: bring one as audobon.presets"
        return (ClauseResult("preset", "A preset says what it is and costs.", why),)
    places = RemoteContext(presets, context.settings, _not_here, _not_here)
    request = resolve_remote(GenerationRequest(PROMPT), preset, places)
    return try_clauses(PROVIDER_CLAUSES, ProviderRig(create_provider, preset, request))


def _not_here(*_: object) -> NoReturn:
    raise AssertionError("nothing of this machine is asked for")


def _medium(plugin: Plugin, context: TrialContext) -> tuple[ClauseResult, ...]:
    from audobon_cli.contracts.medium import MEDIUM_CLAUSES, MediumRig, Sampled
    from audobon_cli.media.registry import medium_named

    medium = medium_named(plugin.name)
    if not isinstance(medium, Sampled):
        why = "it has no method sample(number) that gives contents to try it with"
        return (ClauseResult("sample", "It brings contents to be tried with.", why),)
    return try_clauses(MEDIUM_CLAUSES, MediumRig(medium, medium.sample))


def _operation(plugin: Plugin, context: TrialContext) -> tuple[ClauseResult, ...]:
    from audobon_cli.contracts.operation import OperationRig, clauses_for
    from audobon_cli.derivations.registry import operation_class

    promise = "It works with the parameters that it has if none are given."
    try:
        operation = operation_class(plugin.name)()
    except TypeError as error:
        return (ClauseResult("defaults", promise, str(error)),)
    return try_clauses(clauses_for(operation.medium), OperationRig(plugin.name, operation))


def _metric(plugin: Plugin, context: TrialContext) -> tuple[ClauseResult, ...]:
    from audobon_cli.contracts.metric import METRIC_CLAUSES, MetricRig
    from audobon_cli.sprites.quality.faults import metrics_named

    return try_clauses(METRIC_CLAUSES, MetricRig(metrics_named([plugin.name])[plugin.name]))


def _presets(plugin: Plugin, context: TrialContext) -> tuple[ClauseResult, ...]:
    promise = "All its files can be read."
    folder = preset_folder(plugin) or Path()
    presets = Presets((("built-in", shipped_presets()),), ((plugin.package, folder),))
    try:
        for kind in (
            "qualities",
            "styles",
            "sizes",
            "models",
            "families",
            "sounds",
            "providers",
            "trainings",
        ):
            getattr(presets, kind)
    except AudobonError as error:
        return (ClauseResult("readable", promise, error.message),)
    return (ClauseResult("readable", promise),)


_CHECKS: Mapping[PluginKind, Callable[[Plugin, TrialContext], tuple[ClauseResult, ...]]] = {
    PluginKind.ENGINES: _engine,
    PluginKind.PROVIDERS: _provider,
    PluginKind.MEDIA: _medium,
    PluginKind.OPERATIONS: _operation,
    PluginKind.METRICS: _metric,
    PluginKind.PRESETS: _presets,
}
"""How each kind is tried."""
