"""Typed settings, each value remembering where it came from.

Precedence: defaults < user's settings.toml < project's audobon.toml < AUDOBON_* variables < flags; but a project's file
only tightens ``offline`` and budgets: the stricter of its value and the user's holds.
"""

import math
from collections.abc import Mapping
from dataclasses import field, fields
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import SettingInvalid
from audobon_cli.domain.foreign.documents import parse_toml, read_bounded, shortened
from audobon_cli.settings.tightening import tightening

PROJECT_FILE = "audobon.toml"
VARIABLE_PREFIX = "AUDOBON_"
COMFYUI_TIMEOUT = "COMFYUI_TIMEOUT"
"""A variable that other programs read too, in milliseconds."""
MOST_SETTINGS_BYTES = 256 * 2**10
MOST_SECONDS, MOST_DOLLARS, MOST_RETRIES = 366 * 86_400.0, 1e9, 1_000
MOST_JOBS = 1_000_000


def _setting(default: Any, description: str) -> Any:
    return field(default=default, metadata={"description": description})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Field names are the keys of the TOML files."""

    library: str = _setting("", "Folder of the library; empty: the project's, or the user's own.")
    model: str = _setting("sprite", "Model that `generate` uses when --model is not given.")
    quality: str = _setting("optimized", "Quality that `generate` uses when --quality is not given.")
    device: str = _setting("", "Device to run on: cpu, cuda, cuda:1, mps; empty: the best there is.")
    output_folder: str = _setting(".", "Folder in which `generate` writes pictures when --out names none.")
    retries: int = _setting(2, "How many other seeds are tried when a picture fails its checks.")
    lock_wait_seconds: float = _setting(30.0, "How long to wait for another process to finish writing.")
    auto_commit: str = _setting(
        "off", "Commit by itself: off, per-command, or per-batch (after generate, import and sprite)."
    )
    author: str = _setting("", "Who commits, as history records it; empty: the name of the account.")
    keep_warm: str = _setting(
        "",
        "How long models stay in memory after `generate`, as 10m; 0: never; empty: five minutes, at a terminal, "
        "those that took long to load and lie in main memory.",
    )
    timeout: float = _setting(
        0.0, "Seconds that a picture may take when --timeout is not given; 0: what the quality allows."
    )
    comfyui_timeout: float = _setting(
        0.0,
        "The same for pictures that ComfyUI draws; 0: as others. COMFYUI_TIMEOUT, in milliseconds, sets it too.",
    )
    offline: bool = _setting(False, "Never open a network connection.")
    safe: bool = _setting(False, "Refuse prompts with words that are not for a children's setting.")
    moderate: str = _setting(
        "", "What is done about pictures that a network takes for unsafe: label; empty: nothing."
    )
    moderate_threshold: float = _setting(0.8, "Score of 1 from which a picture is tagged quarantine.")
    budget_per_run: float = _setting(0.0, "Dollars that one command may spend at providers; 0: no limit.")
    budget_per_month: float = _setting(
        0.0, "Dollars that all commands of a calendar month (UTC) may spend; 0: no limit."
    )
    budget_confirm_above: float = _setting(
        1.0, "Dollars from which `generate` asks before it spends them; --yes answers."
    )
    cloud_project: str = _setting("", "Project of Google Cloud in which jobs run; empty: gcloud's variables.")
    cloud_region: str = _setting("", "Region in which jobs run, as europe-west1.")
    cloud_place: str = _setting("", "Place that jobs in the cloud work at, as gs://my-bucket/audobon.")
    cloud_starter: str = _setting("", "Service account that scheduled runs are begun as: its e-mail.")
    sync_models: bool = _setting(False, "Let `library push`, `pull` and `clone` take own models along.")
    comfyui_servers: str = _setting(
        "http://127.0.0.1:8188", "Addresses of ComfyUI servers, separated by commas."
    )
    vertex_endpoint: str = _setting("", "Own endpoint on Vertex AI: projects/P/locations/R/endpoints/ID.")
    encryption_key_file: str = _setting("", "Key file that opens encrypted libraries.")
    encryption_passphrase_file: str = _setting(
        "", "File whose first line is the passphrase of encrypted libraries."
    )
    import_sandbox: str = _setting(
        "auto",
        "Where files from outside are decoded: auto, in a child process that can do nothing else; require, "
        "and only if the system enforces all of it; off, in the program itself.",
    )
    import_max_memory: str = _setting("4GB", "Most memory that decoding a file may take, beside the file.")
    import_max_seconds: float = _setting(300.0, "Most processor time that decoding a file may take.")
    library_private: bool = _setting(False, "Keep other accounts from reading the library's files.")
    read_only: bool = _setting(False, "Change nothing in the library: whatever would is refused.")
    audit_log: bool = _setting(False, "Keep a log of who changed which assets, which shows tampering.")
    providers_retries: int = _setting(
        3, "How often a request to a provider is sent again that surely was not taken."
    )
    providers_breaker_failures: int = _setting(
        5, "Failures in a row after which a provider's server is left alone; twice as many of one's own."
    )
    providers_breaker_pause_seconds: float = _setting(
        60.0, "How long it is left alone; then one request tries it, and closes or opens it again."
    )
    log_prompts: bool = _setting(False, "Let the log keep prompts, names and paths.")
    otel_endpoint: str = _setting(
        "", "Address of an OTLP collector that gets metrics, logs and traces, as http://127.0.0.1:4318."
    )
    monitor_health_interval: str = _setting("30s", "How often `monitor` looks whether all is well.")
    monitor_performance_interval: str = _setting("5s", "How often it measures memory and cards.")
    monitor_max_attempts: int = _setting(
        3, "How often it begins workers that end at once, before it gives up."
    )
    monitor_workers: int = _setting(0, "Workers that it keeps alive while jobs wait; 0: it begins none.")
    monitor_disk_floor: str = _setting(
        "1GB", "With less free on the library's disk it pauses the queue, until there is more."
    )
    monitor_backup_age: str = _setting("7d", "It warns of backups that are older.")
    monitor_card_celsius: int = _setting(90, "It warns of cards that are as hot.")
    alert_webhook: str = _setting("", "Address that `monitor` posts a JSON object to when something changes.")
    alert_ntfy: str = _setting("", "Address of an ntfy topic that it posts to, as https://ntfy.sh/my-topic.")
    alert_command: str = _setting(
        "", "Program that it runs then, with the JSON object on stdin, as mail -s Audobon me@example.org."
    )
    alert_desktop: bool = _setting(False, "Show a notice on the desktop then.")
    update_check: bool = _setting(True, "Let `doctor` ask the package index for newer versions.")
    update_index: str = _setting("https://pypi.org/simple", "The package index that it asks.")
    billing_export: str = _setting("", "BigQuery table of Google's billing export: PROJECT.DATASET.TABLE.")
    plugins_enabled: str = _setting(
        "all", "Plugins that may be used: all, none, or names of packages or plugins with commas between."
    )
    notify_after: str = _setting(
        "", "Tell, by the same ways, of commands that ended after as long as that, as 60s; empty: of none."
    )
    queue_recycle_jobs: int = _setting(
        0, "Jobs after which a worker of the queue is begun anew, so that its memory is free again; 0: never."
    )
    queue_recycle_memory: str = _setting(
        "", "Main memory with which a worker that has ended a job is begun anew, as 2GB; empty: never."
    )
    queue_read_ahead: bool = _setting(
        True, "Let workers read the files of the next queued model while they draw with another."
    )
    resources_threads: int = _setting(
        0, "Pictures of the built-in model drawn at a time; 0: as many as processors and memory allow."
    )
    resources_max_memory: str = _setting(
        "", "Most main memory that one process of the program may take, as 4GB; empty: what there is."
    )
    resources_max_disk: str = _setting(
        "", "Most that the library's files may take, trash included, as 20GB; empty: what the disk has."
    )
    resources_max_card_memory: str = _setting(
        "",
        "Most memory that a picture may take on a ComfyUI server's card, as 8GB; empty: what is free there.",
    )


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings with, for each field, the place that its value came from."""

    values: Settings
    sources: dict[str, str]

    def with_flag(self, key: str, value: Any) -> "LoadedSettings":
        """The same settings with ``key`` given on the command line; None changes nothing."""
        if value is None:
            return self
        return _merge(self, {key: value}, "command line")


