"""What a query over issues asks for."""

import pytest

from query_api.search.clauses import Asker
from query_api.search.filters import CLOSED, OPEN, read
from query_api.search.grammar import BadQuery

NOW = 1_777_888_800_000
HOUR = 3_600_000
ANA = Asker(person="ana", at=NOW, zone="Europe/Berlin", teams=("team:pay",))


@pytest.mark.parametrize(
    ("text", "shelves"),
    [
        pytest.param("", (OPEN,), id="by default what is open"),
        pytest.param("is:resolved", (CLOSED,), id="resolved ones are closed"),
        pytest.param("is:any", (OPEN, CLOSED), id="any"),
        pytest.param("is:[new,resolved]", (OPEN, CLOSED), id="a list may span both"),
        pytest.param("-is:new", (OPEN, CLOSED), id="a negation may be anywhere"),
        pytest.param("id:SHOP-12", (OPEN, CLOSED), id="a named issue wherever it is"),
    ],
)
def test_shelves(text: str, shelves: tuple[int, ...]) -> None:
    assert read(text, ANA).shelves == shelves


@pytest.mark.parametrize(
    ("text", "sql", "values"),
    [
        pytest.param("service:shop", "i.service = any ({})", (["shop"],), id="exact"),
        pytest.param("service:sh*", "i.service like any ({})", (["sh%"],), id="prefix"),
        pytest.param("service:a_*", "i.service like any ({})", ([r"a\_%"],), id="signs of LIKE are escaped"),
        pytest.param("severity:>=high", "i.severity >= {}", (2,), id="severities are in order"),
        pytest.param("times_seen:2..9", "c.times_seen between {} and {}", (2, 9), id="a range of numbers"),
        pytest.param("assigned:me", "i.assignee = {}", ("person:ana",), id="me"),
        pytest.param("assigned:my-teams", "i.assignee = any ({})", (["team:pay"],), id="my teams"),
        pytest.param("handled:unknown", "i.handled is null", (), id="not known whether handled"),
        pytest.param(
            "-service:shop", "not coalesce((i.service = any ({})), false)", (["shop"],), id="a negation holds for null"
        ),
        pytest.param(
            "last_seen:24h",
            "c.last_seen_at >= {} and c.last_seen_at < {}",
            (NOW - 24 * HOUR, NOW + 24 * HOUR),
            id="an age: within it",
        ),
        pytest.param(
            "first_seen:>24h",
            "c.first_seen_at >= {} and c.first_seen_at < {}",
            (0, NOW - 24 * HOUR + 1),
            id="longer ago than an age",
        ),
        pytest.param(
            "first_seen:2026-05-04",
            "c.first_seen_at >= {} and c.first_seen_at < {}",
            (1_777_845_600_000, 1_777_932_000_000),
            id="a date is a day in my zone",
        ),
    ],
)
def test_clauses(text: str, sql: str, values: tuple[object, ...]) -> None:
    (clause,) = read(text, ANA).clauses
    assert (clause.sql, clause.values) == (sql, values)


@pytest.mark.parametrize(
    ("text", "words", "part"),
    [
        pytest.param("KeyError amount", "keyerror key error amount", "", id="words, split as they were stored"),
        pytest.param('"pay failed"', "", "pay failed", id="a quoted text is a part"),
        pytest.param("fail*", "", "fail", id="a prefix is a part"),
        pytest.param("message:declined", "declined", "", id="message is text"),
        pytest.param("???", "", "???", id="signs without letters are a part"),
    ],
)
def test_text(text: str, words: str, part: str) -> None:
    found = read(text, ANA)
    assert (found.words, found.part) == (words, part)


@pytest.mark.parametrize(
    ("text", "code", "position", "says"),
    [
        pytest.param("asigned:me", "unknown_key", 0, "did you mean 'assigned'?", id="a mistyped key"),
        pytest.param("is:x -foo:bar", "bad_value", 0, "wants", id="the first mistake is told"),
        pytest.param("-foo:bar", "unknown_key", 1, "quote it", id="the key of a negation is underlined"),
        pytest.param("severity:huge", "bad_value", 0, "low medium high critical", id="a word that is none"),
        pytest.param("service:>a", "bad_operator", 0, "cannot be compared", id="texts have no order"),
        pytest.param("times_seen:many", "bad_value", 0, "whole number", id="no number"),
        pytest.param("last_seen:yesterday", "bad_value", 0, "an age", id="no instant"),
        pytest.param("-pay", "bad_operator", 0, "negated", id="text cannot be negated"),
        pytest.param('"ab"', "too_short", 0, "3 characters", id="a part needs three characters"),
        pytest.param('"abc" "def"', "two_parts", 6, "one quoted text", id="two parts"),
        pytest.param("-id:SHOP-1", "bad_operator", 0, "", id="an id cannot be negated"),
    ],
)
def test_refusals(text: str, code: str, position: int, says: str) -> None:
    with pytest.raises(BadQuery) as refused:
        read(text, ANA)
    flaw = refused.value.flaw
    assert (flaw.code, flaw.position) == (code, position)
    assert says in flaw.message
