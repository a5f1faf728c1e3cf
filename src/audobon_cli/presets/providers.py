"""Providers from TOML: presets/providers/NAME.toml, one a service. Every price, limit and date says its source.

docs/providers.md tells what the keys mean; a user's own file of the same name replaces the shipped one.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.providers import Lifecycle, Price, ProviderPreset, RateLimit, RemoteModel, Sourced
from audobon_cli.domain.units import Size, parse_size

FREE = Price(Sourced("a server of one's own", ""))


def read_provider(name: str, data: Mapping[str, Any], source: str) -> ProviderPreset:
    """The service that a file describes. Raises KeyError, TypeError or ValueError for a wrong one."""
    models = {key: _model(name, key, values) for key, values in data["models"].items()}
    default = str(data["default_model"])
    if default not in models:
        raise ValueError(f"default_model {default!r} is none of its models")
    rate = data.get("rate")
    return ProviderPreset(
        name=name,
        title=str(data["title"]),
        default_model=default,
        models=models,
        endpoint=str(data.get("endpoint", "")),
        endpoint_variables=tuple(data.get("endpoint_variables", ())),
        keys=tuple(data.get("keys", ())),
        rate=None if rate is None else RateLimit(_sourced(rate), float(rate["per_minute"])),
        timeout_seconds=data.get("timeout_seconds"),
        documentation=str(data.get("documentation", "")),
        extra=str(data.get("extra", "")),
        sign_in=str(data.get("sign_in", "")),
        keyring_name=str(data.get("keyring_name", "")),
    )


def _model(provider: str, name: str, data: Mapping[str, Any]) -> RemoteModel:
    sizes = {_size(key): dict(value) for key, value in data.get("sizes", {}).items()}
    native = _size(data["native"])
    if sizes and native not in sizes:
        raise ValueError(f"the native size {native} of {name} is none of its sizes")
    return RemoteModel(
        name=name,
        provider=provider,
        id=str(data["id"]),
        family=str(data["family"]),
        native=native,
        price=_price(data.get("price")),
        title=str(data.get("title", "")),
        parameters={key: str(value) for key, value in data.get("parameters", {}).items()},
        fixed=dict(data.get("fixed", {})),
        qualities={key: dict(value) for key, value in data.get("qualities", {}).items()},
        sizes=sizes,
        multiple=int(data.get("multiple", 8)),
        minimum=int(data.get("minimum", 64)),
        maximum=int(data.get("maximum", 2048)),
        extra_options=frozenset(map(Option, data.get("options", ()))),
        lifecycle=_lifecycle(data.get("lifecycle")),
        regions=tuple(data.get("regions", ())),
        details=dict(data.get("details", {})),
    )


def _price(data: Mapping[str, Any] | None) -> Price:
    if data is None:
        return FREE
    per_picture = data.get("per_picture", {})
    if not isinstance(per_picture, Mapping):
        per_picture = {"default": per_picture}
    return Price(
        _sourced(data),
        {key: float(value) for key, value in per_picture.items()},
        float(data.get("per_megapixel", 0)),
        float(data.get("per_second", 0)),
        {key: float(value) for key, value in data.get("per_million", {}).items()},
        int(data.get("per_picture_pixels", 0)),
        bool(data.get("unknown", False)),
    )


def _lifecycle(data: Mapping[str, Any] | None) -> Lifecycle | None:
    if data is None:
        return None
    ends = data["ends"]
    if not isinstance(ends, date):
        raise TypeError("ends must be a date")
    return Lifecycle(_sourced(data), ends, str(data.get("successor", "")))


def _sourced(data: Mapping[str, Any]) -> Sourced:
    return Sourced(str(data["source"]), str(data["checked"]))


def _size(text: object) -> Size:
    size = parse_size(str(text))
    if size is None:
        raise ValueError(f"{text!r} is not a size such as 1024 or 1024x768")
    return size