def setting_names() -> tuple[str, ...]:
    """All keys, in the order of their declaration."""
    return tuple(f.name for f in fields(Settings))


def describe(key: str) -> str:
    """What the setting ``key`` does, in one sentence."""
    return str(next(f.metadata["description"] for f in fields(Settings) if f.name == key))


def load_settings(user_file: Path, project_file: Path | None, variables: Mapping[str, str]) -> LoadedSettings:
    """Settings from all places but the command line.

    Missing files count as empty. Raises SettingInvalid for unreadable files, unknown keys and values
    of the wrong type, naming the place.
    """
    loaded = LoadedSettings(Settings(), dict.fromkeys(setting_names(), "default"))
    own = _read_toml(user_file)
    own.pop("backup", None)  # destinations: see backup/destinations.py
    loaded = _merge(loaded, own, str(user_file))
    if project_file is not None:
        values = _read_toml(project_file)
        values.pop("backup", None)
        values.pop("contract", None)  # of sprites, not of the program: see sprites/contract_file.py
        loaded = _merge(loaded, tightening(loaded.values, _flat(values)), str(project_file))
    if variables.get(COMFYUI_TIMEOUT):
        milliseconds = parse_value("comfyui_timeout", variables[COMFYUI_TIMEOUT], COMFYUI_TIMEOUT)
        loaded = _merge(loaded, {"comfyui_timeout": milliseconds / 1000}, COMFYUI_TIMEOUT)
    for key in setting_names():
        variable = VARIABLE_PREFIX + key.upper()
        if variables.get(variable):
            loaded = _merge(loaded, {key: parse_value(key, variables[variable], variable)}, variable)
    return loaded


