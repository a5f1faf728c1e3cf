"""Plans that may load the denoiser from one of the GGUF files at hand."""

from collections.abc import Sequence
from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ModelUnsupported
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.strategy import Storage, Strategy
from audobon_cli.models.gguf import (
    DENOISER,
    PACKAGE,
    GgufFile,
    as_component,
    files_for,
    need_package,
    own_packing,
    read_packed,
)
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.vram.planner import ForecastInput, Plan, make_plan
from audobon_cli.vram.simulation.pipeline import PartSource


def plan_with_files(
    question: ForecastInput, files: Sequence[GgufFile], source: PartSource, everything: bool = False
) -> tuple[ForecastInput, Plan, GgufFile | None]:
    """The fastest plan with each of ``files`` at hand in turn, or with none where there are none; of equally fast
    ones that of the largest file, which keeps most of the weights. Also the question that it answers, and the
    file. Takes as long as make_plan for each file.
    """
    if not files:
        return question, make_plan(question, source, everything), None
    tried = []
    for file in sorted(files, key=lambda file: -file.packing.size_bytes):
        variant = replace(question, model=replace(question.model, packing=file.packing))
        tried.append((variant, make_plan(variant, source, everything), file))
    return min(tried, key=lambda one: _seconds(one[1]))


def _seconds(plan: Plan) -> float:
    return plan.choice.seconds if plan.choice is not None else float("inf")


@dataclass(frozen=True, slots=True)
class GgufPlans:
    """The GGUF files of a registry, as plans and requests take them; None: no registry."""

    registry: ModelRegistry | None

    def described(self, question: ForecastInput, request: ResolvedRequest) -> ForecastInput:
        """``question`` with the packing of the file that ``request`` loads its denoiser from, if it does."""
        own = own_packing(request)
        if own is not None:
            return replace(question, model=replace(question.model, packing=own, packed=True), stored=None)
        if request.packed is None:
            return question
        return replace(question, model=replace(question.model, packing=read_packed(request.packed.path)[1]))

    def candidates(self, request: ResolvedRequest, question: ForecastInput) -> tuple[GgufFile, ...]:
        """The files that a plan may choose: none where the denoiser was asked for, or none can be loaded."""
        replaced = any(part.name == DENOISER for part in request.components)
        if self.registry is None or question.model.packed or replaced or PACKAGE not in question.packages:
            return ()
        return files_for(request.model, self.registry)

    def with_file(self, request: ResolvedRequest, file: GgufFile | None) -> ResolvedRequest:
        """``request``, whose strategies with GGUF storage load ``file``."""
        if file is None or self.registry is None:
            return request
        return replace(request, packed=as_component(file, request.model, self.registry))

    def with_largest(self, request: ResolvedRequest, strategy: Strategy) -> ResolvedRequest:
        """``request`` with the file that ``strategy``, which was asked for by name, loads.

        Raises ModelUnsupported without such a file.
        """
        if strategy.storage is not Storage.GGUF or own_packing(request) is not None:
            return request
        need_package()
        files = files_for(request.model, self.registry) if self.registry is not None else ()
        if not files:
            raise ModelUnsupported(
                f"There is no GGUF file at hand that is the denoiser of {request.model.name}.",
                hint="make one known with `audobon models add FILE.gguf`, or choose another --strategy",
                strategy=strategy.name,
            )
        return self.with_file(request, max(files, key=lambda file: file.packing.size_bytes))
