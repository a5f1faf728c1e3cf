"""Which size of picture a model draws for a request, and how it is brought to the size that is kept."""

from audobon_cli.domain.errors import InvalidInput, SizeNotAllowed
from audobon_cli.domain.model import Model, SizeRule
from audobon_cli.domain.output.image import ImageOutput
from audobon_cli.domain.presets import Style
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.domain.scaling import UpscaleMethod
from audobon_cli.domain.units import Size, parse_size
from audobon_cli.presets.catalog import Presets


def image_output(request: GenerationRequest, model: Model, style: Style, presets: Presets) -> ImageOutput:
    """The picture that ``request`` asks of ``model``. Raises SizeNotAllowed, InvalidInput or PresetNotFound."""
    size = _size(request.size, model, presets)
    drawn = render_size(size, model.size_rule)
    return ImageOutput(size, drawn, _upscale(request, style, model), style.grid)


def _size(text: str | None, model: Model, presets: Presets) -> Size:
    if text is None:
        return model.size_rule.native
    size = parse_size(text)
    return presets.size(text).for_family(model.family) if size is None else size


def render_size(size: Size, rule: SizeRule) -> Size:
    """The size that the model draws so that ``size`` can be kept. Raises SizeNotAllowed.

    Where the rule scales, that is the native size, and ``size`` must be of its shape; elsewhere the size
    itself, whose sides must be multiples of ``rule.multiple``.
    """
    native = rule.native
    low, high = rule.minimum, rule.maximum
    if not (low <= size.width <= high and low <= size.height <= high):
        raise _not_allowed(size, f"it makes sides of {low} to {high} pixels", rule)
    if not rule.scales:
        if size.width % rule.multiple or size.height % rule.multiple:
            raise _not_allowed(size, f"sides must be multiples of {rule.multiple}", rule)
        return size
    if size.width * native.height != size.height * native.width:
        raise _not_allowed(size, f"it makes pictures shaped as {native}", rule)
    return native


def _upscale(request: GenerationRequest, style: Style, model: Model) -> UpscaleMethod:
    if request.upscale is not None and not model.size_rule.scales:
        raise InvalidInput(
            f"The model {model.name} draws every size itself: --upscale has nothing to do.",
            hint="leave out --upscale",
        )
    return request.upscale or style.upscale


def _not_allowed(size: Size, why: str, rule: SizeRule) -> SizeNotAllowed:
    native = rule.native
    if rule.scales:
        factors = [Size(native.width // 2, native.height // 2), native]
        factors += [Size(native.width * k, native.height * k) for k in (2, 4, 8)]
        nearest = ", ".join(str(s.width if s.width == s.height else s) for s in factors)
    else:
        down = [
            max(rule.multiple, side // rule.multiple * rule.multiple) for side in (size.width, size.height)
        ]
        nearest = str(Size(*(min(max(side, rule.minimum), rule.maximum) for side in down)))
    return SizeNotAllowed(
        f"This model cannot make {size}: {why}.", hint=f"try --size with {nearest}", size=str(size)
    )
