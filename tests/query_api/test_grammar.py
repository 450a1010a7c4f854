"""The search language: what is read, what is refused and where, and back to text."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_api.problems import Flaw
from query_api.search.grammar import BadQuery, One, Op, Term, parse
from query_api.search.written import written


def plain(terms: tuple[Term, ...]) -> list[Term]:
    return [msgspec.structs.replace(term, position=0, length=0) for term in terms]


def parse_or_flaw(text: str) -> tuple[Term, ...] | Flaw:
    try:
        return parse(text)
    except BadQuery as error:
        return error.flaw


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        pytest.param("", [], id="nothing asks for nothing"),
        pytest.param("pay", [Term(values=(One("pay"),))], id="a word is free text"),
        pytest.param("is:new", [Term(key="is", values=(One("new"),))], id="a key and a value"),
        pytest.param("-is:new", [Term(key="is", values=(One("new"),), negated=True)], id="a minus negates"),
        pytest.param("type:Key*", [Term(key="type", values=(One("Key", True),))], id="a star makes a prefix"),
        pytest.param(
            "severity:[high,critical]",
            [Term(key="severity", op=Op.ANY, values=(One("high"), One("critical")))],
            id="brackets hold a list",
        ),
        pytest.param(
            "severity:[ high , critical ]",
            [Term(key="severity", op=Op.ANY, values=(One("high"), One("critical")))],
            id="blanks in a list do not count",
        ),
        pytest.param(
            "times_seen:>=10", [Term(key="times_seen", op=Op.AT_LEAST, values=(One("10"),))], id="comparisons"
        ),
        pytest.param(
            "times_seen:1..5",
            [Term(key="times_seen", op=Op.RANGE, values=(One("1"), One("5")))],
            id="a range",
        ),
        pytest.param('"a b"', [Term(values=(One("a b", quoted=True),))], id="quotes keep blanks"),
        pytest.param(r'"a \" b"', [Term(values=(One('a " b', quoted=True),))], id="a quote is escaped in quotes"),
        pytest.param(
            "KeyError: x", [Term(values=(One("KeyError:"),)), Term(values=(One("x"),))], id="a title pasted is text"
        ),
        pytest.param(
            "tag.Shard Id", [Term(values=(One("tag.Shard"),)), Term(values=(One("Id"),))], id="no colon: text"
        ),
        pytest.param("tag.Shard:3", [Term(key="tag.Shard", values=(One("3"),))], id="names of tags keep their case"),
    ],
)
def test_parse(text: str, terms: list[Term]) -> None:
    assert plain(parse(text)) == terms


@pytest.mark.parametrize(
    ("text", "code", "position", "length"),
    [
        pytest.param("is:", "no_value", 2, 1, id="a key without a value"),
        pytest.param('x "abc', "open_quote", 2, 4, id="an open quote"),
        pytest.param("severity:[high", "open_list", 9, 5, id="an open list"),
        pytest.param("severity:[,]", "no_value", 10, 1, id="an empty place in a list"),
        pytest.param("a " * 21, "too_many_terms", 40, 1, id="more than twenty terms"),
        pytest.param("a" * 501, "too_long", 500, 1, id="more than 500 characters"),
    ],
)
def test_parse_refuses(text: str, code: str, position: int, length: int) -> None:
    with pytest.raises(BadQuery) as refused:
        parse(text)
    flaw = refused.value.flaw
    assert (flaw.code, flaw.position, flaw.length) == (code, position, length)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_inside_itself(text: str) -> None:
    found = parse_or_flaw(text)
    if isinstance(found, Flaw):
        assert isinstance(found.position, int)
        assert 0 <= found.position <= len(text)
    else:
        assert plain(parse(written(found))) == plain(found)


PIECES = st.sampled_from(["is:", "new", "-", '"', "[", "]", ",", "..", ">=", "*", "\\", " ", "tag.A:", "x", ":"])


@given(st.lists(PIECES, max_size=14).map("".join))
def test_what_is_written_is_read_the_same(text: str) -> None:
    found = parse_or_flaw(text)
    if not isinstance(found, Flaw):
        assert plain(parse(written(found))) == plain(found)
