from datetime import UTC, datetime

import pytest

from domain.overlays import INHIBITED_MS, Overlay, of_projects, over_episode, over_person, over_route
from domain.snapshot import Snapshot
from schemas.kinds import Severity
from schemas.settings.alerting import InhibitionSettings, Matcher, SilenceSettings, WindowSettings
from schemas.settings.people import Hours, PersonSettings

AT = 1_777_888_800_000  # Monday, 4 May 2026, 10:00 UTC
HOUR = 3_600_000
SHOP = {"service": "shop", "environment": "production", "type": "KeyError"}
NIGHT = Hours(start="22:00", end="07:00")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def service(value: str) -> tuple[Matcher, ...]:
    return (Matcher(label="service", value=value),)


def a_silence(start: int, end: int, value: str = "shop") -> SilenceSettings:
    return SilenceSettings(matchers=service(value), start_at=start, end_at=end, reason="deploy", author="person:ann")


def judge(labels: dict[str, str], *firing: dict[str, str], when: int = AT, **settings: object) -> Overlay | None:
    snapshot = Snapshot.of({name.replace("__", ":"): value for name, value in settings.items()})  # type: ignore[misc]
    overlays = of_projects(snapshot).get("1")
    return over_episode(overlays, labels, firing, when) if overlays else None


@pytest.mark.parametrize(
    ("start", "end", "value", "until"),
    [
        pytest.param(AT, AT + HOUR, "shop", AT + HOUR, id="from its start on"),
        pytest.param(AT + 1, AT + HOUR, "shop", None, id="not before"),
        pytest.param(AT - HOUR, AT, "shop", None, id="not at its end"),
        pytest.param(AT - HOUR, AT + 1, "shop", AT + 1, id="until its end"),
        pytest.param(AT, AT + HOUR, "web", None, id="only what it matches"),
    ],
)
def test_silence(start: int, end: int, value: str, until: int | None) -> None:
    found = judge(SHOP, silence__1__a=a_silence(start, end, value))
    assert (found.until if found else None) == until


def test_the_longest_silence_says_until_when_and_who() -> None:
    found = judge(SHOP, silence__1__a=a_silence(AT, AT + 1), silence__1__b=a_silence(AT, AT + HOUR))
    assert found == Overlay("silenced", AT + HOUR, "silenced by ann (deploy)")


def test_a_silence_of_another_project_says_nothing() -> None:
    assert judge(SHOP, silence__2__a=a_silence(AT, AT + HOUR)) is None


DATABASE = {"service": "database", "environment": "production", "subject": "[shop] database is gone"}
RULE = InhibitionSettings(source=service("database"), target=service("shop"), equal=("environment", "region"))
BOTH = InhibitionSettings(source=(), target=(), equal=("environment",))


@pytest.mark.parametrize(
    ("labels", "firing", "rule", "held"),
    [
        pytest.param(SHOP, [DATABASE], RULE, True, id="a firing source with equal labels"),
        pytest.param(SHOP, [], RULE, False, id="no source fires"),
        pytest.param(SHOP, [DATABASE | {"environment": "staging"}], RULE, False, id="another environment"),
        pytest.param(SHOP, [DATABASE | {"region": "eu"}], RULE, False, id="a missing label is empty, and differs"),
        pytest.param(SHOP | {"region": "eu"}, [DATABASE | {"region": "eu"}], RULE, True, id="all labels are equal"),
        pytest.param(DATABASE, [DATABASE], RULE, False, id="a source is no target"),
        pytest.param(SHOP, [DATABASE], BOTH, False, id="on both sides: not by another on both sides"),
    ],
)
def test_inhibition(labels: dict[str, str], firing: list[dict[str, str]], rule: InhibitionSettings, held: bool) -> None:
    found = judge(labels, *firing, inhibition__1__a=rule)
    assert (found is not None) is held
    if found:
        assert (found.code, found.until) == ("inhibited", AT + INHIBITED_MS)
        assert found.why == "held back while [shop] database is gone fires"


def test_maintenance_comes_after_silence() -> None:
    window = WindowSettings(matchers=service("shop"), start_at=AT, end_at=AT + 2 * HOUR, reason="upgrade")
    assert judge(SHOP, window__1__a=window) == Overlay("maintenance", AT + 2 * HOUR, "maintenance (upgrade)")
    both = judge(SHOP, window__1__a=window, silence__1__a=a_silence(AT, AT + HOUR))
    assert both is not None
    assert both.code == "silenced"


@pytest.mark.parametrize(
    ("when", "names", "until"),
    [
        pytest.param("2026-05-04T22:00", ("night",), "2026-05-05T07:00", id="within the hours"),
        pytest.param("2026-05-05T07:00", ("night",), None, id="the end is outside"),
        pytest.param("2026-05-04T23:00", ("window:1:night",), "2026-05-05T07:00", id="named by its whole id"),
        pytest.param("2026-05-04T23:00", ("gone", "upgrade"), None, id="what is no mute window mutes nothing"),
    ],
)
def test_mute_windows(when: str, names: tuple[str, ...], until: str | None) -> None:
    settings = {
        "window:1:night": WindowSettings(kind="mute", hours=NIGHT),
        "window:1:upgrade": WindowSettings(start_at=0, end_at=2 * AT),
    }
    found = over_route(of_projects(Snapshot.of(settings))["1"], names, at(when))
    assert (found.until if found else None) == (at(until) if until else None)


@pytest.mark.parametrize(
    ("severity", "when", "until"),
    [
        pytest.param("high", "2026-05-04T20:00", "2026-05-05T05:00", id="22:00 in Berlin is 20:00 UTC"),
        pytest.param("high", "2026-05-04T19:59", None, id="before"),
        pytest.param("critical", "2026-05-04T20:00", None, id="critical goes through"),
    ],
)
def test_quiet_hours(severity: str, when: str, until: str | None) -> None:
    person = PersonSettings(email="ann@example.org", zone="Europe/Berlin", quiet_hours=NIGHT)
    found = over_person(person, Severity(severity), at(when))
    assert (found.until if found else None) == (at(until) if until else None)
    assert over_person(PersonSettings(email="ben@example.org"), Severity(severity), at(when)) is None
