"""Changing assets: tags, ratings, categories, notes, names, the trash; each request is one step of undo."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput, VersionNotFound
from audobon_cli.domain.ids import AssetId
from audobon_cli.history.last_change import last_change, undo_last
from audobon_cli.library.organize import Arrangement, arrange
from audobon_cli.library.paging import Order, Paging
from audobon_cli.library.select import find_assets
from audobon_cli.library.store.library import Library
from audobon_cli.library.trash import list_trash, restore_assets, trash_assets
from audobon_cli.studio.assets_routes import asset_of, library_of
from audobon_cli.studio.selection_page import selection_page

MOST_CHANGED = 10_000
"""Assets of one request: steps of undo hold so many."""
SHOWN_CHANGED = 500
"""So many of the changed assets are told in full."""


def edit_assets(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """Change every asset that is meant, in one transaction. Raises InvalidInput, AssetNotFound, QueryInvalid."""
    library = library_of(request)
    chosen = _chosen(library, body)
    wanted = Arrangement(
        add_tags=tuple(body.get("add_tags", ())),
        remove_tags=tuple(body.get("remove_tags", ())),
        category=body.get("category"),
        note=body.get("note"),
        name=body.get("name"),
    )
    if "rating" in body:
        wanted = replace(wanted, rates=True, rating=body["rating"])
    changed = arrange(library, chosen, wanted)
    _committed(request, "assets edit")
    shown = [asset.summary() for asset in changed.assets[:SHOWN_CHANGED]]
    return JSONResponse({"assets": shown, "count": len(chosen), "changed": changed.changed})


def trash(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """Put assets into the trash, all or none."""
    library = library_of(request)
    count = trash_assets(library, _chosen(library, body))
    _committed(request, "assets trash")
    return JSONResponse({"count": count})


def trash_one(request: Request) -> JSONResponse:
    """Put one asset into the trash; it can be restored. Raises AssetNotFound."""
    library = library_of(request)
    count = trash_assets(library, [asset_of(request, library)])
    _committed(request, "assets trash")
    return JSONResponse({"count": count})


def restore(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """Take assets out of the trash. Raises AssetNotFound for an id that is not in it."""
    library = library_of(request)
    held = {one.asset.id: one.asset for one in list_trash(library, MOST_CHANGED)}
    chosen = []
    for one in dict.fromkeys(body["ids"]):
        if one not in held:
            found = library.survey.find_trashed(one)
            if [asset.id for asset in found] != [one]:
                raise InvalidInput("An id is not in the trash.", hint="/api/v1/trash lists it")
            held[AssetId(one)] = found[0]
        chosen.append(held[AssetId(one)])
    restored = restore_assets(library, chosen)
    _committed(request, "assets restore")
    return JSONResponse({"assets": [asset.summary() for asset in restored], "count": len(restored)})


def show_trash(request: Request) -> JSONResponse:
    """What lies in the trash, the last thrown away first; at most 1,000."""
    held = list_trash(library_of(request))
    rows = [{**one.asset.summary(), "trashed": one.since.isoformat()} for one in held]
    return JSONResponse({"assets": rows, "total": len(rows)})


def show_undo(request: Request) -> JSONResponse:
    """What would be taken back; null where there is nothing."""
    try:
        change = last_change(library_of(request))
    except VersionNotFound:
        return JSONResponse({"undo": None})
    data = {"command": change.command, "time": change.time.isoformat(), "count": change.count}
    return JSONResponse({"undo": {**data, "assets": list(change.names)}})


def undo(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """Take back the last change; with ``time`` only that very one, so that two pages do not undo twice what one sees.

    Raises VersionNotFound, UncommittedChanges.
    """
    library = library_of(request)
    change = last_change(library)
    wanted = body.get("time")
    if wanted is not None and wanted != change.time.isoformat():
        raise VersionNotFound("Something else was changed since.", hint="look at /api/v1/undo again")
    count = undo_last(library, change)
    return JSONResponse({"undone": change.command, "count": count})


def complete_query(request: Request) -> JSONResponse:
    """``?text=``: how the last word of a query could go on: fields, and their values that the library knows."""
    from audobon_cli.library.query_completion import completions

    text = request.query_params.get("text", "")
    if len(text) > SHOWN_CHANGED:
        raise InvalidInput("The text is too long.", hint="send the query as far as it is typed")
    return JSONResponse({"completions": completions(library_of(request), text)})


def share(request: Request) -> Response:
    """``?id=&id=`` or ``?query=``: a page that holds all of itself, as a file. Raises InvalidInput, AssetNotFound."""
    asked = request.query_params
    body: dict[str, Any] = {"ids": asked.getlist("id")} if "id" in asked else {}
    if "query" in asked:
        body["query"] = asked["query"]
    library = library_of(request)
    page = selection_page(library, _chosen(library, body))
    headers = {"Content-Disposition": 'attachment; filename="audobon.html"'}
    return Response(page, media_type="text/html", headers=headers)


def _chosen(library: Library, body: Mapping[str, Any]) -> list[Asset]:
    """The assets of ``ids``, or all that ``query`` finds. Raises InvalidInput for both, none or too many."""
    ids, query = body.get("ids"), body.get("query")
    if (ids is None) == (query is None):
        raise InvalidInput(
            "Name assets by ids or by a query.", hint='{"ids": ["..."]} or {"query": "tag:wip"}'
        )
    if ids is not None:
        return [library.assets.get(AssetId(one)) for one in dict.fromkeys(ids)]
    page = find_assets(library, str(query), Paging(Order.NEWEST, MOST_CHANGED + 1))
    if len(page.assets) > MOST_CHANGED:
        raise InvalidInput(
            f"The query finds more than {MOST_CHANGED} assets.", hint="narrow it, and do it in several steps"
        )
    return list(page.assets)


def _committed(request: Request, command: str) -> None:
    request.app.state.place.commit_after(command)
