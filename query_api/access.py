"""API tokens and logins as their owner sees them."""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from query_api.problems import Code, Problem, invalid
from query_api.rights import Caller, scoped
from query_api.views import View

Verb: TypeAlias = Literal["read", "write"]
GROUPS: Final = (
    *("issues", "events", "stats", "alerts", "deliveries", "settings", "people", "ops", "reports", "audit"),
    *("releases", "artifacts"),
)
SCOPES: Final = frozenset(f"{group}:{verb}" for group in GROUPS for verb in ("read", "write"))
DAY_MS: Final = 86_400_000


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`projects` empty: all of mine. `days` 0: until it is revoked."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    scopes: Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(min_length=1, max_length=30)]
    projects: Annotated[tuple[Annotated[int, Meta(ge=1, le=2**53)], ...], Meta(max_length=100)] = ()
    days: Annotated[int, Meta(ge=0, le=3_650)] = 90


class Token(View, frozen=True, kw_only=True):
    """`token` is shown once, when it is made."""

    token_id: str
    name: str
    scopes: tuple[str, ...]
    created_at: int
    projects: tuple[int, ...] | None = None
    expires_at: int | None = None
    used_at: int | None = None
    token: str = ""


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Token, ...]


class Login(View, frozen=True, kw_only=True):
    """`login_id` is the beginning of the stored digest: it opens nothing."""

    login_id: str
    created_at: int
    seen_at: int
    ends_at: int
    address: str | None = None
    agent: str | None = None
    current: bool = False


class Logins(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Login, ...]


def granted(caller: Caller, asked: NewToken) -> tuple[str, ...]:
    """The scopes, if they are ours and no wider than the caller's own."""
    unknown = sorted(set(asked.scopes) - SCOPES)
    if unknown:
        raise invalid("/scopes", f"there is no scope {unknown[0]}")
    beyond = sorted(scope for scope in asked.scopes if not scoped(caller, scope))
    if beyond:
        raise Problem(Code.SCOPE_NEEDED, f"This token has no {beyond[0]} to give away.")
    foreign = sorted(set(asked.projects) - caller.roles.keys())
    if foreign:
        raise invalid("/projects", f"{foreign[0]} is not a project of yours")
    return tuple(sorted(set(asked.scopes)))


def expires_at(asked: NewToken, at: int) -> int | None:
    return at + asked.days * DAY_MS if asked.days else None
