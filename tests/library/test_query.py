"""The query language says what it should, or why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audobon_cli.domain.errors import QueryInvalid
from audobon_cli.library.store.search.facets import NUMBERS
from audobon_cli.library.store.search.query import (
    FIELDS,
    AllOf,
    AnyOf,
    Equals,
    HasColor,
    IdIn,
    InCategory,
    Not,
    Part,
    Range,
    Words,
    parse_query,
    words_in,
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("red dragon", (Words("red"), Words("dragon"))),
        ('"red dragon"', (Words("red dragon", exact=True),)),
        (r'"a \"b\""', (Words('a "b"', exact=True),)),
        ("tag:boss kind:sprite", (Equals("tag", "boss"), Equals("kind", "sprite"))),
        ('TAG:"big boss"', (Equals("tag", "big boss"),)),
        ("-tag:wip", (Not(Equals("tag", "wip")),)),
        ("-dragon", (Not(Words("dragon")),)),
        ("size:>=512", (Range("size", "00512", "99999"),)),
        ("size:>512", (Range("size", "00513", "99999"),)),
        ("size:<64", (Range("size", "00000", "00063"),)),
        ("size:64x32", (Equals("dimensions", "64x32"),)),
        ("rating:>3", (Range("rating", "4", "5"),)),
        ("rating:2..4", (Range("rating", "2", "4"),)),
        ("rating:>5", (Range("rating", "~", ""),)),
        ("created:2026-10..", (Range("created", "2026-10", None),)),
        ("created:2026", (Range("created", "2026", "2026~"),)),
        ("created:<2026-10-05", (Range("created", None, "2026-10-05"),)),
        ("palette:#3a9d23", (HasColor(0x3A, 0x9D, 0x23),)),
        ("palette:F00", (HasColor(255, 0, 0),)),
        ("in:characters/**", (InCategory("characters", below=True),)),
        ("in:characters/enemies/", (InCategory("characters/enemies", below=False),)),
        ("derived-from:k3f9", (IdIn("derived-from", "k3f9"),)),
        ("a OR b", (AnyOf((Words("a"), Words("b"))),)),
        ("a (b OR c d)", (Words("a"), AnyOf((Words("b"), AllOf((Words("c"), Words("d"))))))),
        ("-(a OR b)", (Not(AnyOf((Words("a"), Words("b")))),)),
        ("or", (Words("or"),)),
    ],
)
def test_what_is_typed_is_understood(text: str, parts: tuple[Part, ...]) -> None:
    assert parse_query(text) == AllOf(parts)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("colour:red", "no field 'colour'"),
        ("tga:boss", "no field 'tga'"),
        ("tag:", "tag: has no value"),
        ('"red', "not closed"),
        ("(a", "not closed"),
        ("a)", "too many"),
        ("a OR", "OR stands"),
        ("OR", "OR stands"),
        ("-", "excludes nothing"),
        ("size:big", "no number"),
        ("rating:x..3", "no number"),
        ("created:tomorrow", "no day"),
        ("created:2026-13", "no day"),
        ("palette:green", "no colour"),
        ("used:twice", "none of never, any"),
        ("protected:maybe", "none of yes, no"),
        ("in:a*b", "no category"),
        ("in:/", "no category"),
        ("(" * 30 + "a" + ")" * 30, "deeper"),
        ("a " * 100, "more than 64"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_fact(text: str, fact: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        parse_query(text)
    assert fact in caught.value.message
    assert caught.value.hint
    assert caught.value.details["query"] == text


def test_a_field_that_is_nearly_one_is_suggested() -> None:
    with pytest.raises(QueryInvalid, match="no field") as caught:
        parse_query("raing:3")
    assert "rating" in caught.value.hint


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_refused(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryInvalid:
        return
    assert isinstance(query, AllOf)


_BARE = st.text(st.characters(codec="utf-8", exclude_characters=':()"\\-'), min_size=1, max_size=8).filter(
    lambda text: not any(c.isspace() for c in text) and text != "OR"
)
_LEAVES = st.one_of(
    _BARE.map(Words),
    st.text(st.characters(codec="utf-8"), max_size=12).map(lambda text: Words(text, exact=True)),
    st.builds(Equals, st.sampled_from(("tag", "kind", "model")), _BARE),
    st.builds(IdIn, st.just("name"), _BARE),
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        inner.filter(lambda part: not isinstance(part, Not)).map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AllOf(tuple(parts))),
    ),
    max_leaves=10,
)


def _typed(part: Part) -> str:
    match part:
        case Words(text, exact):
            return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if exact else text
        case Equals(field, value) | IdIn(field, value):
            return f"{field}:{value}"
        case Not(inner):
            return f"-{_typed(inner)}"
        case AllOf(parts):
            return f"({' '.join(map(_typed, parts))})"
        case AnyOf(parts):
            return f"({' OR '.join(map(_typed, parts))})"
    raise AssertionError(part)


@given(_TREES)
def test_a_query_that_is_written_out_is_read_back(tree: Part) -> None:
    read = parse_query(f"{_typed(tree)} last")
    assert read == AllOf((tree, Words("last")))


def test_the_words_of_a_query_are_those_that_it_wants() -> None:
    query = parse_query('dragon (red OR tag:x "blue sky") -wip')
    assert [word.text for word in words_in(query)] == ["dragon", "red", "blue sky"]


def test_every_field_is_understood() -> None:
    values = {
        "created": "2026",
        "palette": "fff",
        "in": "a",
        "seed": "7",
        "protected": "yes",
        **dict.fromkeys(NUMBERS, "3"),
    }
    values |= {"protected": "yes", "used": "sheet"}
    for field in FIELDS:
        assert len(parse_query(f"{field}:{values.get(field, 'x')}").parts) == 1
