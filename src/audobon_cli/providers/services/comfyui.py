"""ComfyUI servers of one's own: workflows are queued under an id chosen here, watched, and their pictures fetched.

https://docs.comfy.org/development/comfyui-server/comms_routes. The id makes queueing harmless to repeat, which is
needed: queue and history live in the server's memory and are gone when it is started anew. The very same graph
again is answered from the server's cache with the file it made before.
"""

import contextlib
import hashlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.domain.providers import Billed
from audobon_cli.domain.secrets import redact
from audobon_cli.providers.access import ProviderAccess
from audobon_cli.providers.http import ProviderHttp, failure_of_status
from audobon_cli.providers.parameters import init_picture
from audobon_cli.providers.protocol import (
    FailureKind,
    Preview,
    Probe,
    ProviderFailure,
    RemoteJob,
    RemoteRequest,
    ServerFigures,
    ServerFiles,
)
from audobon_cli.providers.services.comfyui_socket import ServerSocket
from audobon_cli.providers.services.comfyui_workflows import Graph, build_graph

MESSAGES_AT_ONCE = 50
"""Read in one poll before the caller gets to look at the clock."""


class ComfyUI:
    """Implements protocol.Provider for one or several servers."""

    idempotent = True

    def __init__(self, access: ProviderAccess) -> None:
        self.servers = access.servers
        self._http = ProviderHttp(refusal=_refusal)
        self._sockets: dict[str, ServerSocket] = {}

    def credentials(self) -> str | None:
        """ComfyUI knows no keys."""
        return ""

    def load(self, server: str) -> float:
        """How many workflows are running or waiting."""
        queue = self._queue(server)
        return len(queue["queue_running"]) + len(queue["queue_pending"])

    def preview(self, job: RemoteRequest) -> Preview:
        """See Provider.preview. The picture of --init-image would be uploaded before."""
        graph = build_graph(job, _upload_name(init_picture(job)))
        return Preview(
            "POST", f"{self.servers[0]}/prompt", {"Content-Type": "application/json"}, self._body(job, graph)
        )

    def submit(self, job: RemoteRequest, server: str) -> RemoteJob:
        """Upload the input picture, listen, queue the workflow."""
        picture = init_picture(job)
        name = _upload_name(picture)
        if picture is not None:
            fields = {"type": "input", "overwrite": "true"}
            answer = self._http.upload(f"{server}/upload/image", fields, (name, picture)).object()
            name = str(answer.get("name") or name)
        self._listen(job, server)
        answer = self._http.post(f"{server}/prompt", self._body(job, build_graph(job, name))).object()
        if answer.get("node_errors"):
            raise _invalid({"node_errors": answer["node_errors"]}, "")
        return RemoteJob(str(answer.get("prompt_id") or job.key), server)

    def poll(self, ticket: RemoteJob) -> RemoteJob:
        """What the websocket tells, for about a second; without one, what history and queue say."""
        socket = self._sockets.get(ticket.id)
        try:
            if socket is not None:
                found = self._heard(socket, ticket)
                if found is not None:
                    return found
        except ProviderFailure as failure:
            if failure.kind is not FailureKind.LOST:
                raise
            self._sockets.pop(ticket.id, None)
        found = self._looked_up(ticket)
        if found.done and socket is not None:
            socket.close()
            self._sockets.pop(ticket.id, None)
        return found

    def fetch(self, ticket: RemoteJob) -> bytes:
        """See Provider.fetch."""
        return self._http.download(ticket.address, with_headers=True)

    def cancel(self, ticket: RemoteJob) -> None:
        """Take it out of the queue; interrupt the server only if it is this workflow that runs."""
        self._http.post(f"{ticket.server}/queue", {"delete": [ticket.id]}, seconds=10)
        if ticket.id in _ids(self._queue(ticket.server)["queue_running"]):
            self._http.post(f"{ticket.server}/interrupt", {"prompt_id": ticket.id}, seconds=10)

    def recover(self, job: RemoteRequest, server: str) -> RemoteJob | None:
        """What the server knows of the id chosen here."""
        ticket = RemoteJob(job.key, server)
        try:
            return self._looked_up(ticket)
        except ProviderFailure as failure:
            if failure.kind is FailureKind.VANISHED:
                return None
            raise

    def files(self, server: str) -> ServerFiles:
        """The checkpoints that CheckpointLoaderSimple of the server offers."""
        node = "CheckpointLoaderSimple"
        try:
            found = self._http.get(f"{server}/object_info/{node}", seconds=10).object()
        except ProviderFailure as failure:
            return ServerFiles(server, problem=failure.fact)
        try:
            names = found[node]["input"]["required"]["ckpt_name"][0]
            # ["COMBO", {"options": [...]}] since 0.3.30, a bare list before.
            names = found[node]["input"]["required"]["ckpt_name"][1]["options"] if names == "COMBO" else names
            return ServerFiles(server, tuple(str(name) for name in names))
        except (KeyError, IndexError, TypeError):
            return ServerFiles(server, problem="it does not list its checkpoints")

    def figures(self, server: str) -> ServerFigures | None:
        """By /system_stats and /queue. vram_free counts what PyTorch keeps for later, not the models it holds: those
        are torch_vram_total less torch_vram_free, and make room for others."""
        devices = self._http.get(f"{server}/system_stats", seconds=10).object().get("devices") or ()
        first = next((one for one in devices if isinstance(one, dict)), None)
        if first is None:
            return None
        held = int(first.get("torch_vram_total", 0)) - int(first.get("torch_vram_free", 0))
        total = int(first.get("vram_total", 0))
        return ServerFigures(
            server,
            str(first.get("name", "device")),
            str(first.get("type", "")),
            total,
            min(total, int(first.get("vram_free", 0)) + max(0, held)),
            int(self.load(server)),
        )

    def probe(self, server: str) -> Probe:
        """Version, graphics memory and queue."""
        began = time.monotonic()
        try:
            stats = self._http.get(f"{server}/system_stats", seconds=10).object()
            took = time.monotonic() - began
            queue = self._queue(server)
        except ProviderFailure as failure:
            reached = failure.kind not in (FailureKind.UNREACHABLE, FailureKind.TIMED_OUT, FailureKind.LOST)
            return Probe(redact(server), reached, time.monotonic() - began, None, failure.fact)
        facts = {
            "version": str(stats.get("system", {}).get("comfyui_version", "")),
            "running": len(queue["queue_running"]),
            "waiting": len(queue["queue_pending"]),
            "running_ids": sorted(_ids(queue["queue_running"])),
            "waiting_ids": sorted(_ids(queue["queue_pending"])),
            "devices": [_device(device) for device in stats.get("devices", ())],
            **_memory(stats.get("devices", ())),
        }
        return Probe(redact(server), True, took, None, facts=facts)

    def close(self) -> None:
        """See Provider.close."""
        self._http.close()
        for socket in list(self._sockets.values()):
            socket.close()
        self._sockets.clear()

    def _body(self, job: RemoteRequest, graph: Graph) -> dict[str, Any]:
        return {"prompt": graph, "client_id": job.key, "prompt_id": job.key}

    def _listen(self, job: RemoteRequest, server: str) -> None:
        """Connect before queueing, so that nothing is missed; progress is worth no failure.

        Each workflow is a client of its own, so that several can be watched side by side.
        """
        old = self._sockets.pop(job.key, None)
        if old is not None:
            old.close()
        socket = ServerSocket(server, job.key)
        with contextlib.suppress(ProviderFailure):
            socket.open()
            self._sockets[job.key] = socket

    def _heard(self, socket: ServerSocket, ticket: RemoteJob) -> RemoteJob | None:
        """The ticket with progress as soon as some is told; None when it is time to look up."""
        for _ in range(MESSAGES_AT_ONCE):
            message = socket.next()
            if message is None:
                return None
            kind, data = message.get("type"), message.get("data") or {}
            if data.get("prompt_id") != ticket.id:
                continue
            if kind == "progress":
                return RemoteJob(ticket.id, ticket.server, progress=(int(data["value"]), int(data["max"])))
            if kind in ("execution_success", "execution_error", "execution_interrupted"):
                return None
            if kind == "executing" and data.get("node") is None:
                return None
        return RemoteJob(ticket.id, ticket.server)

    def _looked_up(self, ticket: RemoteJob) -> RemoteJob:
        """By the server's history and queue. Raises ProviderFailure; VANISHED if it knows nothing of the id."""
        found = self._history(ticket)
        if found is not None:
            return _finished(ticket, found)
        queue = self._queue(ticket.server)
        if ticket.id in _ids(queue["queue_running"]) | _ids(queue["queue_pending"]):
            return RemoteJob(ticket.id, ticket.server)
        found = self._history(ticket)  # it may have been finished between the two looks
        if found is None:
            raise ProviderFailure(FailureKind.VANISHED, "the server knows nothing of the workflow any more")
        return _finished(ticket, found)

    def _history(self, ticket: RemoteJob) -> Mapping[str, Any] | None:
        found = self._http.get(f"{ticket.server}/history/{ticket.id}").object().get(ticket.id)
        return found if isinstance(found, dict) else None

    def _queue(self, server: str) -> dict[str, Any]:
        found = self._http.get(f"{server}/queue", seconds=10).object()
        if not all(isinstance(found.get(key), list) for key in ("queue_running", "queue_pending")):
            raise ProviderFailure(FailureKind.BAD_ANSWER, "it is no ComfyUI server", Billed.NO)
        return found


