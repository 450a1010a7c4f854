"""Helpers: by name, learned, promoted, released, pinned (grouping.md 5.2)."""

import pytest

from domain.ids import digest_bytes
from schemas.commands import GroupingKind
from schemas.error_event import ErrorEvent
from schemas.kinds import Matched
from stream_processors.fingerprint.helpers import MAX_CALLERS, MAX_SAID, is_starter, learn
from stream_processors.fingerprint.slim import Symbol
from stream_processors.fingerprint.table import Learned
from tests.stream_processors.fingerprint.events import Stage, an_error, at, raised, why_of


@pytest.mark.parametrize(
    ("symbol", "helper"),
    [
        (Symbol("lib.rules", "check"), True),
        (Symbol("lib.rules", "check_valid"), True),
        (Symbol("lib.rules", "checkValid"), True),
        (Symbol("lib.rules", "check2"), True),
        (Symbol("lib.rules", "MustCompile"), True),
        (Symbol("lib.rules", "checkout"), False),
        (Symbol("lib.rules", "failure"), False),
        (Symbol("a.B", "requireNonNull"), True),
        (Symbol("", "Option::unwrap"), True),
        (Symbol("", "shop::Cart::ensure_open"), True),
        (Symbol("lib.http", "request"), True),
        (Symbol("lib.http", "requests"), False),
        (Symbol("pay.php", "Facade::__callStatic"), True),
        (Symbol("com.google.Preconditions", "anything"), True),
        (Symbol("Assertions.php", "App\\Assertions::that"), True),
        (Symbol("a.Assertions", "that"), True),
        (Symbol("", "Guard::against"), True),
        (Symbol("a.Guardian", "against"), False),
        (Symbol("lib.web", "decorated"), True),
        (Symbol("lib.web", ""), False),
    ],
)
def test_names_that_raise_for_others(symbol: Symbol, helper: bool) -> None:
    assert is_starter(symbol) is helper


def sighting(caller: str, said: str) -> tuple[bytes, bytes]:
    return digest_bytes(caller)[:8], digest_bytes(said)[:8]


def learned(*sightings: tuple[str, str]) -> Learned | None:
    found: Learned | None = None
    for offset, (caller, said) in enumerate(sightings):
        found = learn(found, *sighting(caller, said), (1, offset)) or found
    return found


@pytest.mark.parametrize(
    ("sightings", "promoted"),
    [
        pytest.param([("a", "1"), ("b", "2"), ("c", "3")], (1, 2), id="three callers with words of their own"),
        pytest.param([("a", "1"), ("b", "1"), ("c", "1")], None, id="many callers, one message: one bug"),
        pytest.param([("a", "1"), ("a", "2"), ("a", "3")], None, id="one caller"),
        pytest.param([("a", "1"), ("b", "2")], None, id="two callers are not enough"),
        pytest.param([("a", "1"), ("b", "2"), ("c", "1")], None, id="the third says what another says"),
        pytest.param(
            [("a", "1"), ("b", "2"), ("c", "1"), ("c", "3"), ("a", "4")], (1, 4), id="until each has own words"
        ),
        pytest.param([("a", "1"), ("b", "2"), ("c", "3"), ("d", "1")], (1, 2), id="promotion is for good"),
    ],
)
def test_promotion(sightings: list[tuple[str, str]], promoted: tuple[int, int] | None) -> None:
    found = learned(*sightings)
    assert found is not None
    assert found.promoted == promoted


def test_what_was_seen_before_is_no_lesson() -> None:
    found = learned(("a", "1"))
    assert learn(found, *sighting("a", "1"), (1, 9)) is None


def test_the_sets_are_bounded() -> None:
    callers = learned(*[(f"caller{n}", "same") for n in range(20)])
    words = learned(*[("a", f"said{n}") for n in range(20)])
    assert callers is not None
    assert words is not None
    assert (len(callers.callers), [len(said) for said in words.callers.values()]) == (MAX_CALLERS, [MAX_SAID])


def rule_error(caller: str) -> ErrorEvent:
    """A shared function, whose name says nothing, raises for `caller`."""
    return an_error(
        raised(
            "RuleError",
            f"{caller} breaks a rule",
            at("lib.rules::vet", "raise X(text)"),
            at(f"shop.{caller}::run", "vet(x)"),
        )
    )


