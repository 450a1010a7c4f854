"""Who may do what: a caller, the least role of an operation, and where it reaches."""

from enum import IntEnum
from typing import Final

import msgspec

from schemas.kinds import Role


class Least(IntEnum):
    """The least right an operation asks for, in ascending order."""

    NOBODY = 0
    SELF = 1  # anybody signed in
    VIEWER = 2
    MEMBER = 3
    ADMIN = 4
    OWNER = 5
    STAFF = 6


RANK: Final = {Role.VIEWER: Least.VIEWER, Role.MEMBER: Least.MEMBER, Role.ADMIN: Least.ADMIN, Role.OWNER: Least.OWNER}


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who proved who they are, by a login (cookie) or a token.

    `roles`: project -> role; a staff person has every project as owner. `scopes` None: a login,
    which reaches as far as the person. `credential`: login or token, for rates and logs.
    """

    person: str
    credential: str
    roles: dict[int, Role] = {}
    staff: bool = False
    scopes: frozenset[str] | None = None
    csrf: str = ""
    login_id: bytes = b""
    name: str = ""
    email: str = ""
    zone: str = "UTC"

    @property
    def actor(self) -> str:
        return f"person:{self.person}"

    @property
    def by_cookie(self) -> bool:
        return self.scopes is None


def rank(caller: Caller, project_id: int) -> Least:
    """SELF where the project is not the caller's at all."""
    role = caller.roles.get(project_id)
    if role is None:
        return Least.SELF
    return Least.STAFF if caller.staff else RANK[role]


def reach(caller: Caller, least: Least) -> tuple[int, ...]:
    """The projects in which the caller may do what asks for `least`, ascending."""
    return tuple(sorted(project for project in caller.roles if rank(caller, project) >= least))


def may(caller: Caller, least: Least) -> bool:
    """Whether the right exists anywhere, for operations without a single project."""
    match least:
        case Least.NOBODY | Least.SELF:
            return True
        case Least.STAFF:
            return caller.staff
        case Least.VIEWER:
            return True  # an empty list is an answer
        case Least.MEMBER | Least.ADMIN | Least.OWNER:
            return caller.staff or bool(reach(caller, least))


def scoped(caller: Caller, scope: str) -> bool:
    """`scope`: `issues:read`; a token that may write may also read."""
    if caller.scopes is None or not scope:
        return True
    group = scope.partition(":")[0]
    return scope in caller.scopes or (scope.endswith(":read") and f"{group}:write" in caller.scopes)
