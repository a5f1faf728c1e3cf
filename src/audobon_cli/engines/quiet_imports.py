"""Imports without what their libraries would bring along unasked, which is most of their time."""

import gc
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import MappingProxyType, ModuleType, SimpleNamespace
from typing import Any, cast

ONNXRUNTIME = "onnxruntime"
DYNAMO = "torch._dynamo"
SYMBOLS = "torch.fx.experimental.symbolic_shapes"


def import_diffusers() -> None:
    """Import diffusers and what pipelines need of transformers, without

    - onnxruntime: no pipeline here needs it, and on import it starts Microsoft's telemetry, a device id and a database
      in the user's cache folder;
    - torch's compiler (torch._dynamo, and with it sympy): imported when something asks for it after all;
    - torch.distributed's tensors and shards, which transformers does without where torch was built so;
    - scipy: transformers has losses of detectors with it; diffusers' schedulers get it when one computes beta sigmas;
    - peft: LoRAs are merged without it (engines/diffusers/loras), and what reads quantised weights imports it itself.

    Together they took half of the processor time of these imports (bench/cold.py), and looking for garbage a quarter
    of the rest: see uncollected. Nothing is done where the libraries were imported before.
    """
    if "diffusers" in sys.modules or "transformers" in sys.modules:
        return
    with uncollected():
        import torch

        defer(SYMBOLS, {name: _plainly(name) for name in ("expect_true", "guard_or_false", "guard_or_true")})
        defer(DYNAMO, _UNCOMPILED, below=("_trace_wrapped_higher_order_op",))
        with _without(ONNXRUNTIME), _without("peft"), _alone(torch.distributed):
            with _without("scipy"):
                importlib.import_module("transformers.modeling_utils")
            defer("scipy.integrate")
            defer("scipy.stats")
            importlib.import_module("diffusers.utils.import_utils")


@contextmanager
def uncollected() -> Iterator[None]:
    """Within it nobody looks for garbage, nor ever again among what is there at its end.

    Importing makes millions of objects that stay, and each full collection goes through them all.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


class DeferredModule(ModuleType):
    """Stands in for a module until something is looked for in it that is not in ``_known``, or a module below it that
    is not among ``_below`` is imported. Then it is imported, whole."""

    _known: Mapping[str, Any]
    _below: Sequence[str]

    def __getattr__(self, name: str) -> Any:
        if name in self._known and sys.modules.get(self.__name__) is self:
            return self._known[name]
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(self.load(), name)

    def load(self) -> ModuleType:
        """The module itself."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
            parent, _, own = self.__name__.rpartition(".")
            # Until it is imported to its end, what is above finds it by its own means.
            delattr(sys.modules[parent], own)
        return importlib.import_module(self.__name__)


def defer(name: str, known: Mapping[str, Any] = MappingProxyType({}), below: Sequence[str] = ()) -> None:
    """Let importing the module ``name`` do nothing until it is used, unless it was imported before. See
    DeferredModule."""
    if name in sys.modules:
        return
    parent, _, own = name.rpartition(".")
    above = importlib.import_module(parent)
    spec = importlib.util.find_spec(name)
    if spec is None:
        return
    module = DeferredModule(name)
    module.__dict__.update(_known=known, _below=below, __spec__=spec, __package__=name)
    module.__path__ = list(spec.submodule_search_locations or ())
    sys.modules[name] = module
    setattr(above, own, module)
    if not any(isinstance(finder, _WholeFirst) for finder in sys.meta_path):
        sys.meta_path.insert(0, _WholeFirst())


class _WholeFirst(MetaPathFinder):
    """Imports a deferred module before one below it."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        parent, _, own = fullname.rpartition(".")
        above = sys.modules.get(parent)
        if not isinstance(above, DeferredModule) or own in above._below:
            return None
        above.load()
        found = sys.modules.get(fullname)
        return None if found is None else ModuleSpec(fullname, _Loaded(found))


class _Loaded(Loader):
    """Gives a module that was imported meanwhile."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


class _NeverCompiled:
    """No module is of this class: what was not compiled is no OptimizedModule."""


def _as_it_is(function: Any = None, *_: Any, **__: Any) -> Any:
    """A decorator, or what makes one, that changes nothing."""
    return function if function is not None else _as_it_is


def _plainly(name: str) -> Callable[..., bool]:
    """What torch asks of conditions that may be symbols, for those that are plainly true or false."""

    def asked(condition: Any, *rest: Any) -> bool:
        if isinstance(condition, bool):
            return condition
        known: bool = getattr(importlib.import_module(SYMBOLS), name)(condition, *rest)
        return known

    return asked


_UNCOMPILED = {
    "allow_in_graph": _as_it_is,
    "assume_constant_result": _as_it_is,
    "disable": _as_it_is,
    "eval_frame": SimpleNamespace(OptimizedModule=_NeverCompiled),
}
"""What diffusers and transformers take of the compiler on import and while nothing is compiled."""


@contextmanager
def _without(name: str) -> Iterator[None]:
    """Within it there is no package ``name``, unless it is imported already."""
    if name in sys.modules:
        yield
        return
    # None in sys.modules is Python's own way of saying that there is no such module.
    sys.modules[name] = cast(ModuleType, None)
    try:
        yield
    finally:
        del sys.modules[name]


@contextmanager
def _alone(distributed: Any) -> Iterator[None]:
    """Within it torch seems to be built without ``distributed``."""
    known = distributed.is_available
    distributed.is_available = lambda: False
    try:
        yield
    finally:
        distributed.is_available = known
