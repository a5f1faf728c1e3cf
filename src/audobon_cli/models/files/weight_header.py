"""Headers of weight files of either format, in one form."""

from pathlib import Path

from audobon_cli.models.files.gguf_header import read_gguf_header
from audobon_cli.models.files.safetensors_header import SafetensorsHeader, read_header

SUFFIXES = (".safetensors", ".gguf")
"""The files of weights that are read, and loaded."""
GGUF_SUFFIX = ".gguf"


def read_weight_header(folder: Path, relative: str) -> SafetensorsHeader:
    """What the file ``folder / relative`` holds; its ``dtypes`` are the names of its own format.

    Raises ModelDamaged, and ModelUnsupported for GGUF of a kind that is not known here.
    """
    if not relative.endswith(GGUF_SUFFIX):
        return read_header(folder, relative)
    header = read_gguf_header(folder / relative)
    return SafetensorsHeader(
        file_bytes=header.file_bytes,
        parameters=sum(tensor.count for tensor in header.tensors),
        dtypes=tuple(sorted({tensor.kind for tensor in header.tensors})),
        tensors=tuple(sorted(header.shapes)),
        shapes=header.shapes,
    )
