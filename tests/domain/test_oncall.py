from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from domain.oncall import oncall
from domain.shifts import handoff, hours_span, instant, millis, turn, wall_clock
from schemas.settings.people import (
    Hours,
    Layer,
    Leave,
    OverrideSettings,
    PersonSettings,
    ScheduleSettings,
    Shift,
    Temporary,
)

BERLIN = ZoneInfo("Europe/Berlin")
WEEKLY = Layer(priority=1, people=("ann", "ben", "cleo"), start="2026-01-05T09:00")
OFFICE = Hours(start="09:00", end="17:00", weekdays=(0, 1, 2, 3, 4))


def at(text: str, zone: str = "Europe/Berlin") -> int:
    return millis(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def schedule(*layers: Layer, **more: object) -> ScheduleSettings:
    return ScheduleSettings(name="pay", zone="Europe/Berlin", layers=layers, **more)  # type: ignore[arg-type]


def names(given: ScheduleSettings, when: str, **more: object) -> list[str]:
    return [duty.person for duty in oncall(given, at(when), **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        pytest.param("2026-01-05T08:59:59.999", [], id="nobody before the first turn"),
        pytest.param("2026-01-05T09:00", ["ann"], id="the first turn begins"),
        pytest.param("2026-01-12T08:59:59.999", ["ann"], id="until the hand-off"),
        pytest.param("2026-01-12T09:00", ["ben"], id="the hand-off belongs to the next"),
        pytest.param("2026-01-26T09:00", ["ann"], id="the rotation starts over"),
        pytest.param("2026-03-30T08:59", ["cleo"], id="the wall clock holds after clocks went forward"),
        pytest.param("2026-03-30T09:00", ["ann"], id="at 09:00 summer time"),
    ],
)
def test_rotation(when: str, expected: list[str]) -> None:
    assert names(schedule(WEEKLY), when) == expected


LAYERED = schedule(
    Layer(priority=2, people=("dora",), hours=OFFICE),
    WEEKLY,
)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        pytest.param("2026-01-07T12:00", ["dora"], id="the higher layer in office hours"),
        pytest.param("2026-01-07T17:00", ["ann"], id="the lower one fills the evening"),
        pytest.param("2026-01-10T12:00", ["ann"], id="and the weekend"),
    ],
)
def test_layers(when: str, expected: list[str]) -> None:
    assert names(LAYERED, when) == expected


HOLIDAY = {name: PersonSettings(email=f"{name}@example.org") for name in ("ann", "ben", "cleo", "dora", "eve")} | {
    "dora": PersonSettings(
        email="dora@example.org", leave=(Leave(start_at=at("2026-01-07T00:00"), end_at=at("2026-01-09T00:00")),)
    )
}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        pytest.param([("ann", "")], [], id="removed, nobody else: empty is an answer"),
        pytest.param([("", "eve")], ["ann", "eve"], id="added beside the layer"),
        pytest.param([("ann", "eve")], ["eve"], id="replaced"),
        pytest.param([("ben", "eve")], ["ann", "eve"], id="somebody else replaced: added only"),
        pytest.param([("", "ann")], ["ann"], id="added twice is once"),
        pytest.param([("ann", "zoe")], [], id="a stranger cannot take over"),
    ],
)
def test_overrides(overrides: list[tuple[str, str]], expected: list[str]) -> None:
    span = {"schedule": "pay", "start_at": at("2026-01-06T00:00"), "end_at": at("2026-01-07T00:00")}
    given = [OverrideSettings(remove=remove, add=add, **span) for remove, add in overrides]  # type: ignore[arg-type]
    assert names(schedule(WEEKLY), "2026-01-06T12:00", overrides=given, people=HOLIDAY) == expected
    assert names(schedule(WEEKLY), "2026-01-07T00:00", overrides=given, people=HOLIDAY) == ["ann"]


def test_leave_empties_a_layer_so_the_lower_one_fills_in() -> None:
    assert names(LAYERED, "2026-01-07T12:00", people=HOLIDAY) == ["ann"]
    assert names(LAYERED, "2026-01-09T12:00", people=HOLIDAY) == ["dora"]
    inactive = HOLIDAY | {"ann": PersonSettings(email="ann@example.org", active=False)}
    assert names(LAYERED, "2026-01-07T12:00", people=inactive) == []


def test_temporary_shifts_replace_everything_in_their_span() -> None:
    shift = Shift(start_at=at("2026-01-06T10:00"), end_at=at("2026-01-06T14:00"), person="eve")
    span = Temporary(start_at=at("2026-01-06T00:00"), end_at=at("2026-01-07T00:00"), shifts=(shift,))
    given = schedule(WEEKLY, temporaries=(span,))
    assert [names(given, f"2026-01-06T{hour}:00") for hour in ("09", "10", "14")] == [[], ["eve"], []]
    assert names(given, "2026-01-07T00:00") == ["ann"]


