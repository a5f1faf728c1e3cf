"""What the view of the machine takes and answers."""

from audobon_cli.studio.endpoint import Endpoint, Parameter
from audobon_cli.studio.machines import routes
from audobon_cli.studio.schemas import COUNT, MAYBE_TEXT, TEXT, answer, body, listed, shared

_CHECK = answer({"name": TEXT, "verdict": TEXT, "message": TEXT, "remedy": TEXT})
_BYTES = {"type": ["integer", "null"]}
_MACHINE = {
    "machine": answer({"system": TEXT, "python": TEXT, "cpus": COUNT, "memory_bytes": COUNT, "available_bytes": COUNT}),
    "cards": listed(answer({"name": TEXT, "total_bytes": COUNT, "free_bytes": COUNT, "temperature_celsius": _BYTES})),
    "samples": listed(
        answer(
            {
                "time": TEXT, "minute": COUNT, "available_bytes": COUNT, "card_used_bytes": COUNT,
                "card_celsius": _BYTES,
            }
        )
    ),
    "monitor": answer(
        {
            "runs": {"type": "boolean"}, "looked": MAYBE_TEXT, "findings": listed({"type": "object"}),
            "actions": listed(TEXT),
        }
    ),
}  # fmt: skip
_RUN = {"type": "object", "properties": {"job": COUNT, "name": TEXT, "state": TEXT, "samples": listed(TEXT)}}
_BREAKER = answer(
    {
        "provider": TEXT, "server": TEXT, "state": TEXT, "failures": COUNT, "why": TEXT, "last_failure": TEXT,
        "opened": MAYBE_TEXT, "retry_after_seconds": {"type": "number"},
    }
)  # fmt: skip
_RESET = body({"name": {"type": "string", "minLength": 1, "maxLength": 200}})
_PULL = body({"name": {"type": "string", "minLength": 1, "maxLength": 200}}, agreed={"type": "boolean"})


def machine_endpoints() -> tuple[Endpoint, ...]:
    """Endpoints of the machine: all of them only read, but for pulling models."""
    job = answer({"job": shared("job")})
    asked = (
        Parameter("by", "provider, model or day.", TEXT),
        Parameter("month", "true: only this calendar month (UTC).", TEXT),
    )
    return (
        Endpoint("GET", "/machine", "show_machine", "Memory and cards over the last hour; the monitor.",
                  routes.machine, answer(_MACHINE)),
        Endpoint("GET", "/doctor", "doctor", "Is everything here that is needed?",
                  routes.doctor, answer({"checks": listed(_CHECK)})),
        Endpoint("GET", "/backups", "list_backups", "How old the last backup to each destination is.",
                  routes.backups, shared("backup-status")),
        Endpoint("GET", "/providers", "list_providers", "Providers, prices, keys, and servers that are left alone.",
                  routes.providers, answer({"providers": listed({"type": "object"}), "breakers": listed(_BREAKER)})),
        Endpoint("POST", "/providers/reset", "reset_provider", "Forget the failures of a provider's servers.",
                  routes.reset_provider, answer({"servers": listed(_BREAKER)}), body=_RESET, changes=True),
        Endpoint("GET", "/models", "list_models", "Models that are here, and those to pull.",
                  routes.models, answer({"models": listed({"type": "object"})})),
        Endpoint("POST", "/models/pull", "pull_model", "Queue the download of a model of the list.",
                  routes.pull_model, job, body=_PULL, status=202, changes=True),
        Endpoint("GET", "/training", "list_training", "Training runs and how they stand.",
                  routes.training, answer({"runs": listed(_RUN)})),
        Endpoint("GET", "/training/{job}", "show_training", "A training run with its losses.",
                  routes.training_run, answer({"run": _RUN})),
        Endpoint("GET", "/training/{job}/samples/{sample}", "get_training_sample", "What a run draws on the way.",
                  routes.training_sample, None, media="image/png"),
        Endpoint("GET", "/usage", "show_usage", "What providers were paid, and the budgets.",
                  routes.usage, shared("usage"), asked),
    )  # fmt: skip