def _finished(ticket: RemoteJob, history: Mapping[str, Any]) -> RemoteJob:
    status = history.get("status") or {}
    if status.get("status_str") == "error":
        raise _broken(status.get("messages") or ())
    files = [file for node in (history.get("outputs") or {}).values() for file in node.get("images", ())]
    saved = [file for file in files if file.get("type") == "output"] or files
    if not saved:
        raise ProviderFailure(FailureKind.REJECTED, "the workflow ended without a picture")
    wanted = {key: saved[0].get(key, "") for key in ("filename", "subfolder", "type")}
    return RemoteJob(ticket.id, ticket.server, True, None, f"{ticket.server}/view?{urlencode(wanted)}")


def _broken(messages: Any) -> ProviderFailure:
    """The trouble that the last message of a failed workflow tells."""
    kind, data = messages[-1] if messages else ("", {})
    if kind == "execution_interrupted":
        return ProviderFailure(FailureKind.REJECTED, "somebody interrupted the server")
    words = f"{data.get('exception_type', '')} {data.get('exception_message', '')}".strip()
    return ProviderFailure(
        FailureKind.REJECTED, f"the workflow failed in {data.get('node_type', 'a node')}: {words}"
    )


def _refusal(status: int, headers: Mapping[str, str], body: bytes) -> ProviderFailure:
    """400 is a workflow that does not pass the server's checks."""
    if status == 400:
        try:
            return _invalid(parse_json(body, lenient=True), failure_of_status(status, headers, body).fact)
        except ValueError:
            pass
    return failure_of_status(status, headers, body)


