"""What the memory forecast knows of any model: shipped traces, and traces made here once and kept."""

import hashlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import AudobonError, ModelNotFound, ModelUnsupported
from audobon_cli.domain.model import LOCAL_ENGINE
from audobon_cli.domain.sound import SoundRule
from audobon_cli.domain.strategy import Attention, Precision, Storage
from audobon_cli.models.catalog import find_model
from audobon_cli.models.files.component_configs import FolderConfig, NetworkConfig, read_folder_config
from audobon_cli.models.files.model_index import is_model_folder
from audobon_cli.models.files.sound_rules import sound_rule
from audobon_cli.models.gguf import GgufFile, files_like, fits_config, gguf_named, read_packed
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.presets.catalog import Presets, nearest
from audobon_cli.vram.forecast_tables import (
    INDIVISIBLE,
    decoder_table,
    denoiser_table,
    encoder_table,
    latent_scale,
    splits_guidance,
    takes_guidance,
    vocoder_table,
)
from audobon_cli.vram.shipped import ForecastData
from audobon_cli.vram.simulation.pipeline import PipelineModel
from audobon_cli.vram.simulation.replay import Part, Weights
from audobon_cli.vram.simulation.trace import leaves_from_data, leaves_to_data, trace_from_data, trace_to_data
from audobon_cli.vram.sound_shapes import SoundShape, sound_shape
from audobon_cli.vram.trace_cache import TraceCache

CACHE_FORMAT = 1
SDXL_PARAMETERS, SDXL_SECONDS = 2567.46e6, 0.074
"""One call at 1024 pixels on an L40S (presets/vram/models.toml): times of other models are scaled from it."""

TRACING_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RuntimeError,
    IndexError,
    ImportError,
    AssertionError,
    ArithmeticError,
)
"""What building or calling a network from a configuration that was not foreseen ends with."""


@dataclass(frozen=True, slots=True)
class PlannableModel:
    """A model with a forecast. ``stored``: how its file keeps the denoiser, when quantised; ``files`` are the
    GGUF files at hand that could be its denoiser."""

    model: PipelineModel
    steps: Mapping[str, int]
    stored: Storage | None = None
    files: tuple[GgufFile, ...] = ()
    sounds: SoundShape | None = None
    """What stands for a picture's sides, of models of sounds."""
    sound_rule: SoundRule | None = None
    """Which lengths they make."""


