"""``/machine``, ``/doctor``, ``/backups``, ``/providers``, ``/models``, ``/training``, ``/usage``: as the commands."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from audobon_cli.backup.status import destination_status
from audobon_cli.derivations.sources import read_file
from audobon_cli.domain.errors import InvalidInput, ModelNotFound, RouteUnknown, SourceOffline
from audobon_cli.monitoring.state import MonitorPlace
from audobon_cli.providers.breakers import BreakerRecord
from audobon_cli.providers.registry import ProviderRegistry
from audobon_cli.providers.usage import Grouping, report_usage
from audobon_cli.queue.model import Job, JobFilter, job_data
from audobon_cli.queue.open import open_queue
from audobon_cli.studio.access import API
from audobon_cli.studio.assets_routes import IMAGE_POLICY, number
from audobon_cli.studio.machines.memory import memory_data
from audobon_cli.studio.machines.place import MachinePlace

HIGHEST_NUMBER = 10**10
MOST_SAMPLES = 10**6


def machine(request: Request) -> JSONResponse:
    """Memory and cards now and over the last hour, and what the monitor found."""
    place = _place(request)
    monitor = MonitorPlace(place.locations.monitor, place.library_path)
    return JSONResponse(memory_data(request.app.state.seen_memory, monitor))


def doctor(request: Request) -> JSONResponse:
    """As `audobon doctor --json`; takes under a second. Repairs nothing."""
    from audobon_cli.doctor.checks import run_checks

    return JSONResponse({"checks": [check.to_dict() for check in run_checks(_place(request))]})


def backups(request: Request) -> JSONResponse:
    """As `audobon backup status --json`, for the destinations of the settings: two looks at each of them."""
    place = _place(request)
    known = place.destinations
    rows = [
        destination_status(
            place.backup, one, one.name == known.default != "", place.existing_library_path
        ).to_dict()
        for one in known.named.values()
    ]
    return JSONResponse({"destinations": rows})


def providers(request: Request) -> JSONResponse:
    """As `audobon providers list --json`, and the breakers of servers that failed lately. Opens no connection; imports
    the providers' packages, which may take seconds."""
    from audobon_cli.providers.check import list_providers

    registry = _place(request).providers
    rows = [one.to_dict() for one in list_providers(registry)]
    return JSONResponse({"providers": rows, "breakers": _breakers(registry, registry.breakers.all())})


def reset_provider(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """Forget the failures of a provider's servers, as `audobon providers reset`. Raises PresetNotFound."""
    from audobon_cli.providers.check import reset_providers

    registry = _place(request).providers
    return JSONResponse({"servers": _breakers(registry, reset_providers([body["name"]], registry))})


def _breakers(registry: ProviderRegistry, records: Sequence[BreakerRecord]) -> list[dict[str, Any]]:
    pause, now = registry.settings.providers_breaker_pause_seconds, registry.breakers.now()
    return [one.to_dict(pause, now) for one in records]


def models(request: Request) -> JSONResponse:
    """As `audobon models list --json`, without where they lie."""
    from audobon_cli.hardware.probe import probe
    from audobon_cli.models.catalog import list_models
    from audobon_cli.models.last_used import last_used
    from audobon_cli.presets.catalog import shipped_presets
    from audobon_cli.vram.model_fit import Forecasts, assess

    place = _place(request)
    found = list_models(place.models)
    fits = assess(found, probe(), Forecasts(place.vram.forecasts, place.presets, shipped_presets()))
    rows = [
        {
            **{key: value for key, value in model.to_dict().items() if key != "folder"},
            "last_used": last_used(model.name, place.models) or None,
            "fits": fits[model.name].to_dict(),
        }
        for model in found
    ]
    return JSONResponse({"models": rows})


def pull_model(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """202: a job that pulls a model of the list; the one that does so already, if there is one.

    Raises ModelNotFound for a name that is none of the list: addresses and files are left to the command.
    """
    from audobon_cli.models.catalog import list_models
    from audobon_cli.queue.add import JobOptions, add_command

    place = _place(request)
    name = body["name"]
    if name not in {model.name for model in list_models(place.models)}:
        raise ModelNotFound("There is no such model in the list.", hint="GET /api/v1/models lists them")
    if place.settings.offline:
        raise SourceOffline("Models are on the network, and `offline` forbids that.", hint="start it without")
    words = ["models", "pull", name, *(["--yes"] if body.get("agreed", False) else [])]
    jobs = open_queue(place.library)
    under_way = (job for job in jobs.matching(JobFilter()) if _pulls(job, name) and not job.state.final)
    job = next(under_way, None) or add_command(jobs, words, JobOptions(retries=0), place.library_path)
    request.app.state.generation.ensure_worker()
    return JSONResponse({"job": job_data(job)}, 202, {"Location": f"{API}/jobs/{job.number}"})


def training(request: Request) -> JSONResponse:
    """Training runs as `audobon train list --json`, without where they stand."""
    from audobon_cli.queue.training_runs import all_runs

    library = _place(request).library
    return JSONResponse({"runs": [_run(one) for one in all_runs(open_queue(library), library)]})


def training_run(request: Request) -> JSONResponse:
    """One run with its losses, as `audobon train show --json`. Raises TrainingRunNotFound."""
    status = _found_run(request)
    return JSONResponse({"run": {**_run(status), "losses": list(status.losses)}})


def training_sample(request: Request) -> Response:
    """A sheet of what a run draws on the way. Raises TrainingRunNotFound, and RouteUnknown for a sheet that is none."""
    files = _found_run(request).folder.sample_files()
    wanted = number(str(request.path_params["sample"]), "sample", 0, MOST_SAMPLES)
    if wanted >= len(files):
        raise RouteUnknown("The run has no such sample.", hint=f"it has {len(files)}, counted from 0")
    headers = {"Content-Security-Policy": IMAGE_POLICY}
    return Response(read_file(files[wanted]), media_type="image/png", headers=headers)


def usage(request: Request) -> JSONResponse:
    """``?by=&month=``: as `audobon usage --json`."""
    by = request.query_params.get("by", Grouping.PROVIDER.value)
    month = request.query_params.get("month", "false")
    if by not in {one.value for one in Grouping}:
        raise InvalidInput(
            "by is no grouping.", hint=f"give one of {', '.join(one.value for one in Grouping)}"
        )
    if month not in ("true", "false"):
        raise InvalidInput("month must be true or false.", hint="?month=true counts this calendar month only")
    found = report_usage(_place(request).providers, Grouping(by), month == "true")
    return JSONResponse(found.to_dict(Grouping(by)))


def _place(request: Request) -> MachinePlace:
    place: MachinePlace = request.app.state.place
    return place


def _pulls(job: Job, name: str) -> bool:
    words = job.request.get("words")
    return isinstance(words, list) and words[:3] == ["models", "pull", name]


def _found_run(request: Request) -> Any:
    from audobon_cli.queue.training_runs import find_run

    library = _place(request).library
    wanted = number(str(request.path_params["job"]), "job", 1, HIGHEST_NUMBER)
    return find_run(open_queue(library), library, f"job:{wanted}")


def _run(status: Any) -> dict[str, Any]:
    """A run without paths; of its samples the addresses."""
    data = {key: value for key, value in status.to_dict().items() if key != "folder"}
    count = len(data["samples"])
    data["samples"] = [f"{API}/training/{status.job.number}/samples/{place}" for place in range(count)]
    return data
