"""Workflows for ComfyUI in its API format: built for a request, or the user's own with the request put in.

The graphs are those of ComfyUI's own examples (https://comfyanonymous.github.io/ComfyUI_examples/): text to
image, image to image, and FLUX in one checkpoint.
"""

import copy
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.providers.protocol import RemoteRequest

Graph = dict[str, Any]

FIELDS = {
    "prompt": ("text", "prompt", "value", "string"),
    "negative": ("text", "prompt", "value", "string"),
    "seed": ("seed", "noise_seed", "value"),
    "steps": ("steps", "value"),
    "guidance": ("cfg", "guidance", "value"),
    "strength": ("denoise", "value"),
    "width": ("width", "value"),
    "height": ("height", "value"),
    "init_image": ("image",),
}
"""Which input of a node titled like this takes the value, the first that it has; ``size`` means both sides."""

WEIGHT_FIELDS = ("ckpt_name", "unet_name", "model_name", "gguf_name")
"""Inputs of ComfyUI's loaders that name the file of the network which draws."""

UNTITLED = {"seed": ("seed", "noise_seed")}
"""What is set in every node where no title names a place."""


def build_graph(job: RemoteRequest, image: str) -> Graph:
    """The workflow for ``job``; ``image`` is the name under which --init-image was uploaded ("" for none)."""
    own = job.model.details.get("workflow")
    if own is not None:
        return fill_graph(own, _values(job, image))
    return _flux(job, image) if job.model.details["graph"] == "flux" else _classic(job, image)


def _classic(job: RemoteRequest, image: str) -> Graph:
    """Stable Diffusion 1.5 and XL."""
    request = job.request
    negative = _node("CLIPTextEncode", text=request.resolved_negative, clip=["checkpoint", 1])
    sampler = _sampler(job, request.guidance, ["negative", 0], ["prompt", 0])
    return {**_shared(job, image, "EmptyLatentImage"), "negative": negative, "sampler": sampler}


def _flux(job: RemoteRequest, image: str) -> Graph:
    """FLUX.1: guidance is an input of the network (dev) or none (schnell), and nothing is subtracted."""
    graph = _shared(job, image, "EmptySD3LatentImage")
    positive = ["prompt", 0]
    if "guidance" in job.model.parameters:
        graph["guidance"] = _node("FluxGuidance", guidance=job.request.guidance, conditioning=positive)
        positive = ["guidance", 0]
    graph["negative"] = _node("CLIPTextEncode", text="", clip=["checkpoint", 1])
    graph["sampler"] = _sampler(job, 1.0, ["negative", 0], positive)
    return graph


def _shared(job: RemoteRequest, image: str, empty: str) -> Graph:
    """What all graphs have: the checkpoint, the prompt, where drawing begins, decoding and saving."""
    size = job.request.render_size
    graph = {
        "checkpoint": _node("CheckpointLoaderSimple", ckpt_name=job.model.id),
        "prompt": _node("CLIPTextEncode", text=job.request.resolved_prompt, clip=["checkpoint", 1]),
        "decoded": _decoder(job),
        "saved": _node("SaveImage", images=["decoded", 0], filename_prefix="audobon"),
    }
    if not image:
        graph["start"] = _node(empty, width=size.width, height=size.height, batch_size=1)
        return graph
    graph["picture"] = _node("LoadImage", image=image)
    graph["fitted"] = _node(
        "ImageScale",
        image=["picture", 0],
        upscale_method="lanczos",
        width=size.width,
        height=size.height,
        crop="center",
    )
    graph["start"] = _node("VAEEncode", pixels=["fitted", 0], vae=["checkpoint", 2])
    return graph


def _decoder(job: RemoteRequest) -> dict[str, Any]:
    """Whole, or in tiles with the node's own usual values."""
    parts = {"samples": ["sampler", 0], "vae": ["checkpoint", 2]}
    if not job.tiled:
        return _node("VAEDecode", **parts)
    usual = {"tile_size": 512, "overlap": 64, "temporal_size": 64, "temporal_overlap": 8}
    return _node("VAEDecodeTiled", **parts, **usual)


