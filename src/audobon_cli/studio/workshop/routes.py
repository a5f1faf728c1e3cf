"""``/workshop``: the operations and their forms, what would come of one, and its results."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from audobon_cli.derivations.parameters import parameter_schema
from audobon_cli.derivations.run import OperationResult
from audobon_cli.derivations.sources import Source
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.media import pixels_of
from audobon_cli.sprites.check import Rules, rules_of
from audobon_cli.sprites.contract import Contract
from audobon_cli.sprites.gates import GATES
from audobon_cli.sprites.sheets.record import Animation, FrameRecord
from audobon_cli.sprites.workshop import AskedOperation, Playing, Tryout, keep, picture_operations, try_out
from audobon_cli.studio.access import API
from audobon_cli.studio.assets_routes import IMAGE_POLICY, library_of, number
from audobon_cli.studio.bodies import check
from audobon_cli.studio.workshop.shown_files import ShownFiles

HIGHEST_NUMBER = 10**6
_ONE_AT_A_TIME = threading.Lock()
"""Pictures take memory, and processors are no more for several pages at once."""


def list_operations(request: Request) -> JSONResponse:
    """Every operation on pictures that can be asked for, with the schema of its parameters; and the contract."""
    rows = [
        {
            "name": name,
            "about": one.about or (one.__doc__ or name).partition("\n\n")[0].replace("``", ""),
            "parameters": parameter_schema(one),
            "gathers": one.gathers,
            "together": one.together,
            "beside": one.beside or None,
        }
        for name, one in picture_operations().items()
    ]
    contract = _contract(request.app.state.place.contract)
    gates = {name: gate.about for name, gate in GATES.items()}
    return JSONResponse({"operations": rows, "contract": contract, "gates": gates})


def preview(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """What would come of an operation, or without one how the assets are. Nothing is filed.

    Raises InvalidInput, AssetNotFound, PictureUnusable, MattingUnavailable.
    """
    library = library_of(request)
    asked = _asked(request, body)
    contract: Contract = request.app.state.place.contract

    def rules() -> Rules:
        return rules_of(contract, lambda: library)

    with _ONE_AT_A_TIME:
        trial = try_out(library, asked, rules)
    pages = trial.playing.pages if trial.playing else ()
    name = _files(request).put([*(made.data for made in trial.results), *pages])
    return JSONResponse(_trial(trial, f"{API}/workshop/previews/{name}"))


def preview_file(request: Request) -> Response:
    """A file of a preview. Raises InvalidInput, and RouteUnknown for one that is not kept any more."""
    wanted = number(str(request.path_params["number"]), "number", 0, HIGHEST_NUMBER)
    data = _files(request).get(str(request.path_params["preview"]), wanted)
    return Response(data, media_type="image/png", headers={"Content-Security-Policy": IMAGE_POLICY})


def keep_results(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """File what comes of an operation. Raises as preview, and what filing does."""
    asked = _asked(request, body)
    if asked.operation is None:
        raise InvalidInput("No operation was named.", hint="GET /api/v1/workshop lists them")
    with _ONE_AT_A_TIME:
        made = keep(library_of(request), asked)
    request.app.state.place.commit_after(f"sprite {asked.operation.name}")
    rows = [{**one.asset.summary(), "existing": one.existing} for one in made if one.asset is not None]
    return JSONResponse({"assets": rows})


def _files(request: Request) -> ShownFiles:
    files: ShownFiles = request.app.state.shown_files
    return files


def _asked(request: Request, body: Mapping[str, Any]) -> AskedOperation:
    library = library_of(request)
    operation = None
    if body.get("operation"):
        known = picture_operations()
        if body["operation"] not in known:
            raise InvalidInput("There is no such operation.", hint=f"there are: {', '.join(known)}")
        found = known[body["operation"]]
        given = body.get("parameters", {})
        check(given, parameter_schema(found), "parameters")
        operation = found.from_parameters(given)
    elif body.get("parameters"):
        raise InvalidInput("Parameters belong to an operation.", hint="name the operation")
    sources = tuple(_source(library.assets.get(AssetId(one))) for one in dict.fromkeys(body["ids"]))
    beside = body.get("beside")
    held = None if beside is None else _source(library.assets.get(AssetId(beside)))
    return AskedOperation(operation, sources, held, body.get("together", False), body.get("name", "").strip())


def _source(asset: Any) -> Source:
    return Source(asset.name, asset=asset)


def _trial(trial: Tryout, address: str) -> dict[str, Any]:
    checked = trial.report.to_dict()
    if checked["contract"]:
        checked["contract"] = Path(checked["contract"]).name  # where it lies is nobody's business over HTTP
    return {
        "results": [_result(made, f"{address}/{place}") for place, made in enumerate(trial.results)],
        "total": trial.total,
        "playing": _playing(trial.playing, address, len(trial.results)) if trial.playing else None,
        "check": checked,
        "notes": list(trial.notes),
    }


def _result(made: OperationResult, address: str) -> dict[str, Any]:
    picture = pixels_of(made.media)
    return {
        "name": made.task.name,
        "width": picture.width,
        "height": picture.height,
        "frames": picture.frames,
        "size_bytes": made.size_bytes,
        "sources": [source.label for source in made.task.sources],
        "facts": dict(made.facts),
        "file": address,
    }


def _playing(playing: Playing, address: str, before: int) -> dict[str, Any]:
    record = playing.record
    return {
        "pages": [f"{address}/{before + place}" for place in range(len(playing.pages))],
        "frames": [_frame(one) for one in record.frames],
        "animations": [_animation(one, record.frames) for one in record.animations],
    }


def _frame(frame: FrameRecord) -> dict[str, Any]:
    return {
        "name": frame.name,
        "page": frame.page,
        "rect": [frame.x, frame.y, frame.width, frame.height],
        "offset": [frame.offset_x, frame.offset_y],
        "source": [frame.source_width, frame.source_height],
        "duration_ms": float(frame.duration_ms),
    }


def _animation(animation: Animation, frames: tuple[FrameRecord, ...]) -> dict[str, Any]:
    steps = [{"frame": step.place, "ms": float(step.duration)} for step in animation.steps(frames)]
    return {"name": animation.name, "steps": steps, "plays": animation.rounds}


def _contract(contract: Contract) -> dict[str, Any] | None:
    """What the project fixes; None where it fixes nothing."""
    if not contract.source:
        return None
    return {
        "file": Path(contract.source).name,
        "size": str(contract.size) if contract.size else None,
        "palette": Path(contract.palette).name if contract.palette else None,
        "styles": list(contract.styles),
        "style_card": Path(contract.style_card).name if contract.style_card else None,
        "limits": {name: None if limit == float("inf") else limit for name, limit in contract.gates.items()},
    }
