"""``dataclass`` of the standard library, and classes that are frozen and have slots made in a quarter of the time.

The standard library writes and compiles six methods for each such class, 0.4 to 0.8 ms; a command imports forty to two
hundred of them. Here only ``__init__`` is compiled, because it runs for every instance; the other methods are closures
over the names of the fields. Everything else is the standard library's own: fields, slots, ``replace``, ``asdict``, and
what type checkers say. Modules that a command imports before it does anything use it.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

QUICK = {"frozen": True, "slots": True}
"""The options of classes that are made here; with others, or above another dataclass, the standard library does it."""


def _quick(made: type) -> type:
    """``made`` with the methods of a frozen dataclass; it has the standard library's fields and slots already."""
    fields = dataclasses.fields(made)
    own = made.__dict__
    for name, method in _refusals(made, frozenset(field.name for field in fields)).items():
        if name in own:
            raise TypeError(f"Cannot overwrite attribute {name} in class {made.__name__}")
        _give(made, name, method)
    _give(made, "__init__", _init(fields, hasattr(made, "__post_init__")))
    for name, method in (_comparisons(fields) | _states(fields)).items():
        # Where a class has __eq__ and no __hash__, Python itself writes None.
        if own.get(name) is None:
            _give(made, name, method)
    parameters = made.__dataclass_params__  # type: ignore[attr-defined]
    parameters.init = parameters.repr = parameters.eq = parameters.frozen = True
    return made


def _give(made: type, name: str, method: Callable[..., Any]) -> None:
    method.__name__, method.__qualname__ = name, f"{made.__qualname__}.{name}"
    setattr(made, name, method)


def _refusals(made: Any, names: frozenset[str]) -> dict[str, Callable[..., Any]]:
    """What keeps the fields ``names`` of ``made`` as they are; a class below it may have attributes beside them."""

    def set_one(self: Any, name: str, value: Any) -> None:
        if type(self) is made or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(made, self).__setattr__(name, value)

    def delete(self: Any, name: str) -> None:
        if type(self) is made or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(made, self).__delattr__(name)

    return {"__setattr__": set_one, "__delattr__": delete}


def _comparisons(fields: tuple["dataclasses.Field[Any]", ...]) -> dict[str, Callable[..., Any]]:
    compared = _getter([field.name for field in fields if field.compare])
    hashed = _getter(
        [field.name for field in fields if (field.compare if field.hash is None else field.hash)]
    )
    shown = [field.name for field in fields if field.repr]

    def equal(self: Any, other: Any) -> bool:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def hash_of(self: Any) -> int:
        return hash(hashed(self))

    @recursive_repr()
    def show(self: Any) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({values})"

    return {"__eq__": equal, "__hash__": hash_of, "__repr__": show}


def _states(fields: tuple["dataclasses.Field[Any]", ...]) -> dict[str, Callable[..., Any]]:
    """What pickling and copying ask for: values in the order of ``fields``."""
    names = [field.name for field in fields]

    def state(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    def restore(self: Any, state: list[Any]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {"__getstate__": state, "__setstate__": restore}


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that returns the values of ``names`` as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda instance: tuple(getattr(instance, name) for name in names)


def _init(fields: tuple["dataclasses.Field[Any]", ...], is_followed: bool) -> Callable[..., None]:
    """``__init__`` that fills ``fields``, and calls ``__post_init__`` where it ``is_followed`` by that."""
    parameters: list[str] = []
    keywords: list[str] = []
    body: list[str] = []
    # Values are known as __name__, what fills them by names that do not end so.
    known: dict[str, Any] = {"__set": object.__setattr__, "__made": _MADE}
    for field in fields:
        name, own = field.name, f"__{field.name}__"
        parameter = value = name
        if field.default is not dataclasses.MISSING:
            known[own] = field.default
            parameter, value = f"{name}={own}", name if field.init else own
        elif field.default_factory is not dataclasses.MISSING:
            known[own] = field.default_factory
            parameter = f"{name}=__made"
            value = f"{own}() if {name} is __made else {name}" if field.init else f"{own}()"
        elif not field.init:
            continue  # filled by __post_init__
        if field.init:
            (keywords if field.kw_only else parameters).append(parameter)
        body.append(f"__set(__self, {name!r}, {value})")
    signature = ["__self", *parameters, *(["*", *keywords] if keywords else [])]
    body += ["__self.__post_init__()"] if is_followed else []
    exec(f"def __init__({', '.join(signature)}):\n {'; '.join(body) or 'pass'}", known)
    return known["__init__"]  # type: ignore[no-any-return]


class _Made:
    """Stands in a signature for a value that is made when nothing else is given."""

    def __repr__(self) -> str:
        return "<factory>"


_MADE = _Made()


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, /, **options: Any) -> Any:
        """As ``dataclasses.dataclass``; classes that are made here know no ``InitVar``."""
        if cls is not None:
            return dataclasses.dataclass(cls, **options)

        def make(cls: type) -> type:
            if options != QUICK or any(map(dataclasses.is_dataclass, cls.__mro__[1:])):
                return dataclasses.dataclass(cls, **options)
            if cls.__doc__ is None:
                cls.__doc__ = (
                    cls.__name__
                )  # the standard library writes the signature, for which it imports inspect
            return _quick(dataclasses.dataclass(cls, init=False, repr=False, eq=False, slots=True))

        return make
