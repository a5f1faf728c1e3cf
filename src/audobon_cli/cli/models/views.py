"""What `audobon models list`, `show` and `pull` print."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.output import Output
from audobon_cli.cli.screen.columns import Both, Cell, Column, Kind
from audobon_cli.domain.units import format_bytes, plural

if TYPE_CHECKING:
    from audobon_cli.models.catalog import ModelDetails, ModelSummary
    from audobon_cli.models.install.pull import PullReport
    from audobon_cli.models.needs import Need
    from audobon_cli.vram.model_fit import Fit

PIPED = (
    Column("name"),
    Column("family"),
    Column("state"),
    Column("size", Kind.BYTES),
    Column("fits"),
    Column("last used", Kind.TIME),
    Column("licence"),
    Column("source"),
    Column("what it is"),
    Column("needs", Kind.BYTES),
)
"""What scripts get of a list of models: of what is not here the size of the download."""
STYLES = {"fits": "green", "fits, streamed": "green", "not known": "dim", "never": "dim"}
PARTS = (
    Column("part"),
    Column("class", Kind.NAME),
    Column("parameters", Kind.NUMBER),
    Column("size", Kind.BYTES),
    Column("type"),
)
FILES = (Column("file", Kind.NAME), Column("size", Kind.BYTES), Column("SHA-256"))
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
LAST_LINES = ("made_for", "changes", "words", "fits", "options", "schedulers", "pulled", "folder", "digest")


def list_view(
    out: Output, models: "tuple[ModelSummary, ...]", fits: "dict[str, Fit]", used: dict[str, str]
) -> None:
    """Print all models, for people or scripts."""
    rows = [
        {**model.to_dict(), "last_used": used[model.name] or None, "fits": fits[model.name].to_dict()}
        for model in models
    ]
    out.listing({"models": rows}, view=lambda: _show_list(out, models, fits, used))
    if sys.stdout.isatty():
        out.note("Licence and source: audobon models show NAME. Fetch: audobon models pull NAME.")


def _show_list(
    out: Output, models: "Sequence[ModelSummary]", fits: "dict[str, Fit]", used: dict[str, str]
) -> None:
    """Those that are here, then those to pull; a line each. For scripts all of them with all columns."""
    cells = {model.name: _cells(model, fits[model.name], used[model.name]) for model in models}
    if not sys.stdout.isatty():
        out.table(PIPED, [cells[model.name] for model in models])
        return
    here = [model for model in models if model.state != "not pulled"]
    absent = [model for model in models if model.state == "not pulled"]
    name_width = max((len(model.name) for model in models), default=0)
    for title, chosen, size in (
        ("On this machine", here, "size"),
        (f"To pull ({len(absent)})", absent, "download"),
    ):
        columns = (
            Column(title, least=max(name_width, 15)),
            Column(size, Kind.BYTES, least=10),
            Column("here", drop=1, least=14),
            Column("used", Kind.DAY, drop=2),
            Column("about", Kind.NAME, drop=3),
        )
        rows: list[tuple[Cell, ...]] = []
        for model in chosen:
            name, _, _, held, fit, last, *_ = cells[model.name]
            rows.append((name, held, fit, last if model.folder else None, _words(model)))
        out.table(columns, rows, STYLES)


def _cells(model: "ModelSummary", fit: "Fit", used: str) -> tuple[Cell, ...]:
    held: Cell = model.size_bytes if model.folder else model.download_bytes or None
    if not model.folder and not model.download_bytes and model.download_at_least:
        held = Both(f"> {format_bytes(model.download_at_least)}", str(model.download_at_least))
    return (
        model.name,
        model.family,
        model.state,
        held,
        Both(_fit_words(fit), fit.answer.value),
        datetime.fromisoformat(used) if used else Both("never", ""),
        model.licence,
        model.source,
        model.description if model.state == "not pulled" else model.problem or model.description,
        fit.needed_bytes,
    )


def _words(model: "ModelSummary") -> str:
    """What is said of a model in its line: what is wrong with it, else its description without its name."""
    if model.folder is not None and model.problem:
        return model.problem
    words = model.description.partition(": ")[2] or model.description or model.source
    return words.rstrip(".").partition(";")[0]


def _fit_words(fit: "Fit") -> str:
    if fit.answer == "offload":
        return "fits, streamed"
    if fit.answer == "no":
        return f"needs {format_bytes(fit.needed_bytes)}" if fit.needed_bytes else "does not fit"
    return "not known" if fit.answer == "unknown" else "fits"


def show_view(out: Output, details: "ModelDetails") -> None:
    """Print a model's details, for people or scripts."""
    data = _details(details)

    def view() -> None:
        facts = [
            (key.replace("_", " "), ", ".join(data[key]) if isinstance(data[key], list) else str(data[key]))
            for key in (*LINES, *LAST_LINES)
            if data[key] not in ("", None, [])
        ]
        if sys.stdout.isatty():
            out.table((Column(""), Column("", Kind.PROSE)), facts)
        else:  # what scripts read of it by label
            for label, value in facts:
                out.line(f"{label + ':':<13}{value}")
        rows = [
            (
                part["name"],
                part["class"],
                f"{part['parameters'] / 1e6:.1f} M" if part["size_bytes"] else "",
                part["size_bytes"] or None,
                " ".join(part["dtypes"]),
            )
            for part in data["components"]
        ]
        out.line("")
        out.table(PARTS, rows)
        if data["files"]:
            out.line("")
            files = [(f["path"], f["size_bytes"], Both(f["sha256"][:12], f["sha256"])) for f in data["files"]]
            out.table(FILES, files)

    out.listing(data, view=view)