def find_project_file(start: Path) -> Path | None:
    """The audobon.toml nearest to ``start``, there or in a folder above it."""
    for folder in (start.absolute(), *start.absolute().parents):
        candidate = folder / PROJECT_FILE
        if candidate.is_file():
            return candidate
    return None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return parse_toml(read_bounded(path, MOST_SETTINGS_BYTES))
    except (FileNotFoundError, NotADirectoryError):  # accounts of services have /dev/null for a home
        return {}
    except (OSError, ValueError) as error:
        raise SettingInvalid(
            f"The settings file {path} cannot be read: {error}", hint="mend or remove it", path=str(path)
        ) from error


def _merge(loaded: LoadedSettings, values: Mapping[str, Any], source: str) -> LoadedSettings:
    current = {key: getattr(loaded.values, key) for key in setting_names()}
    sources = dict(loaded.sources)
    for key, value in _flat(values).items():
        if key not in current:
            raise SettingInvalid(
                f"{source} sets {key!r}, which is not a setting.",
                hint="`audobon config show` lists the settings",
                setting=key,
            )
        current[key] = _checked(key, value, type(getattr(Settings(), key)), source)
        sources[key] = source
    return LoadedSettings(Settings(**current), sources)


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """``[budget] per_run`` is the setting budget_per_run: tables are only a way to write names."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            found |= {f"{key}_{inner}": one for inner, one in value.items()}
        else:
            found[key] = value
    return found


def checked_value(key: str, value: Any, source: str) -> Any:
    """``value`` as the setting ``key`` takes it. Raises SettingInvalid, which names ``source``."""
    return _checked(key, value, type(getattr(Settings(), key)), source)


def _checked(key: str, value: Any, kind: type, source: str) -> Any:
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise SettingInvalid(
            f"{source} sets {key} to {shortened(value)}; it must be of type {kind.__name__}.",
            hint=describe(key),
            setting=key,
        )
    if isinstance(value, int | float) and value < 0:
        raise SettingInvalid(
            f"{source} sets {key} to {value}; it cannot be negative.", hint=describe(key), setting=key
        )
    most = _most(key, kind)
    if isinstance(value, int | float) and not value <= most:
        raise SettingInvalid(
            f"{source} sets {key} to {value:g}; it is at most {most:g}.", hint=describe(key), setting=key
        )
    if isinstance(value, str) and any(ord(one) < 32 or 127 <= ord(one) < 160 for one in value):
        raise SettingInvalid(
            f"{source} sets {key} to {shortened(value)}, which has control characters.",
            hint=describe(key),
            setting=key,
        )
    return value


def _most(key: str, kind: type) -> float:
    """The largest value of a number: infinity and NaN are none that can be waited or paid for."""
    if kind is int:
        return MOST_JOBS if key.endswith("_jobs") else MOST_RETRIES
    if kind is float:
        return MOST_SECONDS if key.endswith("_seconds") else MOST_DOLLARS
    return math.inf


def parse_value(key: str, text: str, source: str) -> Any:
    """What ``text`` says as a value of the setting ``key``. Raises SettingInvalid, which names ``source``."""
    kind = type(getattr(Settings(), key))
    try:
        if kind is bool:
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[
                text.strip().lower()
            ]
        return kind(text.strip()) if kind is not str else text
    except (ValueError, KeyError) as error:
        raise SettingInvalid(
            f"{source} is {shortened(text)}; it must be of type {kind.__name__}.",
            hint=describe(key),
            setting=key,
        ) from error
