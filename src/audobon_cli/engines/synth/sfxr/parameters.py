"""The 23 numbers of sfxr, read from and written to the formats that carry them."""

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import parse_json_object

MOST_JSON_BYTES = 64 * 2**10
"""Of jsfxr's JSON, which has some 800."""

NAMES = (
    "p_env_attack",
    "p_env_sustain",
    "p_env_punch",
    "p_env_decay",
    "p_base_freq",
    "p_freq_limit",
    "p_freq_ramp",
    "p_freq_dramp",
    "p_vib_strength",
    "p_vib_speed",
    "p_arp_mod",
    "p_arp_speed",
    "p_duty",
    "p_duty_ramp",
    "p_repeat_speed",
    "p_pha_offset",
    "p_pha_ramp",
    "p_lpf_freq",
    "p_lpf_ramp",
    "p_lpf_resonance",
    "p_hpf_freq",
    "p_hpf_ramp",
)
"""In the order of jsfxr's strings, behind the byte of the wave."""

SIGNED = frozenset(
    (
        *("p_freq_ramp", "p_freq_dramp", "p_arp_mod", "p_duty_ramp"),
        *("p_pha_offset", "p_pha_ramp", "p_lpf_ramp", "p_hpf_ramp"),
    )
)
WAVES = ("square", "sawtooth", "sine", "noise")
DEFAULTS = {
    **dict.fromkeys(NAMES, 0.0),
    "p_env_sustain": 0.3,
    "p_env_decay": 0.4,
    "p_base_freq": 0.3,
    "p_lpf_freq": 1.0,
}
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
STRING_BYTES = 1 + 4 * len(NAMES)
_OLD = ("p_vib_strength", "p_vib_speed", "")
_TAIL = ("p_env_attack", "p_env_sustain", "p_env_decay", "p_env_punch")
_FILTERS = (
    "p_lpf_resonance",
    "p_lpf_freq",
    "p_lpf_ramp",
    "p_hpf_freq",
    "p_hpf_ramp",
    "p_pha_offset",
    "p_pha_ramp",
)
_VERSIONS = (100, 101, 102)

Parameters = dict[str, float]
"""NAMES, each from 0 to 1 (SIGNED: from -1), and ``wave_type``, a place in WAVES."""


def read_parameters(data: bytes) -> Parameters:
    """The numbers in a string or JSON of jsfxr, or in an .sfs file of sfxr. Raises InvalidInput for what is neither."""
    if len(data) > 60 and data[0] in _VERSIONS and data[1:4] == b"\0\0\0":
        return _checked(_from_sfs(data))
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise _unknown("it is no text, and no .sfs file") from error
    return _checked(_from_json(text) if text.startswith("{") else _from_string(text))


def _from_json(text: str) -> dict[str, Any]:
    try:
        found = parse_json_object(text, MOST_JSON_BYTES)
    except ValueError as error:
        raise _unknown(f"its JSON cannot be read ({error})") from error
    if "wave_type" not in found:
        raise _unknown("its JSON has no wave_type")
    return {**DEFAULTS, **{name: found[name] for name in ("wave_type", *NAMES) if name in found}}


def _from_string(text: str) -> dict[str, Any]:
    """A base58 number of one byte for the wave and 22 floats, lowest byte first."""
    number = 0
    text = text.removeprefix("#").rpartition("#")[2]
    if not text or len(text) > 2 * STRING_BYTES:
        raise _unknown("a string of jsfxr has some 121 characters")
    for letter in text:
        if letter not in ALPHABET:
            raise _unknown(f"{letter!r} is in no string of jsfxr")
        number = number * 58 + ALPHABET.index(letter)
    body = number.to_bytes((number.bit_length() + 7) // 8, "big")
    data = b"\0" * (len(text) - len(text.lstrip("1"))) + body
    if len(data) != STRING_BYTES:
        raise _unknown(f"it has {len(data)} bytes, and {STRING_BYTES} are needed; it may be cut off")
    values = struct.unpack(f"<{len(NAMES)}f", data[1:])
    return {"wave_type": data[0], **dict(zip(NAMES, values, strict=True))}


def _from_sfs(data: bytes) -> dict[str, Any]:
    """A file of sfxr, versions 100 to 102: numbers in the order of its ``SaveSettings``."""
    (version, wave), place = struct.unpack_from("<ii", data), 8
    order = ["" if version == 102 else None, "p_base_freq", "p_freq_limit", "p_freq_ramp"]
    order += ["p_freq_dramp" if version >= 101 else None, "p_duty", "p_duty_ramp", *_OLD, *_TAIL, "filter"]
    order += [*_FILTERS, "p_repeat_speed", *(("p_arp_speed", "p_arp_mod") if version >= 101 else ())]
    found: dict[str, Any] = {**DEFAULTS, "wave_type": wave}
    try:
        for name in order:
            if name == "filter":
                place += 1
            elif name is not None:
                (value,), place = struct.unpack_from("<f", data, place), place + 4
                if name:
                    found[name] = value
    except struct.error as error:
        raise _unknown("the .sfs file is cut off") from error
    return found


def _checked(found: Mapping[str, Any]) -> Parameters:
    wave = found["wave_type"]
    if isinstance(wave, bool) or not isinstance(wave, int) or not 0 <= wave < len(WAVES):
        raise _unknown(f"there is no wave {wave!r}")
    values: Parameters = {"wave_type": wave}
    for name in NAMES:
        value = found[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _unknown(f"{name} is no number")
        values[name] = min(max(float(value), -1.0 if name in SIGNED else 0.0), 1.0)
    return values


def write_string(parameters: Parameters) -> str:
    """The string by which jsfxr shares ``parameters``."""
    data = bytes([int(parameters["wave_type"])])
    data += struct.pack(f"<{len(NAMES)}f", *(parameters[name] for name in NAMES))
    number, letters = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        letters = ALPHABET[rest] + letters
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + letters


def write_json(parameters: Parameters) -> str:
    """The JSON that jsfxr reads, with the rate and size of samples that it needs."""
    whole: dict[str, float] = {"oldParams": True, "wave_type": int(parameters["wave_type"])}
    whole |= {name: round(parameters[name], 6) for name in NAMES}
    whole |= {"sound_vol": 0.25, "sample_rate": 44_100, "sample_size": 16}
    return json.dumps(whole, indent=2) + "\n"


def _unknown(why: str) -> InvalidInput:
    return InvalidInput(
        f"This is no sound of jsfxr or sfxr: {why}.",
        hint="give a string from sfxr.me, its JSON, or an .sfs file",
        why=why,
    )