def test_imported_shifts_act_as_a_layer() -> None:
    shift = Shift(start_at=at("2026-01-06T10:00"), end_at=at("2026-01-06T14:00"), person="eve")
    given = schedule(WEEKLY, shifts=(shift,), shifts_priority=5)
    assert [names(given, f"2026-01-06T{hour}:00") for hour in ("09", "10", "14")] == [["ann"], ["eve"], ["ann"]]


@pytest.mark.parametrize(
    ("given", "when", "until"),
    [
        pytest.param(schedule(WEEKLY), "2026-01-06T12:00", "2026-01-12T09:00", id="the next hand-off"),
        pytest.param(LAYERED, "2026-01-06T12:00", "2026-01-06T17:00", id="the end of office hours"),
        pytest.param(LAYERED, "2026-01-06T18:00", "2026-01-07T09:00", id="office hours begin"),
    ],
)
def test_until(given: ScheduleSettings, when: str, until: str) -> None:
    assert {duty.until for duty in oncall(given, at(when))} == {at(until)}


@pytest.mark.parametrize(
    ("wall", "last", "expected"),
    [
        pytest.param(
            "2026-03-29T02:30", False, "2026-03-29T01:00", id="a time that does not exist: the end of the gap"
        ),
        pytest.param("2026-03-29T02:30", True, "2026-03-29T01:00", id="also as an end"),
        pytest.param("2026-10-25T02:30", False, "2026-10-25T00:30", id="a time that exists twice: first as a start"),
        pytest.param("2026-10-25T02:30", True, "2026-10-25T01:30", id="last as an end"),
        pytest.param("2026-07-01T12:00", False, "2026-07-01T10:00", id="an ordinary time"),
    ],
)
def test_instant(wall: str, last: bool, expected: str) -> None:
    assert instant(datetime.fromisoformat(wall), BERLIN, last) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_night_shift_covers_the_repeated_hour_wholly() -> None:
    night = Hours(start="22:00", end="02:30")
    opened = at("2026-10-24T22:00")
    span = hours_span(night, BERLIN, opened)
    assert span is not None
    assert (span.end_at - opened) == 5.5 * 3600 * 1000  # 4.5 hours on the clock, and the hour that came twice


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(0, "2026-01-31T09:00", id="the 31st"),
        pytest.param(1, "2026-02-28T09:00", id="clamped in February"),
        pytest.param(2, "2026-03-31T09:00", id="and back"),
        pytest.param(25, "2028-02-29T09:00", id="a leap day"),
    ],
)
def test_months(number: int, expected: str) -> None:
    monthly = Layer(priority=1, people=("ann",), start="2026-01-31T09:00", unit="month")
    assert handoff(monthly, BERLIN, number) == at(expected)


def transitions(zone: ZoneInfo) -> list[datetime]:
    """Instants between 2025 and 2027 at which the offset of `zone` changes, to the hour."""
    start, found = datetime(2025, 1, 1, tzinfo=UTC), []
    for day in range(730):
        early = start + timedelta(days=day)
        late = early + timedelta(days=1)
        if early.astimezone(zone).utcoffset() != late.astimezone(zone).utcoffset():
            found += [early + timedelta(hours=hour) for hour in range(25)]
    return found


@pytest.mark.parametrize("unit", ["hour", "day", "week"])
def test_a_rotation_has_no_gap_around_any_transition_of_any_zone(unit: str) -> None:
    layer = Layer(priority=1, people=("ann", "ben"), start="2025-01-06T02:30", unit=unit)
    moments = {(name, moment) for name in available_timezones() for moment in transitions(ZoneInfo(name))}
    sample = sorted(moments)[::37]
    assert len(sample) > 300
    for name, moment in sample:
        zone, when = ZoneInfo(name), millis(moment)
        found = turn(layer, zone, when)
        assert found is not None, (name, moment)
        number, span = found
        assert span.covers(when)
        assert handoff(layer, zone, number + 1) == span.end_at


def test_apia_lost_a_day() -> None:
    apia = ZoneInfo("Pacific/Apia")
    daily = Layer(priority=1, people=("ann", "ben"), start="2011-12-28T09:00", unit="day")
    lost = handoff(daily, apia, 2)  # 30 December 2011 did not happen
    assert wall_clock(lost, apia).isoformat() == "2011-12-31T00:00:00"
    assert handoff(daily, apia, 3) == millis(datetime(2011, 12, 31, 9, 0, tzinfo=apia))
