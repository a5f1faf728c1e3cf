"""A stand-in for Replicate: predictions that take two polls, files on another host name, its errors and oddities.

Shapes from https://replicate.com/docs/reference/http.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.doubles.service import Asked, Reply, ServiceDouble, as_json, picture

POLLS = 2


@dataclass
class Prediction:
    ident: str
    input: dict[str, Any]
    created: str
    polls: int = 0
    canceled: bool = False


class ReplicateDouble(ServiceDouble):
    """``safety`` makes predictions fail as the safety checker does; ``size`` is that of its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.predictions: dict[str, Prediction] = {}
        self.safety = False
        self.size: tuple[int, int] | None = None
        self.polls = POLLS

    def phase_of(self, asked: Asked) -> str:
        path = asked.path
        if asked.method == "POST":
            return "cancel" if path.endswith("/cancel") else "submit"
        if path.startswith("/files/"):
            return "fetch"
        if path == "/v1/account":
            return "probe"
        return "list" if path == "/v1/predictions" else "poll"

    def answer(self, asked: Asked) -> Reply:
        phase = self.phase_of(asked)
        if phase != "fetch" and asked.headers.get("Authorization") != f"Bearer {self.key}":
            return self.refused(401, asked)
        with self.lock:
            return getattr(self, f"_{phase}")(asked)

    def refused(self, status: int, asked: Asked) -> Reply:
        words = {
            401: f"Invalid token: {asked.headers.get('Authorization', '')}",
            403: "You do not have permission to perform this action.",
            404: "The requested resource could not be found.",
            429: "Request was throttled. Your rate limit resets in ~1s.",
        }
        body = {"title": "Error", "detail": words.get(status, "Something went wrong."), "status": status}
        return as_json(body, status)

    def failed_reply(self, error: str) -> Reply:
        """The answer to a poll of the newest prediction, as if it had failed."""
        newest = list(self.predictions.values())[-1]
        if newest.ident in self.bills:
            self.bills.remove(newest.ident)
        return as_json({**self._shown(newest), "status": "failed", "error": error, "output": None})

    def waiting_reply(self) -> Reply:
        """The answer to a poll of the newest prediction, as if it took for ever."""
        newest = list(self.predictions.values())[-1]
        return as_json({**self._shown(newest), "status": "processing", "output": None})

    def _submit(self, asked: Asked) -> Reply:
        if not re.fullmatch(r"/v1/models/[^/]+/[^/]+/predictions", asked.path):
            return self.refused(404, asked)
        made = Prediction(f"p{len(self.predictions)}", asked.json["input"], datetime.now(UTC).isoformat())
        self.predictions[made.ident] = made
        if not self.safety:
            self.bills.append(made.ident)
        return as_json(self._shown(made), 201)

    def _poll(self, asked: Asked) -> Reply:
        found = self.predictions.get(asked.path.rpartition("/")[2])
        if found is None:
            return self.refused(404, asked)
        found.polls += 1
        return as_json(self._shown(found))

    def _list(self, asked: Asked) -> Reply:
        newest = reversed(self.predictions.values())
        return as_json({"next": None, "previous": None, "results": [self._shown(one) for one in newest]})

    def _cancel(self, asked: Asked) -> Reply:
        found = self.predictions[asked.path.split("/")[3]]
        found.canceled = True
        return as_json(self._shown(found))

    def _probe(self, asked: Asked) -> Reply:
        return as_json({"type": "user", "username": "painter", "name": "Painter"})

    def _fetch(self, asked: Asked) -> Reply:
        found = self.predictions[asked.path.rpartition("/")[2].removesuffix(".png")]
        width, height = self.size or (1024, 1024)
        return Reply(200, picture(width, height, found.input.get("seed", 0)), "image/png")

    def _shown(self, one: Prediction) -> dict[str, Any]:
        done = one.polls >= self.polls
        status = (
            "canceled" if one.canceled else "succeeded" if done else "processing" if one.polls else "starting"
        )
        failed = self.safety and done
        here = f"http://127.0.0.1:{self.port}/v1/predictions/{one.ident}"
        return {
            "id": one.ident,
            "model": "black-forest-labs/flux-schnell",
            "version": "hidden",
            "input": one.input,
            "logs": "",
            "source": "api",
            "created_at": one.created,
            "status": "failed" if failed else status,
            "error": "NSFW content detected. Try running it again, or try a different prompt."
            if failed
            else None,
            "output": [f"http://localhost:{self.port}/files/{one.ident}.png"]
            if done and not failed
            else None,
            "metrics": {"predict_time": 0.42} if done else {},
            "urls": {"get": here, "cancel": f"{here}/cancel"},
        }
