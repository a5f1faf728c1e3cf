"""ComfyUI: ``prompt`` is the graph that ran, node by id; ``workflow`` the editor's drawing of it, read if it is alone.

In WebP and JPEG they stand in Exif (see media.image.texts). Which prompt a picture has is told by following the graph
back from what it saves: to its sampler, of several passes to the first, from there to texts, seed and model.
"""

import json
from typing import Any

from audobon_cli.media.image.foreign.comfyui_drawing import read_drawing
from audobon_cli.media.image.foreign.comfyui_graph import Graph, Node, as_link, read_graph
from audobon_cli.media.image.foreign.comfyui_nodes import chosen
from audobon_cli.media.image.foreign.comfyui_values import number_at, prompt_at, text_at, text_in
from audobon_cli.media.image.foreign.reader import PARAMETERS, Texts, json_object, seed_of
from audobon_cli.media.types import Foreign

_POSITIVE = ("positive", "conditioning", "cond1", "text_embeds", "pipe", "basic_pipe")
_NEGATIVE = ("negative", "neg_conditioning", "text_embeds", "pipe", "basic_pipe")
_LATENT = (
    "latent_image",
    "latent",
    "samples",
    "image",
    "images",
    "pixels",
    "optional_latent",
    "pipe",
    "basic_pipe",
)
_NOT_PIXELS = frozenset(
    (
        *(
            "model",
            "vae",
            "clip",
            "positive",
            "negative",
            "conditioning",
            "neg_conditioning",
            "guider",
            "noise",
        ),
        *("sigmas", "sampler", "control_net", "mask", "clip_vision", "style_model", "upscale_model"),
    )
)
_MODEL_NAMES = (
    "ckpt_name",
    "unet_name",
    "gguf_name",
    "model_name",
    "diffusion_model",
    "model_path",
    "base_ckpt_name",
)
_ASKED_FOR = ("prompt", "prompt_text")
_SEEDS = ("seed", "noise_seed", "value", "int", "number")
MAX_PASSES = 50


def read_comfyui(texts: Texts) -> Foreign | None:
    """See ForeignReader."""
    text = texts.get("prompt")
    if text is None:
        # As one object in a comment; and Civitai's own generator writes the graph as Exif's UserComment.
        written = (texts.get(keyword) for keyword in ("comment", PARAMETERS, "ImageDescription"))
        named = next((found for one in written if (found := json_object(one)) is not None), {})
        sent = named.get("prompt", named)
        text = sent if isinstance(sent, str) else json.dumps(sent)
    graph = read_graph(text) if text.lstrip().startswith("{") else None
    if graph is None and (drawing := texts.get("workflow")) is not None:
        graph = read_drawing(drawing)
        if graph is None:
            return Foreign(details={"source": "comfyui"}) if json_object(drawing) is not None else None
    if graph is None:
        return None
    sampler = _first_pass(graph)
    if sampler is not None:
        return _sampled(graph, sampler)
    maker = _upstream(graph, graph.outputs(), lambda node: bool(_own(graph, node, _ASKED_FOR)))
    if maker is None:
        return Foreign(details={"source": "comfyui"})
    # A node that asks a service for pictures has all in itself.
    details = {"source": "comfyui", "negative": _own(graph, maker, ("negative_prompt",))}
    model = text_in(maker, ("model", "model_name"))
    return Foreign(_own(graph, maker, _ASKED_FOR), model, _seed(graph, maker), details=details)


def _own(graph: Graph, node: Node, keys: tuple[str, ...]) -> str:
    """The text that ``node`` has under one of ``keys``, itself or by a link."""
    links = (node.inputs[key] for key in keys if as_link(node.inputs.get(key)) is not None)
    return text_in(node, keys) or next((found for link in links if (found := text_at(graph, link))), "")


def _sampled(graph: Graph, sampler: Node) -> Foreign:
    bundles = _bundles(graph, sampler)
    seed = next((one for node in (sampler, *bundles) if (one := _seed(graph, node)) is not None), None)
    guider = graph.behind(sampler.inputs.get("guider"))
    sources = [node for node in (sampler, guider) if node is not None]
    sigmas = graph.behind(sampler.inputs.get("sigmas"))
    chosen = graph.behind(sampler.inputs.get("sampler"))
    details: dict[str, Any] = {}
    for node in (*sources, sigmas, chosen, *bundles):
        for key in ("steps", "cfg", "sampler_name", "scheduler", "denoise"):
            if node is not None and key not in details and (value := _plain(graph, node, key)) is not None:
                details[key] = value
    details |= {"source": "comfyui", "negative": _conditioning(graph, sources, _NEGATIVE, 1)}
    return Foreign(
        _conditioning(graph, sources, _POSITIVE, 0),
        _model(graph, [*sources, *([sigmas] if sigmas else [])]),
        seed,
        details=details,
    )


