"""Classes made quickly, beside the standard library's of the same text."""

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any, ClassVar

import pytest

from audobon_cli.dataclass import dataclass


def _everything(decorator: Callable[..., Callable[[type], type]]) -> Any:
    @decorator(frozen=True, slots=True)
    class Everything:
        """One of each kind of field."""

        LIMIT: ClassVar[int] = 3
        set: int
        other: str = "x"
        made: list[int] = field(default_factory=list)
        hidden: str = field(default="secret", repr=False)
        aside: float = field(default=0.0, compare=False)
        keyword: int = field(default=1, kw_only=True)
        required: int = field(kw_only=True)
        length: int = field(init=False)
        fixed: int = field(default=7, init=False)
        own: tuple[int, ...] = field(default_factory=tuple, init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "length", len(self.made))

    return Everything


QUICK, STANDARD = _everything(dataclass), _everything(dataclasses.dataclass)


@dataclass(frozen=True, slots=True)
class Point:
    """Where something is."""

    x: float
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Named(Point):
    """A point with a name."""

    name: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class Own:
    x: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own)

    def __repr__(self) -> str:
        return "own"


@pytest.mark.parametrize("of", [QUICK, STANDARD])
def test_fields_of_every_kind(of: Any) -> None:
    made = of(1, "o", [1, 2], required=2)
    assert made == of(1, "o", [1, 2], aside=9.0, required=2)
    assert made != of(1, "o", [1, 3], required=2)
    assert made != (1, "o")
    assert repr(made).endswith(
        "Everything(set=1, other='o', made=[1, 2], aside=0.0, keyword=1, required=2, length=2, fixed=7, own=())"
    )
    assert of(1, required=2).made == []
    assert of(1, required=2).made is not of(1, required=2).made
    assert dataclasses.replace(made, other="p", made=[]).length == 0
    with pytest.raises(TypeError):
        hash(made)  # a list is in it
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'required'"):
        of(1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'length'"):
        of(1, required=2, length=3)
    for name in ("set", "length"):
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
            setattr(made, name, 1)
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete field '{name}'"):
            delattr(made, name)


def test_what_is_said_of_a_class_is_the_same() -> None:
    def said(of: Any) -> tuple[Any, ...]:
        methods = sorted(name for name, value in vars(of).items() if callable(value))
        parameters = [(one.name, one.kind) for one in inspect.signature(of).parameters.values()]
        fields = [(one.name, one.type, one.kw_only) for one in dataclasses.fields(of)]
        return of.__slots__, of.__match_args__, methods, parameters, fields, repr(of.__dataclass_params__)

    assert said(QUICK) == said(STANDARD)
    assert dataclasses.asdict(QUICK(1, required=2)) == dataclasses.asdict(STANDARD(1, required=2))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_and_pickles(copied: Callable[[Any], Any]) -> None:
    for one in (Point(1, 2), Named(1, 2, name="here"), Own(3)):
        again = copied(one)
        assert again is not one
        assert (again, dataclasses.astuple(again)) == (one, dataclasses.astuple(one))


def test_hashes_as_a_tuple_of_its_values() -> None:
    assert hash(Point(1, 2)) == hash(Point(1.0, 2.0)) == hash((1, 2))
    assert {Point(1), Point(1, 0.0)} == {Point(1)}


def test_a_class_below_another_and_methods_of_its_own() -> None:
    assert repr(Named(1, name="here")) == "Named(x=1, y=0.0, name='here')"
    assert Named(1) != Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Named(1).x = 2
    assert (repr(Own(1)), Own(1)) == ("own", Own(2))
    assert hash(Own(1)) != hash(Own(2))
    with pytest.raises(TypeError, match="Cannot overwrite attribute __setattr__"):

        @dataclass(frozen=True, slots=True)
        class Changing:
            def __setattr__(self, name: str, value: object) -> None: ...


def test_something_that_holds_itself_is_shown() -> None:
    held: list[Any] = []
    one = QUICK(1, "o", held, required=2)
    held.append(one)
    assert "made=[...]" in repr(one)
