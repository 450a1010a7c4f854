"""What a new project begins with: rules, a route, a policy, so that the first error already reaches somebody."""

import base64
from typing import Final
from urllib.parse import urlsplit

from schemas.kinds import Channel, Role, Severity
from schemas.record import Part
from schemas.settings.alerting import Policy, PolicyStep, RouteSettings, RuleCondition, RuleSettings
from schemas.settings.people import MethodSettings, PersonSettings
from schemas.settings.project import KeySettings, ProjectSettings

STEP_S: Final = 600


def project(project_id: int, *, slug: str, name: str, user_salt: str) -> ProjectSettings:
    """`user_salt` is sealed by the caller, bound to `project:<id>`."""
    return ProjectSettings(slug=slug, name=name, default_policy=policy_id(project_id), user_salt=user_salt)


def policy_id(project_id: int) -> str:
    return f"policy:default-{project_id}"


def alerting(project_id: int) -> dict[str, Part]:
    """New, regressed and woken issues are shown; from severity high on, people are called."""
    news = tuple(RuleCondition(kind=kind) for kind in ("new", "regressed", "woke"))
    return {
        f"rule:{project_id}:new": RuleSettings(
            name="New, regressed and woken issues", conditions=news, policy="none", severity_floor=Severity.MEDIUM
        ),
        f"rule:{project_id}:high": RuleSettings(
            name="Severity reaches high",
            conditions=(RuleCondition(kind="severity", severity=Severity.HIGH),),
            policy="default",
        ),
        f"route:{project_id}:root": RouteSettings(receivers=("role:member",)),
        policy_id(project_id): Policy(
            name="Default",
            steps=(
                PolicyStep(targets=("on_call",), delay_s=STEP_S),
                PolicyStep(targets=("role:admin",), delay_s=STEP_S),
            ),
            repeat=2,
        ),
    }


def key(project_id: int, secret: str) -> KeySettings:
    """`secret`: 32 hex, public all the same: it admits events and nothing else."""
    return KeySettings(project_id=project_id, key=secret, name="Default")


def owner(project_id: int, *, email: str, name: str) -> PersonSettings:
    return PersonSettings(email=email, name=name, staff=True, roles={str(project_id): Role.OWNER})


def email_method(person: str, *, sealed: str, hint: str, at: int) -> MethodSettings:
    return MethodSettings(person=person, channel=Channel.EMAIL, address=sealed, hint=hint, verified_at=at)


def hint(address: str) -> str:
    """Enough to recognise an address, too little to use it: `a***@example.org`, `https://host/***`, `***1234`."""
    name, at, host = address.rpartition("@")
    if at and "/" not in address:
        return f"{name[:1]}***@{host}"
    parts = urlsplit(address)
    if parts.scheme and parts.hostname:
        return f"{parts.scheme}://{parts.hostname}/***"
    return f"***{address[-4:]}" if len(address) >= 8 else "***"


OF_A_PROJECT: Final = frozenset(
    (
        *("project", "rule", "route", "silence", "inhibition", "window", "scrub", "fingerprint_rules", "runbook"),
        *("release", "artifact", "ownership", "objective", "season", "expertise", "helpers"),
    )
)


def scope_of(setting_id: str) -> int | None:
    """The project a setting belongs to, by its id `<kind>:<project>[:<key>]`; None: the installation's."""
    kind, _, rest = setting_id.partition(":")
    first = rest.partition(":")[0]
    return int(first) if kind in OF_A_PROJECT and first.isdigit() else None


def short_id(raw: bytes) -> str:
    """Twelve characters of base32 from eight random bytes the caller drew."""
    return base64.b32encode(raw).decode().lower()[:12]