class ForecastRepository:
    """Forecast models by short name or folder. ``part`` is a PartSource for all of them.

    Shipped ones need no torch. A network of another configuration is called on the meta device once, which
    takes seconds and imports torch; its trace is kept in ``cache``, by configuration and library versions.
    """

    def __init__(self, data: ForecastData, cache: Path) -> None:
        self._data = data
        self._cache = TraceCache(cache)
        self._own: dict[str, dict[str, Any]] = {}
        self._parts: dict[tuple[str, Precision, Attention, bool], Part] = {}
        self._weights: dict[str, Weights] = {}
        self.traced = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The short names of shipped models."""
        return tuple(self._data.models)

    def shipped(self, name: str) -> PlannableModel:
        """The shipped model ``name``: one of ``names``."""
        known = self._data.models[name]
        return PlannableModel(known.model, known.steps)

    def model(self, reference: str, registry: ModelRegistry) -> PlannableModel:
        """The model called ``reference``: a shipped one, a registered one, a folder, weights or not, or a GGUF file,
        which is planned as the shipped model that it is the denoiser of.

        Raises ModelNotFound, ModelDamaged, and ModelUnsupported for networks that cannot be traced.
        """
        if reference in self._data.models:
            known = self.shipped(reference)
            return replace(known, files=files_like(*self._denoiser(known.model), registry))
        packed = gguf_named(reference, registry)
        if packed is not None:
            return self._packed(packed)
        folder = Path(reference).expanduser()
        if not (folder.is_dir() and is_model_folder(folder)):
            try:
                found = find_model(reference, registry)
            except ModelNotFound as error:
                raise self._not_found(reference, registry.presets, error) from error
            if found.engine != LOCAL_ENGINE:
                raise ModelUnsupported(
                    f"There is no memory forecast for {reference}: it has no networks for a graphics card.",
                    hint="`audobon models list` shows the models that have",
                )
            folder = found.folder
        known = self.folder_model(folder.absolute(), reference, registry.presets)
        return replace(known, files=files_like(*self._denoiser(known.model), registry))

    def _denoiser(self, model: PipelineModel) -> tuple[str, str, Mapping[str, Any]]:
        """Family, class and configuration of a model's denoiser."""
        table = self._table(model.denoiser)
        return model.family, table["class"].partition(".")[2], table["config"]

    def _packed(self, file: Path) -> PlannableModel:
        _, packing = read_packed(file)
        for known in self._data.models.values():
            if fits_config(file, *self._denoiser(known.model)):
                model = replace(known.model, name=file.stem, title=file.name, packing=packing, packed=True)
                return PlannableModel(model, known.steps)
        raise ModelUnsupported(
            f"The GGUF file {file} is not the transformer of a model that there is a forecast for.",
            hint=f"there are forecasts for {', '.join(self._data.models)}",
            path=str(file),
        )

    def folder_model(self, folder: Path, name: str, presets: Presets) -> PlannableModel:
        """The model in ``folder``; its parts are shipped ones where their configurations are the same."""
        config = read_folder_config(folder)
        denoiser_traits = {
            f"{config.denoiser.name}.{key}": value for key, value in config.denoiser.config.items()
        }
        family = presets.family_of_pipeline(config.pipeline, denoiser_traits)
        scale = latent_scale(config.decoder.config)
        encoders = tuple(self._name(network, encoder_table(network, config)) for network in config.encoders)
        denoiser = self._name(config.denoiser, denoiser_table(config.denoiser, config, scale))
        decoder = self._name(config.decoder, decoder_table(config, scale))
        sample = config.denoiser.config.get("sample_size")
        native = sample * scale if isinstance(sample, int) else (family.native.width if family else 1024)
        stored = config.denoiser.quantisation
        sounds = sound_shape(config)
        vocoder = config.vocoder
        model = PipelineModel(
            name=name,
            family=family.name if family else "default",
            title=Path(name).name,
            encoders=encoders,
            denoiser=denoiser,
            decoder=decoder,
            guided=takes_guidance(config),
            paired=not splits_guidance(config),
            divisible=self._table(decoder)["inputs"] not in INDIVISIBLE and config.vocoder is None,
            upcasts="StableDiffusionXL" in config.pipeline
            and bool(config.decoder.config.get("force_upcast", True)),
            precision=Precision.BFLOAT16,
            native=native,
            unit=int(self._table(denoiser).get("unit", 1)),
            # No time of a model of sounds is known.
            call_seconds=0.0 if sounds else self._call_seconds(config, denoiser, native),
            extra_bytes=config.extra_parameters * 2,
            whole=config.whole,
            vocoder=self._name(vocoder, vocoder_table(vocoder, scale)) if vocoder else "",
        )
        rule = sound_rule(config, family.usual_seconds, family.longest_seconds) if sounds and family else None
        return PlannableModel(model, {}, Storage(stored) if stored else None, sounds=sounds, sound_rule=rule)

    def part(self, name: str, precision: Precision, attention: Attention, many: bool) -> Part:
        """See PartSource. Raises ModelUnsupported when the part cannot be traced."""
        key = (name, precision, attention, many)
        if key not in self._parts:
            self._parts[key] = self._find(*key)
        return self._parts[key]

    def _find(self, name: str, precision: Precision, attention: Attention, many: bool) -> Part:
        if name in self._data.components:
            try:
                return self._data.part(name, precision, attention, many)
            except FileNotFoundError:
                pass  # a variant that does not ship, such as float32 of a large model
        variant = f"{_digest(self._table(name))}.{precision}.{attention}.{'many' if many else 'one'}"
        kept = self._cache.get(variant)
        if kept is None:
            kept = self._trace(name, precision, attention, many)
            self._cache.put(variant, kept)
        weights = self._weights.setdefault(f"{name}.{precision}", Weights(leaves_from_data(kept["leaves"])))
        return Part(name, weights, trace_from_data(kept["trace"]), precision)

    def _trace(self, name: str, precision: Precision, attention: Attention, many: bool) -> dict[str, Any]:
        from audobon_cli.engines.quiet_imports import import_diffusers

        import_diffusers()
        from huggingface_hub.errors import StrictDataclassError

        from audobon_cli.vram.tracing.inputs import PartSpec
        from audobon_cli.vram.tracing.recorder import trace_part

        table = self._table(name)
        spec = PartSpec(
            table["class"],
            table["config"],
            table["inputs"],
            table.get("unit", 1),
            table.get("tokens", 0),
            table.get("scale", 8),
        )
        try:
            with warnings.catch_warnings():
                # The libraries' own, of how networks are written that they bring.
                warnings.simplefilter("ignore", FutureWarning)
                trace, leaves = trace_part(spec, precision, attention, many)
        except (*TRACING_ERRORS, StrictDataclassError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ModelUnsupported(
                f"There is no memory forecast for {table['class']}: its call could not be traced ({reason}).",
                hint="run it with --strategy model-offload, or sequential on a small card",
            ) from error
        self.traced += 1
        return {"trace": trace_to_data(trace), "leaves": leaves_to_data(leaves)}

    def _table(self, name: str) -> dict[str, Any]:
        return self._own[name] if name in self._own else self._data.components[name]

    def _name(self, network: NetworkConfig, table: dict[str, Any]) -> str:
        """The shipped part that ``network`` is, else a name of its own."""
        for name, shipped in self._data.components.items():
            same = all(network.config.get(key) == value for key, value in shipped["config"].items())
            same = same and all(table[key] == shipped.get(key) for key in ("class", "inputs"))
            # A shipped text encoder was traced at its longest prompt.
            text = table["inputs"] == "text" and table["tokens"] <= shipped.get("tokens", 0)
            same = same and (text or table.get("tokens", 0) == shipped.get("tokens", 0))
            if same and self._same_weights(network, name):
                return name
        own = f"{network.name}:{_digest(table)[:16]}"
        self._own[own] = table
        return own

    def _same_weights(self, network: NetworkConfig, name: str) -> bool:
        """Whether the file has as many weights as the shipped part, as far as there is a plain file."""
        if not network.parameters or network.quantisation:
            return True
        sample = next((p for p in Precision if self._ships(name, p)), None)
        if sample is None:
            return False
        leaves = self._data.part(name, sample, Attention.FUSED, self._ships(name, sample) == "many").leaves
        total = sum(sum(leaf.parameters) for leaf in leaves)
        return abs(total - network.parameters) <= total * 0.01

    def _ships(self, name: str, precision: Precision) -> str:
        for count in ("one", "many"):
            try:
                self._data.part(name, precision, Attention.FUSED, count == "many")
            except FileNotFoundError:
                continue
            return count
        return ""

    def _call_seconds(self, config: FolderConfig, denoiser: str, native: int) -> float:
        for known in self._data.models.values():
            if known.model.denoiser == denoiser:
                return known.model.call_seconds * (native / known.model.native) ** 2
        parameters = config.denoiser.parameters or SDXL_PARAMETERS
        return SDXL_SECONDS * parameters / SDXL_PARAMETERS * (native / 1024) ** 2

    def _not_found(self, reference: str, presets: Presets, error: AudobonError) -> ModelNotFound:
        if reference in presets.models:
            return ModelNotFound(
                f"There is no memory forecast for {reference} before it is pulled.",
                hint=f"`audobon models pull {reference}`, or give a folder with the model's configurations",
                model=reference,
            )
        names = [*self._data.models, *error.details.get("nearest", ())]  # type: ignore[misc]
        near = nearest(reference, names)
        return ModelNotFound(
            f"There is no memory forecast for a model called {reference!r}, and no folder of that path.",
            hint=(f"did you mean {' or '.join(near)}? " if near else "")
            + f"there are forecasts for {', '.join(self._data.models)}, and for every diffusers folder",
            model=reference,
            nearest=near,
        )


def _digest(table: Mapping[str, Any]) -> str:
    """Names a traced network: its class, configuration and inputs, and the libraries that run it."""
    from importlib.metadata import version

    versions = [version(name) for name in ("diffusers", "transformers", "torch")]
    text = json.dumps([CACHE_FORMAT, table, versions], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
