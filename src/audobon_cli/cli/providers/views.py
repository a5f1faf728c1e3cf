"""Providers, their models and requests, for people and for scripts."""

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.secrets import redact
from audobon_cli.domain.units import format_seconds, format_usd, plural, usd

if TYPE_CHECKING:
    from audobon_cli.domain.providers import RemoteModel
    from audobon_cli.providers.breakers import BreakerRecord
    from audobon_cli.providers.check import CheckedProvider, KnownProvider, ProviderModel
    from audobon_cli.providers.protocol import Preview, Probe, ServerFiles

KNOWN = (
    Column("provider"),
    Column("usual model", Kind.NAME),
    Column("a picture"),
    Column("key", Kind.PROSE),
)
CHECKED = (
    Column("provider"),
    Column("server"),
    Column("state"),
    Column("answer", drop=1),
    Column("a picture", drop=2),
    Column("what it says", Kind.PROSE),
)
MODELS = (
    Column("provider"),
    Column("model", Kind.NAME),
    Column("its id", Kind.NAME, drop=3),
    Column("a picture"),
    Column("size"),
    Column("honours", Kind.NAME, drop=2),
    Column("end", Kind.NAME, drop=1),
)


def list_view(session: Session, found: "Sequence[KnownProvider]") -> None:
    """A row a provider."""
    rows = []
    for one in found:
        data = one.to_dict()
        ways = [f"set {' or '.join(one.preset.keys)}", *filter(None, [one.preset.sign_in])]
        key = data["key"] or (one.missing or f"no key: {', or '.join(ways)}")
        rows.append((data["name"], data["model"], _price_of(one), key))
    session.out.table(KNOWN, rows)


def checked_data(one: "CheckedProvider", pause: float) -> dict[str, Any]:
    """``data.providers[]`` of check; servers are left alone for ``pause`` seconds."""
    return {
        **one.known.to_dict(),
        "probes": [_probe_data(probe) for probe in one.probes],
        "breakers": [record.to_dict(pause, time.time()) for record in one.breakers],
    }


def breaker_words(record: "BreakerRecord", pause: float) -> str:
    """The same for people."""
    now = time.time()
    failed = f"{plural(record.failures, 'failure')} in a row (the last: {record.why})"
    state, left = record.state(pause, now), record.seconds_left(pause, now)
    if state == "closed":
        return failed
    alone = f"left alone for another {format_seconds(left)}" if left else "the next request tries it"
    return f"{failed}, {alone} → audobon providers reset {record.provider}"


def reset_view(session: Session, gone: "Sequence[BreakerRecord]") -> None:
    """A line a server."""
    for record in gone:
        failed = f"{plural(record.failures, 'failure')} forgotten"
        session.out.line(f"{record.provider} {record.server}: {failed}; the next request is sent")
    if not gone:
        session.out.line("No server is left alone.")


def check_view(session: Session, found: "Sequence[CheckedProvider]", pause: float) -> None:
    """A row a server."""
    rows = []
    for one in found:
        name, price = one.known.preset.name, _price_of(one.known)
        if one.known.missing:
            rows.append((name, "", "not usable", "", price, one.known.missing))
        for probe in one.probes:
            keyless = not probe.reachable and probe.key_works is False
            state = "reachable" if probe.reachable else "no key" if keyless else "unreachable"
            key = (
                ""
                if keyless
                else {True: "key works", False: "key refused or missing", None: ""}[probe.key_works]
            )
            shown = {name: value for name, value in probe.facts.items() if not isinstance(value, list)}
            facts = ", ".join(f"{name} {value}" for name, value in shown.items())
            failed = [breaker_words(of, pause) for of in one.breakers if of.server == redact(probe.server)]
            words = "; ".join(part for part in (key, probe.problem, facts, *failed) if part)
            rows.append((name, probe.server, state, f"{probe.seconds * 1000:.0f} ms", price, words))
    session.out.table(
        CHECKED,
        rows,
        {"reachable": "green", "unreachable": "red", "no key": "yellow"},
        order=("provider", "state", "answer", "a picture", "server", "what it says"),
    )


def model_data(one: "ProviderModel") -> dict[str, Any]:
    """``data.models[]``."""
    model, cycle, origin = one.model, one.model.lifecycle, one.model.price.origin
    return {
        "provider": one.provider,
        "name": model.name,
        "id": model.id,
        "title": model.title,
        "price_usd": {}
        if one.is_over or model.price.unknown
        else {key: usd(model.price.estimate(key, model.native)) for key in _qualities(model)},
        "price_source": origin.source,
        "price_checked": origin.checked or None,
        "native_size": str(model.native),
        "sizes": [str(size) for size in model.sizes],
        "options": sorted(option.value for option in model.options),
        "regions": list(model.regions),
        "ends": cycle.ends.isoformat() if cycle else None,
        "ends_source": cycle.origin.source if cycle else None,
        "successor": (cycle.successor or None) if cycle else None,
        "retired": one.is_over,
    }


def models_view(session: Session, found: "Sequence[ProviderModel]") -> None:
    """A row a model."""
    rows = []
    for one in found:
        model, cycle = one.model, one.model.lifecycle
        end = ""
        if cycle is not None:
            end = f"{'retired' if one.is_over else 'ends'} {cycle.ends.isoformat()}"
            end += f", use {cycle.successor}" if cycle.successor else ""
        options = " ".join(sorted(option.value for option in model.options))
        price = "" if one.is_over else _price(model)
        rows.append((one.provider, model.name, model.id, price, str(model.native), options, end))
    session.out.table(MODELS, rows)


def files_data(one: "ServerFiles") -> dict[str, Any]:
    """``data.servers[]`` of models."""
    return {"server": one.server, "checkpoints": list(one.checkpoints), "problem": one.problem or None}


def files_view(session: Session, found: "Sequence[ServerFiles]") -> None:
    """What servers of one's own have, a line a file."""
    for one in found:
        if one.problem:
            session.out.warn(f"{one.server} does not say what it has: {one.problem}")
            continue
        session.out.line("")
        session.out.line(f"{one.server} has ({len(one.checkpoints)} checkpoints, for --model sdxl:FILE):")
        session.out.lines(f"  {name}" for name in one.checkpoints)


def preview_data(shown: "Preview") -> dict[str, Any]:
    """``data.request``."""
    return {"method": shown.method, "url": shown.url, "headers": dict(shown.headers), "body": shown.body}


def show_preview(session: Session, shown: "Preview") -> None:
    """The request as HTTP shows it."""
    line = session.out.line
    line(f"{shown.method} {shown.url}")
    for name, value in shown.headers.items():
        line(f"{name}: {value}")
    line("")
    line(json.dumps(shown.body, indent=2, ensure_ascii=False))
    session.out.note("Nothing was sent.")


def _probe_data(probe: "Probe") -> dict[str, Any]:
    return {
        "server": probe.server,
        "reachable": probe.reachable,
        "seconds": round(probe.seconds, 4),
        "key_works": probe.key_works,
        "problem": probe.problem or None,
        "facts": dict(probe.facts),
    }


def _qualities(model: "RemoteModel") -> tuple[str, ...]:
    return tuple(dict.fromkeys(("default", *model.price.per_picture)))


def _price(model: "RemoteModel") -> str:
    """What a picture costs, in words."""
    return "unknown" if model.price.unknown else _money(model.price.estimate("optimized", model.native))


def _price_of(one: "KnownProvider") -> str:
    return _price(one.preset.models[one.preset.default_model])


def _money(micro: int) -> str:
    return format_usd(micro) if micro else "free"
