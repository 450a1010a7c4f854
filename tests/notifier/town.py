"""A small town of settings and steps that the notifier's tests share."""

from typing import Any

from domain.snapshot import Snapshot
from notifier.plan import World
from notifier.world import arranged
from schemas.alert_step import AlertStep, StepPolicy
from schemas.issue_changed import Condition, RuleMet
from schemas.kinds import Channel, Role, StepKind
from schemas.record import Part
from schemas.settings.alerting import Matcher, Policy, PolicyStep, RouteSettings, RuleSettings
from schemas.settings.people import (
    ChannelSettings,
    Layer,
    MethodSettings,
    PersonSettings,
    ScheduleSettings,
    TeamSettings,
)
from schemas.settings.project import ProjectSettings
from tests.builders import EPISODE_ID, a_step

POLICY = "policy:default-1"


def a_person(name: str, **fields: Any) -> PersonSettings:
    return PersonSettings(email=f"{name}@example.org", name=name.title(), **fields)


def a_method(person: str, channel: Channel = Channel.EMAIL, **fields: Any) -> MethodSettings:
    address = f"{person}@example.org" if channel is Channel.EMAIL else f"{channel}:{person}"
    usual: dict[str, Any] = {"address": address, "hint": f"{person[:1]}***", "verified_at": 1}
    return MethodSettings(person=person, channel=channel, **(usual | fields))


SETTINGS: dict[str, Part] = {
    "project:1": ProjectSettings(slug="shop", name="Shop", team="money"),
    "team:money": TeamSettings(name="Money", schedule="pay"),
    "schedule:pay": ScheduleSettings(name="Payments", zone="UTC", layers=(Layer(priority=1, people=("ann",)),)),
    "person:ann": a_person("ann", roles={"1": Role.MEMBER}, zone="Europe/Berlin"),
    "person:ben": a_person("ben", roles={"1": Role.OWNER}),
    "person:cleo": a_person("cleo", staff=True),
    "method:ann-mail": a_method("ann"),
    "method:ann-phone": a_method("ann", Channel.SMS),
    "method:ben-mail": a_method("ben"),
    "method:cleo-mail": a_method("cleo"),
    "channel:ops": ChannelSettings(name="#ops", type=Channel.SLACK, address="slack:ops", owner="person:ben"),
    "rule:1:high": RuleSettings(name="Severity reaches high", conditions=()),
    "route:1:root": RouteSettings(receivers=("role:member",)),
    "route:1:web": RouteSettings(matchers=(Matcher(label="service", value="web"),), receivers=("channel:ops",)),
    POLICY: Policy(name="Default", steps=(PolicyStep(targets=("on_call",)), PolicyStep(targets=("role:admin",)))),
}


def a_world(**changed: Part | None) -> World:
    """Addresses stand in the open here. None removes a setting; `__` in a name stands for `:`."""
    settings = SETTINGS | {name.replace("__", ":"): value for name, value in changed.items()}
    return arranged(Snapshot.of({name: value for name, value in settings.items() if value}, 7), lambda _, text: text)


def paging(*targets: str, **fields: Any) -> StepPolicy:
    return StepPolicy(**({"id": POLICY, "version": 1, "targets": targets, "delay_s": 600} | fields))


def an_alert(kind: StepKind = StepKind.OPEN, ordinal: str = "0", **fields: Any) -> AlertStep:
    """A step of the one episode; the policy's first step stands in an `open`."""
    trace = (Condition(name="severity", value="high", threshold="high", passed=True),)
    usual: dict[str, Any] = {
        "kind": kind,
        "ordinal": ordinal,
        "step_id": f"{EPISODE_ID}:{kind}:{ordinal}",
        "policy": paging("on_call") if kind in (StepKind.OPEN, StepKind.ESCALATE, StepKind.UNACKED) else None,
        "rules": (RuleMet(id="rule:1:high", version=1, policy="default", trace=trace),),
    }
    return a_step(**(usual | fields))
