"""The formats that sounds can be exported in."""

from enum import StrEnum


class SoundFormat(StrEnum):
    """WAV and FLAC keep every sample."""

    WAV = "wav"
    FLAC = "flac"
    OGG = "ogg"
    MP3 = "mp3"


class SampleType(StrEnum):
    """How the samples of a WAV are written."""

    PCM16 = "16"
    PCM24 = "24"
    FLOAT = "float"
