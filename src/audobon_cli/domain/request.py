"""What is asked for: as the user said it, and with every choice made."""

import re
from dataclasses import field, replace

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.adapters import AdapterChoices, Adapters, InputImage
from audobon_cli.domain.components import ComponentChoice, SchedulerChoice
from audobon_cli.domain.composition import COMPOSER, Composition
from audobon_cli.domain.errors import InvalidInput, PromptEmpty
from audobon_cli.domain.inputs import NO_INPUTS, NONE_RESOLVED, ImageInputs, ResolvedInputs
from audobon_cli.domain.media import MediaOutput
from audobon_cli.domain.model import LOCAL, Model, Runtime
from audobon_cli.domain.output.image import NO_IMAGE, ImageOutput
from audobon_cli.domain.prompt_weights import plain_prompt
from audobon_cli.domain.scaling import UpscaleMethod
from audobon_cli.domain.sound import NO_SOUND_CHOICES, SoundChoices, SoundOutput
from audobon_cli.domain.strategy import FULL, Storage, Strategy
from audobon_cli.domain.units import Size

MAX_SEED = 2**64 - 1
"""What generators take, ComfyUI's seeds reach and torch's ``manual_seed`` allows."""
MAX_COUNT = 10_000
MAX_STEPS = 1_000
MAX_GUIDANCE = 100.0
MAX_CANDIDATES = 64

CANDIDATE_SEED_STEP = 15_485_863
"""Distance between the seeds of a picture's candidates: the millionth prime, above any count, so that no
candidate of one picture is one of the next, and no multiple of the step to a retry."""


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """Where a picture is drawn, as the user said it: a provider, where to go when it fails (``local,replicate``),
    and for ComfyUI the file of a workflow."""

    provider: str = LOCAL
    fallback: str = ""
    workflow: str = ""


LOCAL_ONLY = ProviderChoice()
"""On this machine, and nowhere else."""


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """A request as the user said it; None leaves the choice to presets. Validated on creation."""

    prompt: str
    negative: str = ""
    model: str | None = None
    quality: str | None = None
    style: str | None = None
    style_of: str | None = None
    """A style card, or pictures whose style is taken: an asset, a query, a file or a folder."""
    size: str | None = None
    steps: int | None = None
    guidance: float | None = None
    seed: int | None = None
    count: int = 1
    candidates: int | None = None
    upscale: UpscaleMethod | None = None
    adapters: AdapterChoices = field(default_factory=AdapterChoices)
    inputs: ImageInputs = NO_INPUTS
    scheduler: str | None = None
    vae: str | None = None
    components: tuple[str, ...] = ()
    """Parts to swap, each NAME=REFERENCE."""
    where: ProviderChoice = LOCAL_ONLY
    sound: SoundChoices = NO_SOUND_CHOICES
    medium: str = ""
    """What it must make, whatever the model: a medium; "": any."""
    own_seed: int | None = None
    """The seed where none is asked for; None: one at random. Unlike ``seed``, models without seeds do not mind it."""
    enhanced: str = ""
    """The words of ``prompt`` that were added to what the user said, with spaces between."""

    def __post_init__(self) -> None:
        if not plain_prompt(self.prompt).strip():
            raise PromptEmpty(
                "The prompt is empty.",
                hint='say what to make: `audobon generate "cute dragon"`, `audobon sound make "coin"`',
            )
        plain_prompt(self.negative)
        for option, text in (("The prompt", self.prompt), ("--negative", self.negative)):
            if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
                raise InvalidInput(f"{option} is not valid UTF-8.", hint="check the terminal's encoding")
        _check("--count", self.count, 1, MAX_COUNT)
        _check("--steps", self.steps, 1, MAX_STEPS)
        _check("--candidates", self.candidates, 1, MAX_CANDIDATES)
        _check("--guidance", self.guidance, 0.0, MAX_GUIDANCE)
        _check("--seed", self.seed, 0, MAX_SEED)
        if self.seed is not None and self.seed + self.count - 1 > MAX_SEED:
            raise InvalidInput(
                f"--count {self.count} from --seed {self.seed} on passes the last seed, {MAX_SEED}.",
                hint="begin with a smaller seed",
            )


