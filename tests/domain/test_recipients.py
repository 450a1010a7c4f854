import pytest

from domain.recipients import Directory, Resolved, resolve, schedule_of
from domain.snapshot import Snapshot
from schemas.kinds import Channel, Role
from schemas.settings.people import (
    ChannelSettings,
    Layer,
    Leave,
    OverrideSettings,
    PersonSettings,
    ScheduleSettings,
    TeamSettings,
)
from schemas.settings.project import ProjectSettings

AT = 1_777_888_800_000  # 4 May 2026
LEAVE = (Leave(start_at=AT - 1000, end_at=AT + 1000),)


def a_person(name: str, **more: object) -> PersonSettings:
    return PersonSettings(email=f"{name}@example.org", name=name.title(), **more)  # type: ignore[arg-type]


SETTINGS = {
    "person:ann": a_person("ann", roles={"1": Role.OWNER}),
    "person:ben": a_person("ben", roles={"1": Role.ADMIN, "2": Role.OWNER}),
    "person:cleo": a_person("cleo", roles={"1": Role.MEMBER}),
    "person:dora": a_person("dora", roles={"1": Role.VIEWER}, staff=True),
    "person:eve": a_person("eve", roles={"1": Role.OWNER}, active=False),
    "person:finn": a_person("finn", roles={"1": Role.OWNER}, leave=LEAVE),
    "project:1": ProjectSettings(slug="shop", name="Shop", team="money"),
    "project:2": ProjectSettings(slug="web", name="Web"),
    "project:3": ProjectSettings(slug="app", name="App", team="money", schedule="empty"),
    "team:money": TeamSettings(
        name="Money", members=(("cleo", "lead"), ("ben", ""), ("finn", "member"), ("zoe", "")), schedule="pay"
    ),
    "schedule:pay": ScheduleSettings(name="Payments", zone="UTC", layers=(Layer(priority=1, people=("cleo",)),)),
    "schedule:empty": ScheduleSettings(name="Nobody", zone="UTC"),
    "channel:ops": ChannelSettings(name="#ops", type=Channel.SLACK, address="sealed"),
    "channel:old": ChannelSettings(name="#old", type=Channel.SLACK, address="sealed", disabled_why="archived"),
}


def ask(target: str, project: int = 1, **more: object) -> Resolved:
    return resolve(target, project, Directory.of(Snapshot.of(SETTINGS | more)), AT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "project", "found"),
    [
        pytest.param("on_call", 1, ["person:cleo"], id="on call by the team's schedule"),
        pytest.param("on_call", 2, ["person:ben"], id="no schedule: the owners"),
        pytest.param("on_call", 3, [], id="an empty schedule and no owner: nobody"),
        pytest.param(
            "role:viewer", 1, ["person:ann", "person:ben", "person:cleo", "person:dora"], id="at least viewer"
        ),
        pytest.param("role:member", 1, ["person:ann", "person:ben", "person:cleo"], id="at least member"),
        pytest.param("role:admin", 1, ["person:ann", "person:ben"], id="at least admin"),
        pytest.param("role:owner", 1, ["person:ann"], id="owners that are active and here"),
        pytest.param("role:emperor", 1, [], id="no such role"),
        pytest.param("staff", 1, ["person:dora"], id="staff"),
        pytest.param("person:ben", 1, ["person:ben"], id="a person"),
        pytest.param("person:eve", 1, [], id="an inactive person"),
        pytest.param("person:finn", 1, [], id="a person on leave"),
        pytest.param("person:zoe", 1, [], id="a stranger"),
        pytest.param("team:money", 1, ["person:cleo", "person:ben"], id="a team without its absent members"),
        pytest.param("team:none", 1, [], id="no such team"),
        pytest.param("schedule:pay", 2, ["person:cleo"], id="a schedule by name"),
        pytest.param("schedule:none", 1, [], id="no such schedule"),
        pytest.param("channel:ops", 1, ["channel:ops"], id="a channel"),
        pytest.param("channel:old", 1, [], id="a disabled channel"),
        pytest.param("channel:none", 1, [], id="no such channel"),
        pytest.param("pigeon:1", 1, [], id="no such kind of target"),
    ],
)
def test_resolve(target: str, project: int, found: list[str]) -> None:
    answer = ask(target, project)
    assert [recipient.id for recipient in answer.found] == found
    assert found or answer.missing or target == "role:owner", "nobody is always explained"


@pytest.mark.parametrize(
    ("target", "project", "why"),
    [
        pytest.param("on_call", 1, "on call for Payments (layer 1)", id="the layer"),
        pytest.param("on_call", 2, "owner of the project (the project has no schedule)", id="the fallback"),
        pytest.param("role:admin", 1, "admin of the project", id="the role asked for"),
        pytest.param("team:money", 1, "lead of team Money", id="the role in the team"),
    ],
)
def test_why(target: str, project: int, why: str) -> None:
    assert ask(target, project).found[0].why == why


def test_those_who_are_missed_are_named_with_a_code() -> None:
    missing = {missed.id: missed.code for missed in ask("team:money").missing}
    assert missing == {"person:finn": "on_leave", "person:zoe": "not_targeted"}


def test_an_override_applies_to_its_schedule_only() -> None:
    over = OverrideSettings(schedule="pay", start_at=AT, end_at=AT + 1, remove="cleo", add="ben")
    assert [who.id for who in ask("on_call", **{"override:1": over}).found] == ["person:ben"]
    other = OverrideSettings(schedule="web", start_at=AT, end_at=AT + 1, remove="cleo", add="ben")
    assert [who.id for who in ask("on_call", **{"override:1": other}).found] == ["person:cleo"]


def test_schedule_of_prefers_the_projects_own() -> None:
    directory = Directory.of(Snapshot.of(SETTINGS))
    assert [schedule_of(project, directory) for project in (1, 2, 3, 9)] == ["pay", "", "empty", ""]
