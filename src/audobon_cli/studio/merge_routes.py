"""Merging branches: what both sides changed is decided picture by picture; until then the library stays as it is."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from audobon_cli.domain.errors import InvalidInput, PictureUnreadable
from audobon_cli.domain.ids import AssetId
from audobon_cli.history.image_diff import picture_of
from audobon_cli.history.merge import MergeReport, abort, conflicts, decide, merge
from audobon_cli.history.model.merge import Conflict, Resolution, Side
from audobon_cli.studio.assets_routes import IMAGE_POLICY, MEDIA_TYPES, library_of


def begin_merge(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """Merge a branch or commit into this one. Raises UncommittedChanges, VersionState, VersionNotFound."""
    strategy = body.get("take")
    report = merge(
        library_of(request),
        body["revision"],
        request.app.state.place.author,
        strategy=None if strategy is None else Side(strategy),
    )
    return JSONResponse(_report(report))


def list_conflicts(request: Request) -> JSONResponse:
    """What waits for a decision. Raises VersionState when no merge waits."""
    return JSONResponse({"conflicts": [_conflict(one) for one in conflicts(library_of(request))]})


def conflict_picture(request: Request) -> Response:
    """The picture of one side of a conflict. Raises PictureUnreadable where that side has none."""
    asset, side = request.path_params["asset"], request.path_params["side"]
    library = library_of(request)
    found = next((one for one in conflicts(library) if one.asset == asset), None)
    if found is None or side not in ("base", "ours", "theirs"):
        raise InvalidInput("There is no such conflict.", hint="/api/v1/history/conflicts lists them")
    record = getattr(found.versions, side)
    data = picture_of(library, record)
    if data is None or record is None:
        raise PictureUnreadable(
            "This side has no picture.", hint="the asset is not there, or its file is not"
        )
    kind = MEDIA_TYPES.get(str(record.get("format", "png")), "application/octet-stream")
    return Response(data, media_type=kind, headers={"Content-Security-Policy": IMAGE_POLICY})


def resolve(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """Decide conflicts for one side; the last decision completes the merge. Raises VersionState."""
    library = library_of(request)
    wanted = body.get("ids") or [one.asset for one in conflicts(library)]
    decision = Resolution(Side(body["take"]))
    report = decide(library, {AssetId(one): decision for one in wanted}, request.app.state.place.author)
    return JSONResponse(_report(report))


def give_up(request: Request, _: Mapping[str, Any]) -> JSONResponse:
    """Give up the merge that waits; the library was never touched. Raises VersionState."""
    return JSONResponse({"commit": abort(library_of(request))})


def _report(report: MergeReport) -> dict[str, Any]:
    return {
        "commit": report.commit,
        "fast_forward": report.fast_forward,
        "up_to_date": report.up_to_date,
        "changed": report.changed,
        "conflicts": [_conflict(one) for one in report.conflicts],
    }


def _conflict(conflict: Conflict) -> dict[str, Any]:
    versions = conflict.versions
    record = versions.ours or versions.theirs or versions.base or {}
    return {
        "id": conflict.asset,
        "name": str(record.get("name", "")),
        "kind": conflict.kind.value,
        "fields": list(conflict.fields),
        "base": versions.base,
        "ours": versions.ours,
        "theirs": versions.theirs,
    }