def _details(details: "ModelDetails") -> dict[str, Any]:
    model, files, manifest, weights = details.model, details.files, details.manifest, details.weights
    record = manifest.to_dict() if manifest else {}
    data: dict[str, Any] = {key: record.get(key, "") for key in ("name", "family", "licence", "folder")}
    data |= {key: record.get(key, "") for key in ("source", "commit", "variant", "pulled")}
    files_data = [file.to_dict() for file in details.contents]
    data |= {"files": files_data, "damaged": record.get("damaged", [])}
    data |= {"kind": "model", "made_for": "", "changes": [], "words": [], "fits": []}
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
            "changes": list(weights.changes),
            "words": list(weights.words),
            "fits": list(details.fits),
        }
    return data


def pull_view(out: Output, report: "PullReport") -> None:
    """Print what a pull did or, on a dry run, what is still to be fetched."""
    manifest = report.manifest
    if report.dry_run:
        columns = (Column("file", Kind.NAME), Column("size", Kind.BYTES), Column("state"))
        out.table(columns, [(file.path, file.size_bytes, file.status) for file in report.files])
        out.note(
            f"Still to be fetched for {manifest.name}: {size_words(report)}. Licence: {manifest.licence}."
        )
        return
    out.line(f"{manifest.name}\t{manifest.folder}")
    fetched = "" if report.fetch_bytes is None else f"{format_bytes(report.fetch_bytes)} downloaded; "
    out.note(
        f"{plural(len(manifest.files), 'file')}, {format_bytes(manifest.size_bytes)}. {fetched}"
        f"{'all' if fetched else 'All'} checksums match. Licence: {manifest.licence}."
    )


def pull_data(report: "PullReport") -> dict[str, Any]:
    """The result of a pull for scripts."""
    return {
        "model": report.manifest.to_dict(),
        "fetch_bytes": report.fetch_bytes,
        "dry_run": report.dry_run,
        "files": [
            {
                "path": file.path,
                "size_bytes": file.size_bytes,
                "kept_bytes": file.kept_bytes,
                "status": file.status,
            }
            for file in report.files
        ],
    }


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