def _check(option: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise InvalidInput(
            f"{option} {value} is outside {low} to {high}.", hint=f"give {option} a value in that range"
        )


@dataclass(frozen=True, slots=True)
class ResolvedRequest:
    """A request with every choice made: enough to make the same pictures again.

    ``output`` says what is made, a picture or another medium. Picture k (from 0) of ``count`` uses seed
    ``seed + k``, so it equals that picture asked for alone; of several ``candidates`` the first has that seed
    (see candidate_seeds).
    ``strategy`` is how the model is held in memory; ``timeout_seconds`` what one picture may take (None: no
    limit). ``packed`` is the GGUF file at hand that strategies with such storage load the denoiser from.
    """

    prompt: str
    negative: str
    resolved_prompt: str
    resolved_negative: str
    model: Model
    quality: str
    style: str
    output: MediaOutput
    steps: int
    guidance: float
    seed: int
    count: int
    adapters: Adapters = field(default_factory=Adapters)
    inputs: ResolvedInputs = NONE_RESOLVED
    composition: Composition | None = None
    """What the pictures begin with; None: with noise, or with ``inputs``."""
    notes: tuple[str, ...] = ()
    """What the user should know of how the request was taken; nothing of the pictures depends on them."""
    enhanced: str = ""
    """See GenerationRequest."""
    scheduler: SchedulerChoice | None = None
    components: tuple[ComponentChoice, ...] = ()
    candidates: int = 1
    strategy: Strategy = FULL
    runtime: Runtime | None = None
    """What must run the networks; None: whatever suits."""
    packed: ComponentChoice | None = None
    timeout_seconds: float | None = None
    timeout_origin: str = ""
    """What set ``timeout_seconds``, in words; empty: the quality."""
    fallbacks: "tuple[ResolvedRequest, ...]" = ()
    """The same picture elsewhere: tried in order when a provider fails."""

    def with_timeout(self, seconds: float | None, origin: str = "--timeout") -> "ResolvedRequest":
        """The same with another limit of time, set by ``origin``, here and at every fallback."""
        elsewhere = tuple(leg.with_timeout(seconds, origin) for leg in self.fallbacks)
        return replace(self, timeout_seconds=seconds, timeout_origin=origin, fallbacks=elsewhere)

    def with_strategies_of(self, other: "ResolvedRequest") -> "ResolvedRequest":
        """The same, held in memory as ``other`` is: a request of its kind with as many fallbacks."""
        pairs = zip(self.fallbacks, other.fallbacks, strict=True)
        legs = tuple(mine.with_strategies_of(theirs) for mine, theirs in pairs)
        return replace(self, strategy=other.strategy, packed=other.packed, fallbacks=legs)

    @property
    def provider(self) -> str:
        """Where it is drawn: ``local``, or the name of a provider."""
        return self.model.remote.provider if self.model.remote else LOCAL

    @property
    def loaded_components(self) -> tuple[ComponentChoice, ...]:
        """The networks that are loaded in place of the model's own: those asked for, and that of the strategy."""
        if self.packed is None or self.strategy.storage is not Storage.GGUF:
            return self.components
        return (*self.components, self.packed)

    @property
    def image(self) -> ImageOutput:
        """What is made, if it is a picture; else NO_IMAGE."""
        return self.output if isinstance(self.output, ImageOutput) else NO_IMAGE

    @property
    def size(self) -> Size:
        """What is kept of a picture, in pixels; 0x0 for what is none."""
        return self.image.size

    @property
    def extent(self) -> str:
        """How large a picture is, or how long a sound is at most, for people."""
        output = self.output
        return f"{output.seconds:.2f} s" if isinstance(output, SoundOutput) else str(self.size)

    @property
    def drawn_extent(self) -> str:
        """How large a picture the model draws, or how long a sound is at most, for people."""
        return self.extent if isinstance(self.output, SoundOutput) else str(self.render_size)

    @property
    def render_size(self) -> Size:
        """What the model draws of a picture, in pixels; 0x0 for what is none."""
        return self.image.render_size

    def candidate_seeds(self, seed: int) -> tuple[int, ...]:
        """The seeds of the candidates for the picture of ``seed``, that seed first."""
        return tuple(shifted_seed(seed, place * CANDIDATE_SEED_STEP) for place in range(self.candidates))

    @property
    def pictures(self) -> tuple[InputImage, ...]:
        """All pictures that it works from."""
        own = () if self.composition is None else self.composition.own
        return (*self.adapters.pictures, *self.inputs.pictures, *(one.picture for one in own))

    @property
    def drawn_plainly(self) -> bool:
        """Whether the model draws it as it is, from noise or on from a picture of which nothing is kept: nothing added
        or swapped, all of it in memory."""
        swapped = self.components or self.scheduler is not None or self.strategy != FULL
        kept = self.inputs.mask is not None or self.inputs.tile is not None
        return not (swapped or self.adapters or kept)

    @property
    def start_strength(self) -> float | None:
        """How far it is drawn on from a picture or a composition; None for what begins with noise alone."""
        if self.inputs.init_image is not None:
            return self.inputs.strength
        return self.composition.strength if self.composition is not None else None

    @property
    def engine(self) -> str:
        """What makes it on this machine: a name of engines.registry.ENGINES."""
        composed = self.composition is not None and self.composition.strength == 0
        return COMPOSER if composed else self.model.engine

    def seeds(self) -> range:
        """The seeds of the pictures, in order."""
        return range(self.seed, self.seed + self.count)


def shifted_seed(seed: int, step: int) -> int:
    """The seed ``step`` after ``seed``; after the last comes 0."""
    return (seed + step) % (MAX_SEED + 1)


def prompt_snippet(prompt: str, limit: int = 40) -> str:
    """``prompt`` as a short file-name part: words of letters and digits joined by ``_``, lower case.

    Letters of every script are kept, weights are not; the result is never empty and at most ``limit``
    characters.
    """
    words = re.findall(r"[^\W_]+", plain_prompt(prompt).casefold())
    snippet = "_".join(words)[:limit].strip("_")
    return snippet or "picture"
