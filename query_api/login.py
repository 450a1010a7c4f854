"""Who is calling: passwords, logins (cookies) and tokens, all as rows whose secrets are digests."""

import asyncio
import hmac
import secrets
from typing import Any, Final

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from query_api.problems import Code, Problem
from query_api.queries.store import Database, Store
from query_api.rights import Caller
from query_api.tokens import ALPHABET, BODY_LENGTH, digest, token, well_formed
from runtime.declared import counter
from runtime.secrets import derive
from schemas.kinds import Role
from schemas.settings.people import PersonSettings

IDLE_MS: Final = 12 * 3_600_000
LASTING_MS: Final = 7 * 86_400_000
SEEN_EVERY_MS: Final = 60_000
HASHER: Final = PasswordHasher()
BY_COOKIE: Final = """
select l.login_id, l.person, l.seen_at, s.value from logins l join settings s on s.setting_id = 'person:' || l.person
where l.login_id = %s and l.ends_at > %s and l.seen_at > %s and s.value is not null"""
BEARER: Final = """
select t.token_id, t.person, t.scopes, t.projects, s.value
from api_tokens t join settings s on s.setting_id = 'person:' || t.person
where t.revoked_at is null and coalesce(t.expires_at > %s, true) and s.value is not null and """
PERSON: Final = "select value from settings where setting_id = 'person:' || %s and value is not null"
ACCOUNT: Final = """
select c.person, c.password_hash, s.value from settings s join credentials c on s.setting_id = 'person:' || c.person
where s.kind = 'person' and s.value is not null and lower(s.value->>'email') = lower(%s)"""


class LoginRow(msgspec.Struct, frozen=True):
    login_id: bytes
    person: str
    seen_at: int
    value: PersonSettings


class TokenRow(msgspec.Struct, frozen=True):
    token_id: str
    person: str
    scopes: tuple[str, ...]
    projects: tuple[int, ...] | None
    value: PersonSettings


class AccountRow(msgspec.Struct, frozen=True):
    person: str
    password_hash: str
    value: PersonSettings


class PersonRow(msgspec.Struct, frozen=True):
    value: PersonSettings


class NewLogin(msgspec.Struct, frozen=True):
    """`secret` goes into the cookie and is known nowhere else."""

    secret: str
    person: str


class Logins:
    """Reads and writes logins and tokens. `master` keys the CSRF tokens."""

    def __init__(self, store: Store, master: bytes) -> None:
        self.store = store
        self.csrf_key = derive(master, "csrf")
        self.nobodys_hash = HASHER.hash(secrets.token_hex(16))  # an unknown address costs the same work

    async def by_cookie(self, secret: str, at: int) -> Caller | None:
        return await self.by_login(digest(secret), at)

    async def by_login(self, login_id: bytes, at: int) -> Caller | None:
        async with self.store.within(()) as db:
            found = await db.row(BY_COOKIE, (login_id, at, at - IDLE_MS), LoginRow)
            if found is None or not found.value.active:
                return None
            if at - found.seen_at > SEEN_EVERY_MS:
                await db.run("update logins set seen_at = %s where login_id = %s", (at, login_id))
            roles = await roles_of(db, found.value)
        return caller(found.person, found.value, roles, login_id=login_id, csrf=self.csrf(login_id))

    async def by_token(self, secret: str, address: str, at: int) -> Caller | None:
        if not well_formed(secret):
            return None
        async with self.store.within(()) as db:
            found = await db.row(BEARER + "t.token_hash = %s", (at, digest(secret)), TokenRow)
            if found is None or not found.value.active:
                return None
            await used(db, found.token_id, address, at)
            return token_caller(found, await roles_of(db, found.value))

    async def by_token_id(self, token_id: str, at: int) -> Caller | None:
        async with self.store.within(()) as db:
            found = await db.row(BEARER + "t.token_id = %s", (at, token_id), TokenRow)
            return token_caller(found, await roles_of(db, found.value)) if found and found.value.active else None

    async def by_person(self, person: str) -> Caller | None:
        """Somebody whom a signed pass names."""
        async with self.store.within(()) as db:
            found = await db.row(PERSON, (person,), PersonRow)
            if found is None or not found.value.active:
                return None
            return caller(person, found.value, await roles_of(db, found.value), credential=f"pass:{person}")

    def csrf(self, login_id: bytes) -> str:
        return hmac.digest(self.csrf_key, login_id, "sha256").hex()[:32]

    async def sign_in(self, email: str, password: str) -> AccountRow:
        """The account, or one problem for every way to be wrong, after the same work."""
        async with self.store.within(()) as db:
            account = await db.row(ACCOUNT, (email,), AccountRow)
        known = account.password_hash if account else self.nobodys_hash
        if not await asyncio.to_thread(matches, known, password) or account is None or not account.value.active:
            counter("gregor_api_sign_ins_total", ended="refused").inc()
            raise Problem(Code.BAD_CREDENTIALS)
        counter("gregor_api_sign_ins_total", ended="ok").inc()
        return account

    async def begin(self, db: Database, person: str, *, address: str, agent: str, at: int) -> NewLogin:
        secret = secrets.token_urlsafe(32)
        await db.run(
            "insert into logins (login_id, person, created_at, seen_at, ends_at, address, agent)"
            " values (%s, %s, %s, %s, %s, %s::inet, %s)",
            (digest(secret), person, at, at, at + LASTING_MS, address or None, agent[:200]),
        )
        return NewLogin(secret, person)


def token_caller(found: TokenRow, roles: dict[int, Role]) -> Caller:
    if found.projects is not None:
        roles = {project: role for project, role in roles.items() if project in found.projects}
    scopes, credential = frozenset(found.scopes), f"token:{found.token_id}"
    return caller(found.person, found.value, roles, scopes=scopes, credential=credential)


def caller(person: str, settings: PersonSettings, roles: dict[int, Role], **more: Any) -> Caller:
    login_id: bytes = more.get("login_id", b"")
    credential = more.pop("credential", f"login:{login_id.hex()[:16]}")
    return Caller(
        person=person,
        credential=credential,
        roles=roles,
        staff=settings.staff,
        name=settings.name,
        email=settings.email,
        zone=settings.zone,
        **more,
    )


async def roles_of(db: Database, person: PersonSettings) -> dict[int, Role]:
    """Staff has every project there ever was: they come from a sequence."""
    if not person.staff:
        return {int(project): role for project, role in person.roles.items()}
    last = await db.value("select coalesce(pg_sequence_last_value('project_ids'::regclass), 0)")
    return dict.fromkeys(range(1, int(last) + 1), Role.OWNER)


async def used(db: Database, token_id: str, address: str, at: int) -> None:
    """Once a minute is enough to know which tokens still live."""
    await db.run(
        "insert into token_uses (token_id, used_at, address) values (%s, %s, %s::inet) on conflict (token_id)"
        " do update set used_at = excluded.used_at, address = excluded.address"
        " where token_uses.used_at < excluded.used_at - %s",
        (token_id, at, address or None, SEEN_EVERY_MS),
    )


def matches(known: str, password: str) -> bool:
    """100 ms of work on purpose: never on the event loop."""
    try:
        return HASHER.verify(known, password)
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    return token("".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH)))