def _invalid(answer: Any, fact: str) -> ProviderFailure:
    errors = [
        (str(error.get("type", "")), str(error.get("details") or error.get("message", "")))
        for node in (answer.get("node_errors") or {}).values()
        for error in node.get("errors", ())
    ]
    missing = [details for kind, details in errors if kind == "value_not_in_list"]
    if missing:
        return ProviderFailure(FailureKind.GONE, f"the server has no such file: {missing[0]}")
    words = "; ".join(f"{kind}: {details}" for kind, details in errors)
    return ProviderFailure(FailureKind.REJECTED, words or fact or "it does not take the workflow")


def _ids(queue: list[Any]) -> set[str]:
    """The ids in a queue of [number, id, graph, ...]."""
    return {str(one[1]) for one in queue if isinstance(one, list) and len(one) > 1}


def _upload_name(picture: bytes | None) -> str:
    """By content, so that the same picture is uploaded over itself."""
    return "" if picture is None else f"audobon_{hashlib.sha256(picture).hexdigest()[:16]}.png"


def _device(device: Mapping[str, Any]) -> dict[str, Any]:
    """One device as scripts want it."""
    return {
        "name": str(device.get("name", "device")),
        "type": str(device.get("type", "")),
        "total_bytes": int(device.get("vram_total", 0)),
        "free_bytes": int(device.get("vram_free", 0)),
    }


def _memory(devices: Any) -> dict[str, str]:
    return {
        str(device.get("name", "device")): f"{device.get('vram_free', 0) / 2**30:.1f} of "
        f"{device.get('vram_total', 0) / 2**30:.1f} GiB free"
        for device in devices
    }
