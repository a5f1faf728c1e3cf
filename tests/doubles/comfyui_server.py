"""A stand-in for a ComfyUI server: queue and history in memory, a websocket that tells of progress, a cache.

Behaviour as seen on version 0.3.64: an id chosen by the client is kept; the same graph again gives the same file;
``/history/ID`` is empty while it runs; what does not pass the checks is a 400 with node_errors.
"""

import base64
import hashlib
import json
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.doubles.service import Asked, Reply, ServiceDouble, as_json, picture

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, section 1.3."""

KNOWN = {
    "CheckpointLoaderSimple", "CLIPTextEncode", "EmptyLatentImage", "EmptySD3LatentImage", "FluxGuidance", "KSampler",
    "VAEDecode", "VAEDecodeTiled", "VAEEncode", "SaveImage", "LoadImage", "ImageScale", "PrimitiveString",
}  # fmt: skip


@dataclass
class Workflow:
    ident: str
    graph: dict[str, Any]
    client: str
    interrupted: bool = False


@dataclass
class ComfyDouble(ServiceDouble):
    """``checkpoints`` are the files it has; ``step_seconds`` is what a step takes; ``fails`` makes the sampler fail;
    ``silent`` closes websockets at once; ``card_bytes`` is the memory of its card, of which a sixth is in use, half of
    that by its own models."""

    checkpoints: tuple[str, ...] = (
        "v1-5-pruned-emaonly-fp16.safetensors",
        "sd_xl_base_1.0.safetensors",
        "flux1-dev-fp8.safetensors",
        "flux1-schnell-fp8.safetensors",
    )
    step_seconds: float = 0.01
    fails: bool = False
    silent: bool = False
    card_bytes: int = 24 * 2**30
    device: str = "cuda:0 NVIDIA Double"
    holds: Callable[[], bool] | None = None
    """While it is true a workflow that runs does not end: for what a test waits for, however long that takes."""
    files: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self.running: Workflow | None = None
        self.pending: list[Workflow] = []
        self.history: dict[str, Any] = {}
        self.sockets: dict[str, Any] = {}
        self.made: dict[str, str] = {}
        self._generation = 0
        self._work = threading.Condition(self.lock)
        self._ended = False

    def __enter__(self) -> "ComfyDouble":
        super().__enter__()
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._work:
            self._ended = True
            self._work.notify_all()
        super().__exit__()

    def restart(self) -> None:
        """What a kill and a new start do: queue, history, cache and connections are gone, files stay."""
        with self._work:
            self._generation += 1
            self.running, self.pending, self.history, self.made = None, [], {}, {}
            for stream in self.sockets.values():
                stream.close()
            self.sockets = {}

    def phase_of(self, asked: Asked) -> str:
        path = urlsplit(asked.path).path
        if path in ("/prompt", "/queue", "/interrupt") and asked.method == "POST":
            return {"/prompt": "submit"}.get(path, "cancel")
        names = {"/view": "fetch", "/upload/image": "upload", "/ws": "socket", "/system_stats": "probe"}
        if path.startswith("/object_info"):
            return "files"
        return "poll" if path.startswith("/history") else names.get(path, "queue")

    def answer(self, asked: Asked) -> Reply:
        with self._work:
            return getattr(self, f"_{self.phase_of(asked)}")(asked)

    def refused(self, status: int, asked: Asked) -> Reply:
        return as_json({"error": {"type": "error", "message": "Something went wrong."}}, status)

    def take_over(self, asked: Asked, handler: Any) -> bool:
        """A websocket: shake hands and keep the stream until the server restarts."""
        if self.phase_of(asked) != "socket":
            return False
        if self.silent:
            handler.close_connection = True
            return True
        digest = hashlib.sha1((asked.headers["Sec-WebSocket-Key"] + MAGIC).encode()).digest()
        handler.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade")):
            handler.send_header(name, value)
        handler.send_header("Sec-WebSocket-Accept", base64.b64encode(digest).decode())
        client = parse_qs(urlsplit(asked.path).query)["clientId"][0]
        with self.lock:  # whoever hears that it is open misses nothing from then on
            handler.end_headers()
            self.sockets[client] = handler.wfile
        self._send(client, "status", {"status": {"exec_info": {"queue_remaining": len(self.pending)}}})
        handler.rfile.read(1)  # until the client goes, or the stream is closed
        handler.close_connection = True
        return True

    def _submit(self, asked: Asked) -> Reply:
        graph, body = asked.json["prompt"], asked.json
        errors = {}
        for name, node in graph.items():
            if node["class_type"] not in KNOWN:
                error = {
                    "type": "invalid_prompt",
                    "message": f"Node {node['class_type']} not found.",
                    "details": name,
                }
                return as_json({"error": error, "node_errors": {}}, 400)
            file = node["inputs"].get("ckpt_name")
            if file is not None and file not in self.checkpoints:
                details = f"ckpt_name: '{file}' not in {list(self.checkpoints)}"
                error = {"type": "value_not_in_list", "message": "Value not in list", "details": details}
                errors[name] = {"errors": [error], "class_type": node["class_type"]}
        if errors:
            error = {
                "type": "prompt_outputs_failed_validation",
                "message": "Prompt outputs failed validation",
            }
            return as_json({"error": error, "node_errors": errors}, 400)
        one = Workflow(body["prompt_id"], graph, body["client_id"])
        self.pending.append(one)
        self._work.notify_all()
        return as_json({"prompt_id": one.ident, "number": len(self.log), "node_errors": {}})

    def _poll(self, asked: Asked) -> Reply:
        ident = asked.path.rpartition("/")[2]
        return as_json({ident: self.history[ident]} if ident in self.history else {})

    def _queue(self, asked: Asked) -> Reply:
        running = [[0, self.running.ident, self.running.graph, {}, []]] if self.running else []
        pending = [[n, one.ident, one.graph, {}, []] for n, one in enumerate(self.pending, 1)]
        return as_json({"queue_running": running, "queue_pending": pending})

    def _cancel(self, asked: Asked) -> Reply:
        if asked.path == "/queue":
            self.pending = [one for one in self.pending if one.ident not in asked.json.get("delete", ())]
        elif self.running is not None:
            self.running.interrupted = True
        return Reply()

    def _fetch(self, asked: Asked) -> Reply:
        name = parse_qs(urlsplit(asked.path).query)["filename"][0]
        return Reply(200, self.files[name], "image/png") if name in self.files else Reply(404)

    def _upload(self, asked: Asked) -> Reply:
        file = asked.body.partition(b'filename="')[2]
        name = file.partition(b'"')[0].decode()
        self.uploads[name] = file.partition(b"\r\n\r\n")[2]
        return as_json({"name": name, "subfolder": "", "type": "input"})

    def _files(self, asked: Asked) -> Reply:
        names = list(self.checkpoints)
        node = {"input": {"required": {"ckpt_name": ["COMBO", {"options": names}]}}}
        return as_json({"CheckpointLoaderSimple": node})

    def _probe(self, asked: Asked) -> Reply:
        device = {
            "name": self.device,
            "type": "cuda",
            "vram_total": self.card_bytes,
            "vram_free": self.card_bytes * 5 // 6,
            "torch_vram_total": self.card_bytes // 12,
            "torch_vram_free": 0,
        }
        return as_json({"system": {"comfyui_version": "0.3.64"}, "devices": [device]})

    def _run(self) -> None:
        while not self._ended:
            with self._work:
                while not self.pending and not self._ended:
                    self._work.wait()
                if self._ended:
                    return
                one = self.running = self.pending.pop(0)
                generation = self._generation
            self._execute(one, generation)

    def _execute(self, one: Workflow, generation: int) -> None:
        self._send(one.client, "execution_start", {"prompt_id": one.ident})
        sampler = next((node for node in one.graph.values() if node["class_type"] == "KSampler"), None)
        steps = int(sampler["inputs"]["steps"]) if sampler else 1
        graph = hashlib.sha256(json.dumps(one.graph, sort_keys=True).encode()).hexdigest()
        for step in range(1, steps + 1 if graph not in self.made else 0):
            time.sleep(self.step_seconds)
            while self._is_held(one, generation):
                time.sleep(0.01)
            if one.interrupted or self._generation != generation:
                break
            value = {"value": step, "max": steps, "node": "sampler", "prompt_id": one.ident}
            self._send(one.client, "progress", value)
        with self._work:
            if self._generation != generation:
                return
            self.running = None
            self.history[one.ident] = self._ending(one, graph, sampler)
        success = self.history[one.ident]["status"]["completed"]
        self._send(
            one.client, "execution_success" if success else "execution_error", {"prompt_id": one.ident}
        )

    def _is_held(self, one: Workflow, generation: int) -> bool:
        ended = self._ended or one.interrupted or self._generation != generation
        return not ended and self.holds is not None and self.holds()

    def _ending(self, one: Workflow, graph: str, sampler: Any) -> dict[str, Any]:
        kind = "execution_interrupted" if one.interrupted else "execution_error" if self.fails else ""
        if kind:
            data = {"prompt_id": one.ident, "node_type": "KSampler", "exception_message": "out of memory"}
            status = {"status_str": "error", "completed": False, "messages": [[kind, data]]}
            return {"prompt": [], "outputs": {}, "status": status}
        if graph not in self.made:
            self.bills.append(one.ident)
            name = self.made[graph] = f"audobon_{len(self.files):05}_.png"
            start = next(
                n["inputs"]
                for n in one.graph.values()
                if "Latent" in n["class_type"] or "width" in n["inputs"]
            )
            seed = int(sampler["inputs"]["seed"]) if sampler else 0
            self.files[name] = picture(start.get("width", 64), start.get("height", 64), seed)
        image = {"filename": self.made[graph], "subfolder": "", "type": "output"}
        status = {"status_str": "success", "completed": True, "messages": []}
        return {"prompt": [], "outputs": {"saved": {"images": [image]}}, "status": status}

    def _send(self, client: str, kind: str, data: dict[str, Any]) -> None:
        """A text frame, and before progress a binary one, as previews are."""
        with self.lock:
            stream = self.sockets.get(client)
            if stream is None:
                return
            frames = [(1, json.dumps({"type": kind, "data": data}).encode())]
            if kind == "progress":
                frames.insert(0, (2, struct.pack(">II", 1, 1) + b"\xff\xd8preview"))
            try:
                for code, body in frames:
                    length = bytes([len(body)]) if len(body) < 126 else b"\x7e" + struct.pack(">H", len(body))
                    stream.write(bytes([0x80 | code]) + length + body)
                    stream.flush()
            except (OSError, ValueError):
                self.sockets.pop(client, None)
