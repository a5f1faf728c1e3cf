"""From a request to the names and values that a service's model takes, by its preset."""

import base64
from typing import Any

from audobon_cli.domain.prompt_weights import plain_prompt
from audobon_cli.providers.protocol import RemoteRequest

MEDIA_TYPES = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
    b"GIF8": "image/gif",
}


def model_parameters(job: RemoteRequest) -> dict[str, Any]:
    """All that the preset says goes with ``job`` but prompt and pictures: fixed values, those of the quality
    and the size, then what the request itself asks for under the service's names."""
    model, request = job.model, job.request
    found = dict(model.fixed)
    found |= model.qualities.get(request.quality, model.qualities.get("default", {}))
    found |= model.sizes.get(request.render_size, {})
    asked = {
        "seed": job.seed,
        "width": request.render_size.width,
        "height": request.render_size.height,
        "steps": request.steps or None,
        "guidance": request.guidance or None,
        "negative": request.resolved_negative or None,
        "strength": request.inputs.strength,
    }
    named = {model.parameters[name]: value for name, value in asked.items() if name in model.parameters}
    return found | {name: value for name, value in named.items() if value is not None}


def prompt_of(job: RemoteRequest) -> str:
    """The prompt as services take it: without weights, brackets unescaped."""
    return plain_prompt(job.request.resolved_prompt)


def init_picture(job: RemoteRequest) -> bytes | None:
    """The file of --init-image."""
    picture = job.request.inputs.init_image
    return None if picture is None else picture.read()


def media_type(picture: bytes) -> str:
    """What kind of file ``picture`` is, by how it begins."""
    return next((kind for start, kind in MEDIA_TYPES.items() if picture.startswith(start)), "image/png")


def data_url(picture: bytes) -> str:
    """``picture`` as a data: URL."""
    return f"data:{media_type(picture)};base64,{base64.b64encode(picture).decode()}"
