"""Azure OpenAI as others understand it: the same runs against aimock (npm), which knows nothing of our double."""

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Audobon
from tests.doubles.service import picture
from tests.ports import free_port, wait_for
from tests.sprites.test_peers import peer
from tests.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.peer, pytest.mark.loopback]

PACKAGE = "@copilotkit/aimock"
FIXTURES = [
    {
        "match": {"userMessage": "battle", "endpoint": "image"},
        "response": {
            "error": {
                "message": "Your request was rejected by the safety system.",
                "type": "image_generation_user_error",
                "code": "moderation_blocked",
            },
            "status": 400,
        },
    },
    {
        "match": {"userMessage": "crowd", "endpoint": "image"},
        "response": {
            "error": {"message": "Slow down.", "type": "requests", "code": "rate_limit_exceeded"},
            "status": 429,
            "retryAfter": 3600,
        },
    },
    {
        "match": {"userMessage": "castle"},
        "response": {"image": {"b64Json": base64.b64encode(picture(1024, 1024)).decode()}},
    },
]


@pytest.fixture
def aimock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address, while it runs."""
    pytest.importorskip("openai")
    program = peer(PACKAGE) / ".bin" / "aimock"
    fixtures, config, port = tmp_path / "fixtures.json", tmp_path / "aimock.json", free_port()
    fixtures.write_text(json.dumps({"fixtures": FIXTURES}), encoding="utf-8")
    config.write_text(json.dumps({"llm": {"fixtures": str(fixtures)}}), encoding="utf-8")
    address = f"http://127.0.0.1:{port}"
    running = subprocess.Popen(
        [str(program), "-c", str(config), "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "NO_COLOR": "1"},
    )
    try:
        wait_for(f"{address}/health", running)
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", address)
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", "planted-key")
        yield address
    finally:
        running.terminate()
        running.wait(PATIENCE_SECONDS)


def test_a_picture_a_refusal_and_a_limit(aimock: str, audobon: Audobon) -> None:
    command = ("--provider", "azure", "--yes", "--json")
    made = audobon("generate", "a castle", *command)
    assert made.status == 0, made.out
    assert made.data["assets"][0]["width"] == 1024
    refused = audobon("generate", "a battle", *command)
    assert refused.json["error"]["code"] == "provider.moderated", refused.out
    limited = audobon("generate", "a crowd", *command)
    assert limited.json["error"]["code"] == "provider.rate_limited", limited.out
    unknown = audobon("generate", "something else", *command)
    assert unknown.json["error"]["code"] == "provider.model_gone", unknown.out
