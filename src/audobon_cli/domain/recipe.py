"""A recipe: everything that made a picture, in a form that gives the same bytes every time."""

from dataclasses import field, fields
from typing import Any, get_origin

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.foreign.documents import parse_json, shortened
from audobon_cli.domain.ids import RecipeDigest
from audobon_cli.domain.serialization import canonical_json

RECIPE_SCHEMA = "audobon-recipe/1"
LEFT_OUT_WHEN_EMPTY = (
    *("scheduler_name", "components", "adapters", "inputs", "strategy", "receipt", "output", "runtime"),
    "composition",
    "dress",
    "enhanced",
)
"""Fields that recipes have only if they were asked for, so that older recipes keep their digests."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All inputs of one generated picture, and nothing that varies between identical runs (no times).

    ``model_digest`` covers every weight and configuration file of the model; ``scheduler`` is the
    class name; ``device`` is the class of device (cpu, cuda, mps), ``dtype`` that of the denoiser;
    ``operations`` lists what was done to the decoded picture, in order; ``libraries`` maps package
    names to versions; ``scheduler_name`` is the one asked for ("" for the model's own); ``components``
    maps swapped parts to their ``source`` and ``digest``; ``adapters`` is Adapters.to_dict(), ``inputs``
    ResolvedInputs.facts(); ``strategy`` the memory strategy that the picture was made with ("" for plain
    diffusers); ``receipt`` what a provider's call came to (provider, model, request id, price), which is known
    only afterwards and therefore not part of the digest; ``output`` what was made, where it is no picture (its sides
    are 0 then): the medium and its facts; ``composition`` what the picture began with: the strength and the scene
    (see exemplars.scene); ``dress`` what a style card asked of the finished picture (see domain.output.dress.Dress);
    ``runtime`` what ran the networks ("" for PyTorch; see Runtime); ``enhanced`` the words of the prompt that
    --enhance added, which are not part of the digest: who writes them gets the same picture. What is empty of these is
    left out of the JSON. Sizes are pixels.
    """

    prompt: str
    negative: str
    resolved_prompt: str
    resolved_negative: str
    engine: str
    model: str
    model_family: str
    model_digest: str
    quality: str
    style: str
    width: int
    height: int
    render_width: int
    render_height: int
    steps: int
    guidance: float
    seed: int
    scheduler: str
    device: str
    dtype: str
    operations: tuple[str, ...] = ()
    libraries: dict[str, str] = field(default_factory=dict)
    adapters: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    scheduler_name: str = ""
    components: dict[str, dict[str, str]] = field(default_factory=dict)
    strategy: str = ""
    receipt: dict[str, Any] = field(default_factory=dict)
    output: dict[str, Any] = field(default_factory=dict)
    composition: dict[str, Any] = field(default_factory=dict)
    runtime: str = ""
    dress: dict[str, Any] = field(default_factory=dict)
    enhanced: str = ""

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces, non-ASCII kept."""
        return canonical_json(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """All fields and the schema, JSON-ready."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}  # asdict would copy deeply, at a cost
        for name in LEFT_OUT_WHEN_EMPTY:
            if not own[name]:
                del own[name]
        return {"schema": RECIPE_SCHEMA, **own, "operations": list(self.operations)}

    @property
    def digest(self) -> RecipeDigest:
        """SHA-256 of the canonical JSON, the receipt and ``enhanced`` left out."""
        data = self.to_dict()
        for name in ("receipt", "enhanced"):
            data.pop(name, None)
        import hashlib

        return RecipeDigest(hashlib.sha256(canonical_json(data).encode()).hexdigest())


def recipe_from_json(text: str) -> Recipe:
    """The recipe that ``to_json`` wrote. Raises ValueError if ``text`` is not one of this schema."""
    data = parse_json(text)
    if not isinstance(data, dict) or data.pop("schema", None) != RECIPE_SCHEMA:
        raise ValueError(f"not a recipe of schema {RECIPE_SCHEMA}")
    try:
        found = Recipe(**{**data, "operations": tuple(data.get("operations", ()))})
    except TypeError as error:
        raise ValueError(f"not a recipe of schema {RECIPE_SCHEMA}: {error}") from error
    for name, kinds in _KINDS.items():
        value = getattr(found, name)
        if type(value) not in kinds:
            raise ValueError(f"not a recipe of schema {RECIPE_SCHEMA}: {name} is {shortened(value)}")
    if not all(isinstance(one, str) for one in (*found.operations, *found.libraries.values())):
        raise ValueError(f"not a recipe of schema {RECIPE_SCHEMA}: an operation or a library is no text")
    if not all(isinstance(one, dict) for one in found.components.values()):
        raise ValueError(f"not a recipe of schema {RECIPE_SCHEMA}: a component is no table")
    return found


_WRITTEN: dict[Any, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (float, int),
    tuple: (tuple,),
    dict: (dict,),
}
_KINDS = {one.name: _WRITTEN[get_origin(one.type) or one.type] for one in fields(Recipe)}
"""What each field may be: a recipe may come with anybody's picture."""
