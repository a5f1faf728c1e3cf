"""The contract with scripts: envelopes, statuses, schemas, streams."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from audobon_cli import workspace
from audobon_cli.__about__ import __version__
from tests.conftest import Audobon, Ran

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def validator(name: str) -> Any:
    """A validator for docs/schemas/NAME.schema.json."""
    loaded = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
    registry = Registry().with_resources(
        [(file, Resource.from_contents(schema)) for file, schema in loaded.items()]
    )
    return jsonschema.Draft202012Validator(loaded[f"{name}.schema.json"], registry=registry)


COMMANDS = [
    ("init",),
    ("generate", "cat", "--seed", "1"),
    ("reproduce", "cat"),
    ("recipe", "show", "cat"),
    ("recipe", "export", "cat"),
    ("recipe", "run", "cat"),
    ("assets", "list"),
    ("assets", "search", "cat"),
    ("assets", "show", "cat"),
    ("assets", "verify"),
    ("assets", "import", "."),
    ("assets", "tag", "cat", "--tag", "x"),
    ("assets", "untag", "cat", "--tag", "x"),
    ("assets", "move", "cat", "--to", "animals"),
    ("assets", "rename", "cat", "kitten"),
    ("assets", "note", "cat", "--text", "x"),
    ("assets", "rate", "cat", "--stars", "3"),
    ("assets", "link", "cat", "likes", "dog"),
    ("assets", "unlink", "cat", "likes", "dog"),
    ("assets", "tree", "cat"),
    ("assets", "parents"),
    ("assets", "open", "cat", "--print"),
    ("assets", "trash", "cat"),
    ("assets", "trash", "--list"),
    ("assets", "restore", "mouse"),
    ("assets", "purge", "mouse", "--yes"),
    ("assets", "gc"),
    ("assets", "stats"),
    ("assets", "similar", "cat"),
    ("assets", "duplicates", "--near"),
    ("assets", "thumbnails"),
    ("assets", "export", "cat", "--to", "out"),
    ("models", "list"),
    ("models", "verify"),
    ("presets", "list"),
    ("presets", "show", "high"),
    ("vram", "plan", "sd15", "--budget", "6GB"),
    ("vram", "gpus"),
    ("vram", "profile"),
    ("providers", "list"),
    ("providers", "models"),
    ("providers", "test", "replicate", "--dry-run"),
    ("usage",),
    ("version", "status"),
    ("version", "log"),
    ("version", "diff"),
    ("version", "commit", "-m", "a commit"),
    ("version", "verify"),
    ("version", "gc"),
    ("version", "branch"),
    ("queue", "add", "cat", "--seed", "9"),
    ("queue", "command", "--", "assets", "list"),
    ("queue", "list"),
    ("queue", "show", "1"),
    ("queue", "status"),
    ("queue", "watch"),
    ("queue", "run"),
    ("queue", "pause", "1"),
    ("queue", "resume", "--all"),
    ("queue", "cancel", "1"),
    ("queue", "retry", "--all"),
    ("queue", "clear"),
    ("queue", "stop"),
    ("providers", "reset"),
    ("services", "list"),
    ("services", "stop"),
    ("config", "show"),
    ("config", "path"),
    ("doctor",),
    ("resources",),
]


@pytest.mark.usefixtures("fake_engine")
@pytest.mark.parametrize("argv", COMMANDS, ids=lambda argv: " ".join(argv[:2]))
def test_json_of_every_command_is_one_valid_envelope_and_nothing_else(
    audobon: Audobon, argv: tuple[str, ...]
) -> None:
    audobon("generate", "cat", "dog", "mouse", "--seed", "1")
    audobon("assets", "trash", "mouse")
    if argv[0] == "queue" and argv[1] != "watch":
        audobon("queue", "add", "cat", "--seed", "1")
    ran = audobon(*argv[:2], "--json", "--offline", *argv[2:])
    assert ran.status == 0
    assert ran.err == ""
    assert len(ran.out.splitlines()) == 1
    validator("envelope").validate(ran.json)
    assert ran.json["command"] == " ".join(
        argv[:2]
        if argv[0]
        in {
            "assets",
            "recipe",
            "queue",
            "models",
            "presets",
            "providers",
            "services",
            "sprite",
            "version",
            "vram",
            "config",
        }
        else argv[:1]
    )
    schema = ran.json["command"].replace(" ", "-")
    if (SCHEMAS / f"{schema}.schema.json").exists():
        validator(schema).validate(ran.data)


@pytest.mark.usefixtures("fake_engine")
def test_every_schema_belongs_to_a_command(audobon: Audobon) -> None:
    names = {" ".join(argv[:2]).replace(" ", "-") for argv in COMMANDS}
    names |= {"generate", "reproduce", "envelope", "asset", "job"}
    names |= {f"sprite-{verb}" for verb in ("results", "slice", "sheet", "check", "replace", "replay")}
    names |= {"sound-results", "services-start"}
    names |= {f"version-{verb}" for verb in ("merge", "show", "switch")}
    names |= {f"models-{verb}" for verb in ("add", "login", "logout", "pull", "remove", "show", "update")} | {
        "model-manifest"
    }
    names |= {f"providers-{verb}" for verb in ("check", "login", "logout")}
    backup_verbs = (
        "init",
        "create",
        "list",
        "show",
        "diff",
        "verify",
        "restore",
        "prune",
        "sync",
        "repair",
        "status",
    )
    names |= {f"backup-{verb}" for verb in (*backup_verbs, "unlock", "schedule", "drill", "cost")}
    names |= {f"backup-key-{verb}" for verb in ("list", "add", "remove", "rotate")}
    assert {path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.json")} <= names


@pytest.mark.parametrize(
    "argv", [("--wrong", "--json"), ("generat", "--json"), ("assets", "list", "--limit", "x", "--json")]
)
def test_usage_errors_are_enveloped_too(audobon: Audobon, argv: tuple[str, ...]) -> None:
    ran = audobon(*argv)
    assert ran.status == 2
    validator("envelope").validate(ran.json)
    assert ran.json["error"]["code"] == "usage.invalid"
    assert ran.err == ""


def broken(*_: object) -> None:
    raise RuntimeError("something impossible")


def test_a_bug_gives_one_line_and_the_log(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "find_project_file", broken)
    ran = audobon("assets", "list")
    assert ran.status == 1
    assert "Traceback" not in ran.err
    assert len(ran.err.splitlines()) == 2
    log = Path(ran.err.splitlines()[1].split(": ")[-1])
    assert "RuntimeError: something impossible" in log.read_text()


def test_a_bug_is_enveloped_and_debug_shows_the_traceback(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "find_project_file", broken)
    ran = audobon("assets", "list", "--json", "--debug")
    assert ran.json["error"]["code"] == "internal.bug"
    assert "Traceback" in ran.err


def test_version_and_help(audobon: Audobon) -> None:
    assert audobon("--version").out == f"audobon {__version__}\n"
    assert audobon("--help").status == 0
    assert audobon("generate", "--help", stdin="never read").status == 0
    assert "Examples" in audobon("generate", "--help").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    environment = {**os.environ, "_AUDOBON_COMPLETE": f"source_{shell}"}
    ran = subprocess.run(
        [sys.executable, "-m", "audobon_cli"], capture_output=True, text=True, env=environment, check=True
    )
    assert "_AUDOBON_COMPLETE" in ran.stdout


def test_completion_offers_the_commands() -> None:
    environment = {
        **os.environ,
        "_AUDOBON_COMPLETE": "complete_bash",
        "COMP_WORDS": "audobon ge",
        "COMP_CWORD": "1",
    }
    ran = subprocess.run(
        [sys.executable, "-m", "audobon_cli"], capture_output=True, text=True, env=environment, check=True
    )
    assert ran.stdout.split() == ["generate"]


@pytest.mark.usefixtures("fake_engine")
def test_quiet_drops_words_but_not_data(audobon: Audobon) -> None:
    assert audobon("assets", "list").err != ""
    assert audobon("assets", "list", "--quiet").err == ""
    ran: Ran = audobon("generate", "cat", "--quiet", "--out", "cat.png")
    assert (ran.out, ran.err) == ("cat.png\n", "")


@pytest.mark.usefixtures("fake_engine")
def test_stdout_has_no_colour_when_piped(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")
    audobon("generate", "cat")
    assert "\x1b" not in audobon("assets", "list").out
