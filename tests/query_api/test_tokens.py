"""Tokens, cursors, rates, rights: small decisions of the door."""

import pytest

from query_api import cursors
from query_api.cursors import Cursor
from query_api.problems import Code, Problem
from query_api.rates import Bucket, Rate, take
from query_api.rights import Caller, Least, may, rank, reach, scoped
from query_api.tokens import ALPHABET, BODY_LENGTH, token, well_formed
from schemas.kinds import Role

BODY = ALPHABET[:BODY_LENGTH]
KEY = b"k" * 32


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(token(BODY), True, id="as made"),
        pytest.param(token(BODY)[:-1] + "!", False, id="another checksum"),
        pytest.param(token(BODY).replace("0", "1", 1), False, id="one sign mistyped"),
        pytest.param("", False, id="nothing"),
        pytest.param("gregor_", False, id="only the prefix"),
        pytest.param(token(BODY[1:]), False, id="too short"),
    ],
)
def test_well_formed(text: str, expected: bool) -> None:
    assert well_formed(text) is expected


def test_a_cursor_comes_back_as_it_was() -> None:
    made = Cursor("q", (17, "abc"))
    assert cursors.read(cursors.write(made, KEY), "q", KEY) == made
    assert cursors.read("", "q", KEY) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(cursors.write(Cursor("other", (1,)), KEY), Code.CURSOR_MISMATCH, id="of another query"),
        pytest.param(cursors.write(Cursor("q", (1,)), b"x"), Code.BAD_CURSOR, id="signed by somebody else"),
        pytest.param("!!!", Code.BAD_CURSOR, id="not base64"),
        pytest.param("AAAA", Code.BAD_CURSOR, id="too short"),
    ],
)
def test_a_foreign_cursor_is_refused(text: str, code: Code) -> None:
    with pytest.raises(Problem) as refused:
        cursors.read(text, "q", KEY)
    assert refused.value.code is code


RATE = Rate(per_s=2, burst=3)


@pytest.mark.parametrize(
    ("before", "at", "left", "wait"),
    [
        pytest.param(None, 0, 2, 0, id="a new bucket is full"),
        pytest.param(Bucket(1, 0), 0, 0, 0, id="the last token goes"),
        pytest.param(Bucket(0, 0), 0, 0, 0.5, id="an empty one says how long"),
        pytest.param(Bucket(0, 0), 250, 0.5, 0.25, id="half a token waits for the rest"),
        pytest.param(Bucket(0, 0), 500, 0, 0, id="it refills with time"),
        pytest.param(Bucket(0, 0), 60_000, 2, 0, id="never above the burst"),
        pytest.param(Bucket(0, 1000), 0, 0, 0.5, id="a clock that steps back refills nothing"),
    ],
)
def test_take(before: Bucket | None, at: int, left: float, wait: float) -> None:
    after, waits = take(before, RATE, at)
    assert (after.left, waits) == (left, wait)


ANA = Caller(person="ana", credential="x", roles={1: Role.MEMBER, 2: Role.VIEWER, 5: Role.OWNER})
ROOT = Caller(person="root", credential="x", roles={1: Role.OWNER}, staff=True)


@pytest.mark.parametrize(
    ("least", "projects"),
    [
        pytest.param(Least.VIEWER, (1, 2, 5), id="a viewer sees all of theirs"),
        pytest.param(Least.MEMBER, (1, 5), id="members act"),
        pytest.param(Least.OWNER, (5,), id="owners own"),
        pytest.param(Least.STAFF, (), id="nobody is staff by a role"),
    ],
)
def test_reach(least: Least, projects: tuple[int, ...]) -> None:
    assert reach(ANA, least) == projects


def test_a_foreign_project_ranks_below_viewer() -> None:
    assert rank(ANA, 9) < Least.VIEWER
    assert rank(ROOT, 1) is Least.STAFF


@pytest.mark.parametrize(
    ("caller", "least", "expected"),
    [
        pytest.param(ANA, Least.SELF, True, id="anybody signed in"),
        pytest.param(ANA, Least.OWNER, True, id="an owner of something"),
        pytest.param(ANA, Least.STAFF, False, id="an owner is not staff"),
        pytest.param(ROOT, Least.STAFF, True, id="staff is"),
        pytest.param(Caller(person="x", credential="x"), Least.VIEWER, True, id="an empty list is an answer"),
        pytest.param(Caller(person="x", credential="x"), Least.MEMBER, False, id="nothing to act on"),
    ],
)
def test_may(caller: Caller, least: Least, expected: bool) -> None:
    assert may(caller, least) is expected


@pytest.mark.parametrize(
    ("scopes", "scope", "expected"),
    [
        pytest.param(None, "issues:write", True, id="a login has no scopes"),
        pytest.param({"issues:read"}, "issues:read", True, id="the scope itself"),
        pytest.param({"issues:write"}, "issues:read", True, id="writing includes reading"),
        pytest.param({"issues:read"}, "issues:write", False, id="reading does not include writing"),
        pytest.param({"events:write"}, "issues:read", False, id="another group"),
        pytest.param(set(), "", True, id="an operation without a scope"),
    ],
)
def test_scoped(scopes: set[str] | None, scope: str, expected: bool) -> None:
    caller = Caller(person="a", credential="x", scopes=None if scopes is None else frozenset(scopes))
    assert scoped(caller, scope) is expected