def _sampler(job: RemoteRequest, cfg: float, negative: list[Any], positive: list[Any]) -> dict[str, Any]:
    request, details = job.request, job.model.details
    return _node(
        "KSampler",
        model=["checkpoint", 0],
        seed=job.seed,
        steps=request.steps,
        cfg=cfg,
        sampler_name=details["sampler"],
        scheduler=details["scheduler"],
        positive=positive,
        negative=negative,
        latent_image=["start", 0],
        denoise=request.inputs.strength if request.inputs.strength is not None else 1.0,
    )


def _node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def _values(job: RemoteRequest, image: str) -> dict[str, Any]:
    request = job.request
    return {
        "prompt": request.resolved_prompt,
        "negative": request.resolved_negative,
        "seed": job.seed,
        "steps": request.steps,
        "guidance": request.guidance,
        "strength": request.inputs.strength,
        "width": request.render_size.width,
        "height": request.render_size.height,
        "init_image": image or None,
    }


def check_graph(graph: Any, path: str) -> Graph:
    """``graph`` if it is a workflow in the API format with a place for the prompt. Raises InvalidInput."""
    nodes = graph.values() if isinstance(graph, dict) else ()
    if not nodes or not all(
        isinstance(node, dict)
        and isinstance(node.get("class_type"), str)
        and isinstance(node.get("inputs"), dict)
        and isinstance(node.get("_meta", {}), dict)
        for node in nodes
    ):
        raise InvalidInput(
            f"{path} is no workflow in ComfyUI's API format.",
            hint='in ComfyUI use "Export (API)", not "Save"',
            path=path,
        )
    if not has_place(graph, "prompt"):
        raise InvalidInput(
            f"The workflow {path} has no place for the prompt.",
            hint="title the node that takes it `prompt` (others: negative, seed, steps, guidance, strength, size, "
            "width, height, init_image), or write {prompt} where it goes",
            path=path,
        )
    return dict(graph)


def has_place(graph: Graph, name: str) -> bool:
    """Whether the workflow takes ``name`` from a request."""
    return bool(_places(graph, name)) or "{" + name + "}" in str(graph)


def fill_graph(own: Graph, values: dict[str, Any]) -> Graph:
    """A copy of the user's workflow with ``values`` in the nodes that are titled by their names, and in place of
    ``{name}`` in texts. What has no place stays as the workflow says; seeds have one everywhere."""
    graph = copy.deepcopy(own)
    for name, value in values.items():
        if value is None:
            continue
        for inputs, field in _places(graph, name):
            inputs[field] = value
    for node in graph.values():
        for field, text in node["inputs"].items():
            if isinstance(text, str) and "{" in text:
                node["inputs"][field] = _substituted(text, values)
    return graph


def loaded_file(graph: Graph) -> str:
    """The file of weights that the workflow draws with: that of the first node which loads one; "" without one."""
    for node in graph.values():
        for field in WEIGHT_FIELDS:
            file = node["inputs"].get(field)
            if isinstance(file, str) and file:
                return file
    return ""


def fixed_value(graph: Graph, name: str) -> float | None:
    """The number that the first node with an input for ``name`` (steps, guidance) has there; None without one."""
    for field in FIELDS[name]:
        for node in graph.values():
            value = node["inputs"].get(field)
            if field != "value" and isinstance(value, int | float) and not isinstance(value, bool):
                return value
    return None


def _places(graph: Graph, name: str) -> list[tuple[dict[str, Any], str]]:
    """The inputs that take ``name``: (inputs of a node, field)."""
    titles = {name, "size"} if name in ("width", "height") else {name}
    fields = FIELDS[name]
    titled = [
        node
        for node in graph.values()
        if str(node.get("_meta", {}).get("title", "")).strip().lower() in titles
    ]
    found = [
        (node["inputs"], field)
        for node in titled
        for field in [next((field for field in fields if field in node["inputs"]), None)]
        if field is not None
    ]
    if found or name not in UNTITLED:
        return found
    return [
        (node["inputs"], field)
        for node in graph.values()
        for field in UNTITLED[name]
        if isinstance(node["inputs"].get(field), int)
    ]


def _substituted(text: str, values: dict[str, Any]) -> Any:
    """``text`` with names in braces replaced; a lone name becomes the value itself, numbers stay numbers."""
    for name, value in values.items():
        mark = "{" + name + "}"
        if text == mark and value is not None:
            return value
        if value is not None:
            text = text.replace(mark, str(value))
    return text
