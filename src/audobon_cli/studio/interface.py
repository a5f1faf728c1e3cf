"""The table of the HTTP interface: every path below /api/v1, from which routes and the OpenAPI document are made."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.studio import (
    assets_routes,
    edit_routes,
    generate_routes,
    history_routes,
    merge_routes,
    queue_routes,
    session_route,
    state_routes,
    upload_route,
)
from audobon_cli.studio import schemas as known
from audobon_cli.studio.endpoint import NOTHING, Endpoint, Parameter
from audobon_cli.studio.machines.endpoints import machine_endpoints
from audobon_cli.studio.schemas import COUNT, MAYBE_TEXT, TEXT, answer, body, listed, shared
from audobon_cli.studio.workshop.endpoints import workshop_endpoints

_QUERY = Parameter("query", "What to find, as `audobon help queries` says.", TEXT)
_SORT = Parameter("sort", "relevance, newest, oldest, name, largest or rating.", TEXT)
_TEXT = Parameter("text", "What is typed so far.", TEXT)
_JOBS = answer({"jobs": listed(shared("job"))})


def endpoints(fields: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    """All endpoints; ``fields`` are the schemas of what a request for a picture or sound may say (see
    GenerationService.fields)."""
    own = (*_library(), *_changes(), *_queue(), *_generation(fields), *_merging(), *_history(), *_state())
    return (*own, *workshop_endpoints(), *machine_endpoints())


def _library() -> tuple[Endpoint, ...]:
    found = {
        "assets": known.ASSETS,
        "total": COUNT,
        "total_is_exact": {"type": "boolean"},
        "after": MAYBE_TEXT,
    }
    places = {"step": COUNT, "total": COUNT, "total_is_exact": {"type": "boolean"}, "after": listed(TEXT)}
    page = (
        _QUERY,
        _SORT,
        Parameter("limit", "Assets of the page, at most 500.", COUNT),
        Parameter("after", "The cursor that the page before gave.", TEXT),
    )
    step = Parameter("step", "Assets of a page, 10 to 500.", COUNT)
    version = Parameter("v", "Twelve or more digits of the blob: the answer may be kept for good.", TEXT)
    several = Parameter("id", "An asset; several times for several.", TEXT, is_list=True)
    suggested = answer({"completions": listed({"type": "object"})})
    file = "application/octet-stream"
    return (
        Endpoint("GET", "/assets", "list_assets", "A page of what a query finds.",
                  assets_routes.list_assets, answer(found), page),
        Endpoint("GET", "/assets/positions", "list_positions", "The cursors of all pages of what a query finds.",
                  assets_routes.list_positions, answer(places), (_QUERY, _SORT, step)),
        Endpoint("GET", "/assets/completions", "complete_query", "How the last word of a query could go on.",
                  edit_routes.complete_query, suggested, (_TEXT,)),
        Endpoint("GET", "/assets/page", "share_assets", "Assets as one HTML page that holds all of itself.",
                  edit_routes.share, None, (several, _QUERY), media="text/html"),
        Endpoint("GET", "/assets/{asset}", "show_asset", "An asset with recipe, derivation, metadata, relations.",
                  assets_routes.show_one, answer({"asset": shared("asset")})),
        Endpoint("GET", "/assets/{asset}/lineage", "show_lineage", "The trees in which an asset stands.",
                  history_routes.lineage, answer({"asset": TEXT, "roots": listed({"type": "object"})})),
        Endpoint("GET", "/images/{asset}", "get_image", "The file of an asset, also of a sound.",
                  assets_routes.stored_file, None, (version,), media=file),
        Endpoint("GET", "/images/{asset}/thumbnail", "get_thumbnail", "A WebP of at most 128 x 128 pixels.",
                  assets_routes.small_picture, None, (version,), media="image/webp"),
    )  # fmt: skip


def _changes() -> tuple[Endpoint, ...]:
    count = answer({"count": COUNT})
    edited = answer({"assets": known.ASSETS, "count": COUNT, "changed": COUNT})
    held = answer({"assets": known.ASSETS, "total": COUNT})
    step = {"command": TEXT, "time": TEXT, "count": COUNT, "assets": listed(TEXT)}
    last = answer({"undo": {**answer(step), "type": ["object", "null"]}})
    named = (
        Parameter("name", "What the file is called where it comes from.", TEXT),
        Parameter("tag", "A tag; several times for several.", TEXT, is_list=True),
        Parameter("category", "Its category.", TEXT),
    )
    return (
        Endpoint("POST", "/assets", "import_asset", "Import a picture or sound: the body is its file.",
                  upload_route.upload, answer({"asset": shared("asset"), "existing": {"type": "boolean"}}), named,
                  status=201, changes=True, most_bytes=upload_route.MOST_BYTES, takes_file=True),
        Endpoint("PATCH", "/assets", "edit_assets", "Change tags, category, note, name or rating of many at once.",
                  edit_routes.edit_assets, edited, body=known.EDIT, changes=True),
        Endpoint("DELETE", "/images/{asset}", "trash_image", "Put an asset into the trash.",
                  edit_routes.trash_one, count, changes=True),
        Endpoint("GET", "/trash", "list_trash", "What lies in the trash.", edit_routes.show_trash, held),
        Endpoint("POST", "/trash", "trash_assets", "Put assets into the trash.",
                  edit_routes.trash, count, body=known.TRASH, changes=True),
        Endpoint("POST", "/trash/restore", "restore_assets", "Take assets out of the trash.", edit_routes.restore,
                  answer({"assets": known.ASSETS, "count": COUNT}), body=known.RESTORE, changes=True),
        Endpoint("GET", "/undo", "show_undo", "The change that would be taken back.", edit_routes.show_undo, last),
        Endpoint("POST", "/undo", "undo", "Take back the last change.", edit_routes.undo,
                  answer({"undone": TEXT, "count": COUNT}), body=known.UNDO, changes=True),
    )  # fmt: skip


def _queue() -> tuple[Endpoint, ...]:
    asked = (
        Parameter("state", "Only jobs in this state; several times for several.", TEXT, is_list=True),
        Parameter("limit", "Jobs, at most 500.", COUNT),
    )
    shown = {
        "promptId": TEXT, "status": TEXT, "progress": {"type": "number"}, "currentStep": COUNT, "totalSteps": COUNT,
        "elapsedTime": TEXT, "estimatedRemaining": MAYBE_TEXT, "images": listed(TEXT),
    }  # fmt: skip
    return (
        Endpoint("GET", "/jobs", "list_jobs", "The last jobs, and how the queue stands.", queue_routes.list_jobs,
                  answer({"jobs": listed(shared("job")), "queue": known.QUEUE}), asked),
        Endpoint("GET", "/jobs/{job}", "show_job", "One job in full.",
                  queue_routes.show_job, answer({"job": shared("job")})),
        Endpoint("PATCH", "/jobs/{job}", "steer_job", "Pause, resume, cancel, retry, or move a job.",
                  queue_routes.steer_job, answer({"job": shared("job"), "changed": COUNT}), body=known.STEER_JOB,
                  changes=True),
        Endpoint("POST", "/queue", "steer_queue", "Pause the queue, run it, or forget jobs that are over.",
                  queue_routes.steer_queue, answer({"queue": known.QUEUE}), body=known.STEER_QUEUE, changes=True),
        Endpoint("GET", "/progress/{job}", "show_progress", "How far a job is.",
                  queue_routes.progress, answer(shown)),
        Endpoint("GET", "/progress/{job}/picture", "get_step_picture", "What a running job has drawn up to now.",
                  queue_routes.step_picture, None, media="image/png"),
        Endpoint("GET", "/events", "listen", "Server-sent events, replayed from the Last-Event-ID on.",
                  queue_routes.events, media="text/event-stream"),
    )  # fmt: skip


def _generation(fields: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    asked = body({}, prompt=known.PROMPT, prompts=known.PROMPTS, **known.ORDER, **fields)
    planned = body({"prompt": known.PROMPT}, **known.ORDER, **fields)
    return (
        Endpoint("GET", "/choices", "show_choices", "Styles, qualities, sizes, models and whether they fit.",
                  generate_routes.choices, {"type": "object"}),
        Endpoint("GET", "/prompts", "suggest_prompts", "How a prompt could go on.", generate_routes.suggest,
                  answer({"suggestions": listed({"type": "object"})}), (_TEXT,)),
        Endpoint("POST", "/plan", "plan", "Memory, time, disk and price of a request, before it is made.",
                  generate_routes.plan, answer({"plan": {"type": "object"}}), body=planned),
        Endpoint("POST", "/generate", "generate", "Queue a picture or sound for each prompt.",
                  generate_routes.generate, _JOBS, body=asked, status=202, changes=True),
        Endpoint("POST", "/batches", "generate_batch", "Queue the rows of a batch file.",
                  generate_routes.generate_batch, _JOBS, body=known.BATCH, status=202, changes=True,
                  most_bytes=2 * known.MOST_BATCH_BYTES),
    )  # fmt: skip


def _history() -> tuple[Endpoint, ...]:
    asked = (
        Parameter("start", "A branch, tag or commit; HEAD without it.", TEXT),
        Parameter("limit", "Commits, at most 500.", COUNT),
    )
    overview = {
        "branch": MAYBE_TEXT, "head": MAYBE_TEXT, "uncommitted": COUNT, "merging": MAYBE_TEXT, "conflicts": COUNT,
        "branches": listed(known.REF), "tags": listed(known.REF), "commits": listed(known.COMMIT_DATA),
    }  # fmt: skip
    shown = {
        "commit": known.COMMIT_DATA,
        "assets": COUNT,
        "changes": listed({"type": "object"}),
        "total": COUNT,
    }
    made = {"commit": MAYBE_TEXT, "branch": MAYBE_TEXT, "changes": COUNT}
    moved = {"branch": MAYBE_TEXT, "commit": TEXT, "changed": COUNT}
    return (
        Endpoint("GET", "/history", "show_history", "Branches, tags and the last commits.",
                  history_routes.show_history, answer(overview), asked),
        Endpoint("GET", "/history/{revision}", "show_commit", "A commit and what it changed.",
                  history_routes.show_commit, answer(shown)),
        Endpoint("POST", "/history", "commit", "Commit what was changed.", history_routes.make_commit,
                  answer(made), body=known.COMMIT, changes=True),
        Endpoint("POST", "/history/switch", "switch", "Bring the library to a branch or commit.",
                  history_routes.go_to, answer(moved), body=known.SWITCH, changes=True),
        Endpoint("POST", "/history/restore", "bring_back", "Make assets what they were in a commit.",
                  history_routes.bring_back, answer({"changed": COUNT}), body=known.BRING_BACK, changes=True),
    )  # fmt: skip


def _merging() -> tuple[Endpoint, ...]:
    """Before the history: a revision could be called as one of these is."""
    left = {"conflicts": listed({"type": "object"})}
    merged = {
        "commit": MAYBE_TEXT, "fast_forward": {"type": "boolean"}, "up_to_date": {"type": "boolean"}, "changed": COUNT,
        **left,
    }  # fmt: skip
    return (
        Endpoint("POST", "/history/merge", "merge", "Merge a branch or commit into this one.",
                  merge_routes.begin_merge, answer(merged), body=known.MERGE, changes=True),
        Endpoint("GET", "/history/conflicts", "list_conflicts", "What a merge leaves to be decided.",
                  merge_routes.list_conflicts, answer(left)),
        Endpoint("GET", "/history/conflicts/{asset}/{side}", "get_conflict_picture", "The picture of one side.",
                  merge_routes.conflict_picture, None, media="application/octet-stream"),
        Endpoint("POST", "/history/resolve", "resolve", "Decide conflicts, all without ids, for one side.",
                  merge_routes.resolve, answer(merged), body=known.RESOLVE, changes=True),
        Endpoint("POST", "/history/abort", "abort_merge", "Give up the merge that waits.",
                  merge_routes.give_up, answer({"commit": TEXT}), body=NOTHING, changes=True),
    )  # fmt: skip


def _state() -> tuple[Endpoint, ...]:
    health = {
        "status": TEXT, "server": MAYBE_TEXT, "vramUsage": MAYBE_TEXT, "queueLength": {"type": ["integer", "null"]},
        "activeGeneration": MAYBE_TEXT, "problem": MAYBE_TEXT,
    }  # fmt: skip
    login = {"type": "string", "enum": ["token", "password"]}
    alive = {"status": TEXT, "version": TEXT, "read_only": {"type": "boolean"}, "login": login}
    return (
        Endpoint("GET", "/comfyui/health", "comfyui_health", "Whether the ComfyUI server of the settings runs.",
                  state_routes.comfyui_health, answer(health)),
        Endpoint("GET", "/healthz", "healthz", "200 while the process answers.",
                  state_routes.alive, answer(alive)),
        Endpoint("GET", "/readyz", "readyz", "200 while the library can be read.",
                  state_routes.ready, answer({"status": TEXT})),
        Endpoint("GET", "/metrics", "metrics", "As `audobon metrics`.", state_routes.metrics, media="text/plain"),
        Endpoint("POST", "/session", "open_session", "The token or the password, for the cookie of the page.",
                  session_route.open_session, None, body=known.TOKEN, status=204, most_bytes=session_route.MOST_BYTES),
        Endpoint("DELETE", "/session", "close_session", "Log out: the session of the cookie is over.",
                  session_route.close_session, None, body=NOTHING, status=204),
        Endpoint("GET", "/openapi.json", "openapi", "This document.", state_routes.document, {"type": "object"}),
    )  # fmt: skip
