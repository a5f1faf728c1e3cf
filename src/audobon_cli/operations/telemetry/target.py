"""Whether telemetry is asked for, and where it goes: by the variables of OpenTelemetry, or by a setting."""

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass

from audobon_cli.domain.errors import ProxyInvalid
from audobon_cli.settings.proxies import require_usable_proxies

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
SIGNALS = ("traces", "metrics", "logs")
PROTOCOL = "http/protobuf"
INSTALL = "pip install 'audobon-cli[otel]'"


@dataclass(frozen=True, slots=True)
class TelemetryTarget:
    """``endpoints`` are the addresses of the signals that are sent; "" where the SDK reads it from its variables.

    ``unusable`` says why nothing can be sent there ("": nothing does), ``remedy`` what to do.
    """

    endpoints: Mapping[str, str]
    unusable: str = ""
    remedy: str = ""
    digest: str = ""
    """Of the addresses, which may hold keys: another collector has another."""

    @property
    def shown(self) -> str:
        """The signals, for people; no addresses, which may hold keys."""
        return ", ".join(self.endpoints)


def telemetry_target(endpoint: str, variables: Mapping[str, str], offline: bool) -> TelemetryTarget | None:
    """Where to send, by ``variables`` of OpenTelemetry, else to ``endpoint`` (the setting; "": nowhere).

    None where nobody asks, or where it is turned off: ``offline``, ``OTEL_SDK_DISABLED``, exporters that are ``none``.
    """
    if offline or variables.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    endpoints = {
        signal: address
        for signal in SIGNALS
        if (address := _endpoint(signal, endpoint, variables)) is not None
    }
    if not endpoints:
        return None
    if any(address and not address.startswith(("http://", "https://")) for address in endpoints.values()):
        return TelemetryTarget(
            endpoints, "otel.endpoint is no address", "audobon config set otel.endpoint http://127.0.0.1:4318"
        )
    protocols = {_of_signal(signal, "PROTOCOL", variables) or PROTOCOL for signal in endpoints}
    if protocols != {PROTOCOL}:
        other = ", ".join(sorted(protocols - {PROTOCOL}))
        return TelemetryTarget(
            endpoints, f"the protocol {other} is not spoken here", f"OTEL_EXPORTER_OTLP_PROTOCOL={PROTOCOL}"
        )
    if not is_installed():
        return TelemetryTarget(endpoints, "OpenTelemetry's SDK is not installed", INSTALL)
    addresses = [
        (signal, address or _of_signal(signal, "ENDPOINT", variables))
        for signal, address in sorted(endpoints.items())
    ]
    try:
        for _, address in addresses:
            require_usable_proxies(address, variables=variables)
    except ProxyInvalid as error:
        return TelemetryTarget(endpoints, error.message.rstrip("."), error.hint)
    return TelemetryTarget(endpoints, digest=hashlib.sha256(repr(addresses).encode()).hexdigest()[:16])


def is_installed() -> bool:
    """Whether the extra is here."""
    try:
        return importlib.util.find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


def _endpoint(signal: str, setting: str, variables: Mapping[str, str]) -> str | None:
    if variables.get(f"OTEL_{signal.upper()}_EXPORTER", "otlp").strip().lower() not in ("otlp", ""):
        return None
    if _of_signal(signal, "ENDPOINT", variables):
        return ""
    return f"{setting.rstrip('/')}/v1/{signal}" if setting else None


def _of_signal(signal: str, what: str, variables: Mapping[str, str]) -> str:
    """The variable of that signal, else that of all."""
    own = variables.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_{what}", "").strip()
    return own or variables.get(f"OTEL_EXPORTER_OTLP_{what}", "").strip()
