"""What `audobon models list`, `show` and `pull` print."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.output import Output
from audobon_cli.domain.units import format_bytes

if TYPE_CHECKING:
    from audobon_cli.models.catalog import ModelDetails, ModelSummary
    from audobon_cli.models.install.pull import PullReport
    from audobon_cli.models.needs import Need
    from audobon_cli.vram.model_fit import Fit

COMMIT = re.compile(r"(@[0-9a-f]{8})[0-9a-f]{32}$")
"""A commit at the end of a source; lists show its first digits."""
LINES = (
    "name",
    "kind",
    "family",
    "pipeline",
    "native_size",
    "alpha",
    "licence",
    "source",
    "commit",
    "variant",
)
LAST_LINES = ("made_for", "fits", "options", "schedulers", "pulled", "folder", "digest")


def list_view(
    out: Output, models: "tuple[ModelSummary, ...]", fits: "dict[str, Fit]", used: dict[str, str]
) -> None:
    """Print all models, for people or scripts."""
    rows = [
        {
            "name": model.name,
            "family": model.family,
            "description": model.description,
            "licence": model.licence,
            "folder": None if model.folder is None else str(model.folder),
            "size_bytes": model.size_bytes,
            "source": model.source,
            "problem": model.problem,
            "state": model.state,
            "commit": model.commit,
            "download_bytes": model.download_bytes,
            "download_at_least": model.download_at_least,
            "kind": model.kind,
            "last_used": used[model.name] or None,
            "fits": _fit_data(fits[model.name]),
        }
        for model in models
    ]
    cells = [
        (
            m.name,
            m.family,
            m.state,
            format_bytes(m.size_bytes) if m.folder else _about(m),
            _fit_words(fits[m.name]),
            used[m.name].partition("T")[0] or ("never" if m.folder else ""),
            m.licence,
            COMMIT.sub(r"\1", m.source),
            m.description if m.state == "not pulled" else m.problem or m.description,
        )
        for m in models
    ]
    memory = "fits RAM" if any(fit.memory == "ram" for fit in fits.values()) else "fits GPU"
    headings = ("name", "family", "state", "size", memory, "last used", "licence", "source", "what it is")
    styles = {"ready": "green", "damaged": "red", "not pulled": "dim", "no": "red"}
    out.result({"models": rows}, view=lambda: out.table(headings, cells, styles))


def _about(model: "ModelSummary") -> str:
    """What pulling would fetch, where that is known."""
    if model.download_bytes:
        return f"({format_bytes(model.download_bytes)})"
    return f"(at least {format_bytes(model.download_at_least)})" if model.download_at_least else "(?)"


def _fit_data(fit: "Fit") -> dict[str, Any]:
    return {
        "answer": fit.answer.value,
        "memory": fit.memory,
        "strategy": fit.strategy or None,
        "needed_bytes": fit.needed_bytes,
    }


def _fit_words(fit: "Fit") -> str:
    if fit.answer == "offload":
        return f"with {fit.strategy}"
    needs = f" (needs {format_bytes(fit.needed_bytes)})" if fit.needed_bytes else ""
    return f"no{needs}" if fit.answer == "no" else "?" if fit.answer == "unknown" else "yes"


def show_view(out: Output, details: "ModelDetails") -> None:
    """Print a model's details, for people or scripts."""
    data = _details(details)

    def view() -> None:
        for key in (*LINES, *LAST_LINES):
            if data[key] not in ("", None, []):
                value = ", ".join(data[key]) if isinstance(data[key], list) else data[key]
                out.line(f"{key.replace('_', ' ') + ':':<13}{value}")
        rows = [
            (
                part["name"],
                part["class"],
                f"{part['parameters'] / 1e6:.1f} M" if part["size_bytes"] else "",
                format_bytes(part["size_bytes"]) if part["size_bytes"] else "",
                " ".join(part["dtypes"]),
            )
            for part in data["components"]
        ]
        out.line("")
        out.table(("part", "class", "parameters", "size", "type"), rows)
        if data["files"]:
            out.line("")
            files = [(f["path"], format_bytes(f["size_bytes"]), f["sha256"]) for f in data["files"]]
            out.table(("file", "size", "SHA-256"), files)

    out.result(data, view=view)


def _details(details: "ModelDetails") -> dict[str, Any]:
    model, files, manifest, weights = details.model, details.files, details.manifest, details.weights
    record = manifest.to_dict() if manifest else {}
    data: dict[str, Any] = {key: record.get(key, "") for key in ("name", "family", "licence", "folder")}
    data |= {key: record.get(key, "") for key in ("source", "commit", "variant", "pulled")}
    files_data = [file.to_dict() for file in details.contents]
    data |= {"files": files_data, "damaged": record.get("damaged", [])}
    data |= {"kind": "model", "made_for": "", "fits": []}
    data |= {"pipeline": None, "native_size": None, "alpha": None, "digest": details.digest, "components": []}
    data |= {"options": [], "schedulers": []}
    if model is not None and files is not None:
        data |= {
            "name": model.name,
            "family": model.family,
            "pipeline": model.pipeline,
            "folder": str(model.folder),
            "licence": model.licence,
            "native_size": str(model.size_rule.native),
            "alpha": model.alpha.value,
            "parameters": files.parameters,
            "size_bytes": files.weights_bytes,
        }
        data["options"] = list(details.options)
        data["schedulers"] = list(details.schedulers)
        data["components"] = [
            {
                "name": part.name,
                "class": part.class_name,
                "parameters": part.parameters,
                "size_bytes": part.weights_bytes,
                "dtypes": list(part.dtypes),
            }
            for part in files.components
        ]
    elif weights is not None:
        data |= {
            "kind": weights.facts.kind.value,
            "family": data["family"] or weights.facts.family,
            "parameters": weights.header.parameters,
            "size_bytes": weights.header.file_bytes,
            "made_for": str(weights.facts.architecture or ""),
            "fits": list(details.fits),
        }
    return data


def pull_view(out: Output, report: "PullReport") -> None:
    """Print what a pull did or, on a dry run, what is still to be fetched."""
    manifest = report.manifest
    if report.dry_run:
        out.table(
            ("file", "size", "state"),
            [
                (file.path, "?" if file.size_bytes is None else format_bytes(file.size_bytes), file.status)
                for file in report.files
            ],
        )
        out.note(
            f"Still to be fetched for {manifest.name}: {size_words(report)}. Licence: {manifest.licence}."
        )
        return
    out.line(f"{manifest.name}\t{manifest.folder}")
    fetched = "" if report.fetch_bytes is None else f", {format_bytes(report.fetch_bytes)} of them fetched"
    out.note(
        f"{len(manifest.files)} files ({format_bytes(manifest.size_bytes)}){fetched}, all as published. "
        f"Licence: {manifest.licence}."
    )


def size_words(report: "PullReport") -> str:
    """What a pull fetches, or would."""
    return "an unknown number of bytes" if report.fetch_bytes is None else format_bytes(report.fetch_bytes)


def needs_data(needs: "Sequence[Need]") -> list[dict[str, str]]:
    """What a model still needs, for scripts."""
    return [{"why": need.why, "way": need.way} for need in needs]


def tell_needs(out: Output, needs: "Sequence[Need]") -> None:
    """The same for people."""
    for need in needs:
        out.warn(f"{need.why.rstrip('.')}: {need.way}")
