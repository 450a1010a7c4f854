"""Records stay within their caps: what is for show goes first, counts never."""

import msgspec

from schemas.outcome import Outcome
from schemas.settings.alerting import RuleCondition, RuleSettings
from stream_processors.recurrence.caps import packed_cold, packed_hot
from stream_processors.recurrence.memory import (
    COLD_BYTES,
    HOT_BYTES,
    Cold,
    RuleState,
    Sighting,
    cold_of,
    hot_of,
)
from stream_processors.recurrence.sightings import KEPT, NAME_BYTES, sighted
from tests.builders import AT
from tests.stream_processors.recurrence.issues import DAY, HOUR, MINUTE, Issues, some_settings
from tests.stream_processors.recurrence.test_users import a_user

WIDE = {f"tag{number:02}" + "k" * 26: "v" * 32 for number in range(8)}


def many_rules(number: int) -> Issues:
    rule = RuleSettings(name="r", conditions=(RuleCondition(kind="count", n=10_000, window_m=60),))
    return Issues(some_settings(**{f"rule__1__{'r' * 40}{one:03}": rule for one in range(number)}))


def test_a_busy_issue_fits_twelve_kilobytes() -> None:
    issues = Issues()
    for number in range(1500):
        issues.happen(
            number * 10 * MINUTE, user=a_user(number), release=f"shop@{number // 10}.0.0-{'x' * 40}", tags=WIDE
        )
    hot, cold = (max(len(v) for k, v in issues.table.values.items() if k[:1] == kind) for kind in (b"i", b"c"))
    assert hot <= HOT_BYTES
    assert cold <= COLD_BYTES
    assert hot + cold <= 12 * 1024


def test_what_a_full_record_leaves_out_is_not_a_count() -> None:
    issues = many_rules(100)
    for number in range(200):
        issues.happen(number * HOUR, user=a_user(number), title="t" * 200, tags=WIDE)
    whole = issues.memory().hot
    assert whole.counts.total == 200
    full = msgspec.structs.replace(
        whole, rules={f"{'r' * 60}{one}": RuleState(False, AT, 3, 1.5) for one in range(200)}
    )
    packed = packed_hot(full)
    assert packed.cut
    assert len(packed.raw) <= HOT_BYTES
    found = hot_of(packed.raw)
    assert (found.counts, found.marks, found.standing) == (full.counts, full.marks, full.standing)


def test_a_rule_that_is_met_is_never_left_out() -> None:
    issues = Issues()
    issues.happen()
    hot = issues.memory().hot
    rules = {f"{'r' * 60}{one}": RuleState(one == 7, AT, 3, 1.5) for one in range(300)}
    found = hot_of(packed_hot(msgspec.structs.replace(hot, rules=rules)).raw)
    assert list(found.rules) == [f"{'r' * 60}7"]


def test_a_full_cold_record_keeps_the_count_of_users() -> None:
    issues = Issues()
    for number in range(400):
        issues.happen(number, user=a_user(number))
    cold = issues.memory().cold
    places = tuple(Sighting(f"{one:064}" * 3, AT, AT) for one in range(32))
    full = msgspec.structs.replace(cold, environments=places, releases=places)
    packed = packed_cold(full)
    assert packed.cut
    assert len(packed.raw) <= COLD_BYTES
    found = cold_of(packed.raw)
    assert (found.users.count, found.users.registers) == (cold.users.count, cold.users.registers)
    assert len(found.users.last) == len(found.users.last_at)


def test_that_something_was_left_out_is_counted() -> None:
    issues = many_rules(100)
    for number in range(150):
        issues.happen(number * HOUR, user=a_user(number), title="t" * 200, culprit="c" * 200, tags=WIDE)
    told = [one for one in issues.table.told if isinstance(one, Outcome)]
    assert all(one.counts == (("state_full", 1),) and one.stage == "recurrence" for one in told)


def test_the_newest_releases_stay() -> None:
    known: tuple[Sighting, ...] = ()
    for number in range(40):
        known = sighted(known, f"r{number}", AT + number * DAY)
    assert [one.name for one in known] == [f"r{number}" for number in range(40 - KEPT, 40)]


def test_long_names_leave_room_for_fewer() -> None:
    known: tuple[Sighting, ...] = ()
    for number in range(40):
        known = sighted(known, f"{number:03}" + "x" * 197, AT + number * DAY)
    assert sum(len(one.name) for one in known) <= NAME_BYTES
    assert known[-1].name.startswith("039")


def test_first_and_last_sight_of_a_place() -> None:
    known = sighted((), "production", AT)
    assert sighted(known, "production", AT + MINUTE - 1) is known
    assert sighted(known, "production", AT + MINUTE) == (Sighting("production", AT, AT + MINUTE),)
    assert sighted(known, "production", AT - 1) == (Sighting("production", AT - 1, AT),)


def test_an_empty_cold_record_is_small() -> None:
    assert len(packed_cold(Cold()).raw) < 32