def _bundles(graph: Graph, sampler: Node) -> list[Node]:
    """The nodes that hand settings on to ``sampler`` in one link called pipe, the nearest first."""
    found: list[Node] = []
    node: Node | None = sampler
    while node is not None and len(found) < MAX_PASSES:
        link = next((node.inputs[name] for name in ("pipe", "basic_pipe") if name in node.inputs), None)
        node = graph.behind(link) if as_link(link) is not None else None
        if node is not None:
            found.append(node)
    return found


def _plain(graph: Graph, node: Node, key: str) -> Any:
    value = node.inputs.get(key)
    if as_link(value) is None:
        return value if isinstance(value, str | int | float) else None
    number = number_at(graph, value, (key, "value", "int", "float", "number"))
    return number if number is not None else (text_at(graph, value) or None)


def _conditioning(graph: Graph, sources: list[Node], names: tuple[str, ...], role: int) -> str:
    for node in sources:
        for name in names:
            value = node.inputs.get(name)
            if isinstance(value, str) and value:
                return value
            if as_link(value) is not None:
                return prompt_at(graph, value, role)
    return ""


def _seed(graph: Graph, sampler: Node) -> int | None:
    for name in ("seed", "noise_seed", "noise"):
        value = sampler.inputs.get(name)
        if as_link(value) is None:
            found = seed_of(value) if name != "noise" else None
        else:
            found = seed_of(number_at(graph, value, _SEEDS))
        if found is not None:
            return found
    return None


def _model(graph: Graph, sources: list[Node]) -> str:
    """The file of the network: behind the links called model, through whatever changes it on the way."""
    for node in sources:
        for name in ("model", "pipe", "basic_pipe", "model_opt", "transformer"):
            found = _upstream(
                graph,
                [node.inputs.get(name)],
                lambda one: bool(_named_model(graph, one)),
                only=("model", "pipe", "input", "any"),
            )
            if found is not None:
                return _named_model(graph, found)
    return ""


def _named_model(graph: Graph, node: Node) -> str:
    for key in _MODEL_NAMES:
        value = node.inputs.get(key)
        if isinstance(value, dict):  # menus of some extensions: the name with its picture
            value = value.get("content", value.get("string"))
        name = text_at(graph, value) if as_link(value) is not None else value
        if isinstance(name, str) and name:
            return name
    value = node.inputs.get("model")
    return value if isinstance(value, str) else ""


def _first_pass(graph: Graph) -> Node | None:
    """The sampler behind the picture that is saved; of passes on each other's results the first."""
    found = next(
        (one for start in graph.outputs() if (one := _upstream(graph, [start], _is_sampler)) is not None),
        None,
    )
    if found is None:
        return next(filter(_is_sampler, graph.nodes.values()), None)
    seen = {found.id}
    while len(seen) < MAX_PASSES:
        starts = [found.inputs.get(name) for name in _LATENT if as_link(found.inputs.get(name)) is not None]
        # Stable Cascade's second stage begins with empty latents, and gets the first's by its conditioning.
        guide = graph.behind(found.inputs.get("positive"))
        starts += [guide.inputs["stage_c"]] if guide is not None and "stage_c" in guide.inputs else []
        earlier = _upstream(graph, starts, _is_sampler)
        if earlier is None or earlier.id in seen:
            break
        seen.add(earlier.id)
        found = earlier
    return found


def _is_sampler(node: Node) -> bool:
    """Whether ``node`` turns noise into pictures: guided, and with noise or latents of its own."""
    inputs = node.inputs
    if "guider" in inputs:
        return True
    if "ksampler" in node.type.lower() and ("seed" in inputs or "noise_seed" in inputs or "pipe" in inputs):
        return True
    guided = any(name in inputs for name in ("positive", "conditioning", "text_embeds"))
    noisy = any(name in inputs for name in ("seed", "noise_seed", "noise", "latent_image", "add_noise"))
    return (
        guided and noisy and ("model" in inputs or "latent_image" in inputs or "sampler" in node.type.lower())
    )


def _upstream(graph: Graph, starts: list[Any], wanted: Any, only: tuple[str, ...] = ()) -> Node | None:
    """The nearest node that is ``wanted`` on the way back from ``starts`` (links, or ids of nodes).

    ``only`` are the beginnings of the names of inputs that are followed; without it all that may bring pixels are.
    """
    todo = [node for start in starts if (node := graph.behind(start)) is not None]
    seen = {node.id for node in todo}
    for node in todo:  # grows on the way
        if wanted(node):
            return node
        through = chosen(graph, node)
        for name, value in node.inputs.items():
            if through and name != through:
                continue
            if not through and only and not name.startswith(only):
                continue
            if not only and name in _NOT_PIXELS:
                continue
            behind = graph.behind(value) if as_link(value) is not None else None
            if behind is not None and behind.id not in seen:
                seen.add(behind.id)
                todo.append(behind)
    return None
