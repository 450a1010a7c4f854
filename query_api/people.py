"""People: what others see of them, what may be changed, and who may give whom which role."""

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from query_api.problems import Code, Problem, invalid
from query_api.rights import RANK, Caller, Least, rank
from query_api.views import View
from schemas.kinds import Role
from schemas.settings.people import Hours, Leave, PersonSettings

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Email = Annotated[str, Meta(pattern=r"^[^@\s]{1,64}@[^@\s]{1,189}$")]
NewPassword = Annotated[str, Meta(min_length=10, max_length=256)]
Locale = Annotated[str, Meta(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
INVITED_MS: Final = 7 * 86_400_000
RESET_MS: Final = 3_600_000


class Person(View, frozen=True, kw_only=True):
    """`roles`: in the projects that the reader shares."""

    person: str
    name: str = ""
    email: str
    version: int
    active: bool = True
    staff: bool = False
    zone: str = "UTC"
    roles: dict[str, str] = {}
    leave: tuple[Leave, ...] = ()


class People(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Person, ...]


class NewPerson(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An invitation. `roles`: project id -> role."""

    email: Email
    name: Name
    roles: dict[str, Role] = {}
    staff: bool = False


class Invited(View, frozen=True, kw_only=True):
    """`link` lets the person choose a password, once, within 7 days; it is mailed too."""

    person: str
    link: str


class PersonChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    staff: bool | UnsetType = UNSET


class MyChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays; null clears hours."""

    name: Name | UnsetType = UNSET
    zone: Annotated[str, Meta(min_length=1, max_length=60)] | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    working_hours: Hours | UnsetType | None = UNSET
    quiet_hours: Hours | UnsetType | None = UNSET
    leave: Annotated[tuple[Leave, ...], Meta(max_length=50)] | UnsetType = UNSET


class Membership(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    role: Role


class ResetAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: Annotated[str, Meta(min_length=3, max_length=254)]


class NewSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: NewPassword


class Passwords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    current: Annotated[str, Meta(max_length=256)]
    password: NewPassword


def view(person: str, version: int, value: PersonSettings, shared: frozenset[int]) -> Person:
    return Person(
        person=person,
        name=value.name,
        email=value.email,
        version=version,
        active=value.active,
        staff=value.staff,
        zone=value.zone,
        roles={project: str(role) for project, role in value.roles.items() if int(project) in shared},
        leave=value.leave,
    )


def check_roles(caller: Caller, roles: dict[str, Role], pointer: str = "/roles") -> None:
    """Nobody gives a role above their own, nor in a project that they do not administer."""
    for project, role in roles.items():
        if not project.isdigit() or len(project) > 18 or rank(caller, int(project)) < Least.VIEWER:
            raise invalid(pointer, f"{project[:20]} is not a project of yours")
        have = rank(caller, int(project))
        if have < Least.ADMIN or have < RANK[role]:
            raise Problem(Code.ROLE_NEEDED, f"To make somebody {role} you must be admin and at least that yourself.")


def changed(before: PersonSettings, asked: PersonChange | MyChange) -> PersonSettings:
    given = {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not UNSET}
    return msgspec.structs.replace(before, **given)


def with_role(before: PersonSettings, project_id: int, role: Role | None) -> PersonSettings:
    """None takes the role away."""
    roles = {project: held for project, held in before.roles.items() if project != str(project_id)}
    if role is not None:
        roles[str(project_id)] = role
    return msgspec.structs.replace(before, roles=roles)