def test_a_learned_helper_releases_its_callers() -> None:
    stage = Stage()
    before = stage.issues(*map(rule_error, ["cart", "bill", "mail"]))
    assert len(set(before)) == 1, "nobody can tell them apart yet"
    opener, second, third = (stage.occurrence(rule_error(caller)) for caller in ["cart", "bill", "mail"])
    assert opener.issue_id == before[0], "the opener's caller keeps the issue whole"
    assert len({opener.issue_id, second.issue_id, third.issue_id}) == 3
    assert (second.matched, why_of(second).split) == (Matched.SPLIT, "lib.rules::vet")
    assert stage.issues(*map(rule_error, ["cart", "bill", "mail"])) == [
        opener.issue_id,
        second.issue_id,
        third.issue_id,
    ]


def test_a_new_caller_of_a_learned_helper_has_an_issue_of_its_own() -> None:
    stage = Stage()
    known = set(stage.issues(*map(rule_error, ["cart", "bill", "mail", "cart", "bill", "mail"])))
    assert stage.issue(rule_error("jobs")) not in known


def test_what_is_learned_is_learned_at_one_home() -> None:
    stage = Stage()
    stage.issues(*map(rule_error, ["cart", "bill", "mail"]))
    others = [
        an_error(raised("OtherError", f"{n}", at("lib.rules::vet", "x(y)"), at(f"m.{n}::f", "g()"))) for n in "ab"
    ]
    assert len(set(stage.issues(*others))) == 1


def test_people_pin_a_helper() -> None:
    stage = Stage()
    issue = stage.issue(rule_error("cart"))
    assert stage.issue(rule_error("bill")) == issue
    assert stage.command(GroupingKind.HELPER, issue, symbol="lib.rules::vet", pin=True).applied
    assert stage.issue(rule_error("cart")) == issue
    assert stage.issue(rule_error("bill")) != issue


def test_people_unpin_what_was_learned() -> None:
    stage = Stage()
    stage.issues(*map(rule_error, ["cart", "bill", "mail"]))
    stage.command(GroupingKind.HELPER, "0" * 32, symbol="lib.rules::vet", pin=False)
    assert len(set(stage.issues(rule_error("jobs"), rule_error("disk")))) == 1


def test_undoing_a_pin_leaves_names_and_learning_to_decide() -> None:
    stage = Stage()
    issue = stage.issue(rule_error("cart"))
    stage.command(GroupingKind.HELPER, issue, symbol="lib.rules::vet", pin=True)
    assert stage.command(GroupingKind.UNDO, issue, undoes="c-helper").applied
    assert stage.issue(rule_error("jobs")) == issue


def test_pins_survive_a_restart() -> None:
    stage = Stage()
    issue = stage.issue(rule_error("cart"))
    stage.command(GroupingKind.HELPER, issue, symbol="lib.rules::vet", pin=True)
    stage.warm()
    assert stage.issue(rule_error("bill")) != issue


def without_ids(stage: Stage) -> None:
    """As if the hour of the ids were over."""
    for key in [key for key in stage.values if key[:1] in (b"b", b"m")]:
        del stage.values[key]
    stage.warm()


@pytest.mark.parametrize("again", [1, 2])
def test_a_replay_crosses_a_promotion_where_the_first_run_did(again: int) -> None:
    """Prints made before it must not be remembered for after it, in a fresh process nor in one that goes back."""
    stage = Stage()
    log = [rule_error(caller) for caller in ["cart", "bill", "mail"] * 2]
    first = [stage.occurrence(event) for event in log]
    without_ids(stage)
    for _ in range(again):
        assert [stage.read(arrived)[0] for arrived in stage.log[: len(log)]] == first
        for key in [key for key in stage.values if key[:1] == b"b"]:
            del stage.values[key]


def test_a_replay_crosses_a_pin_where_the_first_run_did() -> None:
    stage = Stage()
    issue = stage.issue(rule_error("cart"))
    stage.issue(rule_error("bill"))
    stage.command(GroupingKind.HELPER, issue, symbol="lib.rules::vet", pin=True)
    stage.issue(rule_error("bill"))
    log, told = list(stage.log), list(stage.told)
    without_ids(stage)
    assert [found for arrived in log for found in stage.read(arrived)] == told
