"""Where assets come from, and what the library was: lineage, commits, branches, and looks at what was."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from audobon_cli.history.branches import branches, restore, switch, tags
from audobon_cli.history.commits import LoggedCommit, commit, log, show, status
from audobon_cli.history.worktree import AssetChange
from audobon_cli.library.lineage import Branch, family_tree
from audobon_cli.studio.assets_routes import asset_of, library_of, number

USUAL_COMMITS, MOST_COMMITS = 50, 500
SHOWN_CHANGES = 500


def lineage(request: Request) -> JSONResponse:
    """The trees in which an asset stands, from its first ancestors on. Raises AssetNotFound."""
    library = library_of(request)
    asset = asset_of(request, library)
    return JSONResponse({"asset": asset.id, "roots": [_grown(one) for one in family_tree(library, asset)]})


def show_history(request: Request) -> JSONResponse:
    """Where the library stands, its branches and tags, and its last commits. Raises VersionNotFound."""
    asked = request.query_params
    limit = number(asked.get("limit", str(USUAL_COMMITS)), "limit", 1, MOST_COMMITS)
    library = library_of(request)
    found = status(library)
    start = asked.get("start") or "HEAD"
    return JSONResponse(
        {
            "branch": found.branch,
            "head": found.head,
            "uncommitted": len(found.changes),
            "merging": found.merging,
            "conflicts": found.conflicts,
            "branches": [{"name": one.name, "commit": one.commit} for one in branches(library)],
            "tags": [{"name": one.name, "commit": one.commit} for one in tags(library)],
            "commits": [_commit(one) for one in log(library, start, limit)],
        }
    )


def show_commit(request: Request) -> JSONResponse:
    """A commit and what it changed. Raises VersionNotFound."""
    found = show(library_of(request), str(request.path_params["revision"]))
    return JSONResponse(
        {
            "commit": _commit(found.logged),
            "assets": found.assets,
            "changes": [_change(one) for one in found.changes[:SHOWN_CHANGES]],
            "total": len(found.changes),
        }
    )


def make_commit(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """Commit what was changed; ``commit`` is null where nothing was."""
    made = commit(library_of(request), body["message"], request.app.state.place.author)
    return JSONResponse({"commit": made.id, "branch": made.branch, "changes": len(made.changes)})


def go_to(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """Bring the library to a branch or commit; with ``create`` begin a branch here.

    Raises UncommittedChanges, VersionNotFound, VersionExists, VersionState.
    """
    author = request.app.state.place.author
    result = switch(library_of(request), body["target"], author, create=body.get("create", False))
    return JSONResponse({"branch": result.branch, "commit": result.commit, "changed": result.changed})


def bring_back(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """Make assets (all without ``ids``) what they were in a commit, without committing. Raises VersionNotFound."""
    ids = body.get("ids")
    count = restore(library_of(request), None if ids is None else list(ids), body["revision"])
    return JSONResponse({"changed": count})


def _grown(branch: Branch) -> dict[str, Any]:
    return {
        "asset": branch.asset.summary(),
        "seen": branch.seen,
        "children": [_grown(one) for one in branch.children],
    }


def _commit(logged: LoggedCommit) -> dict[str, Any]:
    made = logged.commit
    return {
        "id": logged.id,
        "tree": made.tree.hex(),
        "message": made.message,
        "author": made.author,
        "time": made.time.isoformat(),
        "parents": list(made.parents),
        "refs": list(logged.refs),
    }


def _change(change: AssetChange) -> dict[str, Any]:
    return {
        "id": change.asset,
        "name": change.name,
        "change": change.change.value,
        "fields": list(change.fields),
    }
