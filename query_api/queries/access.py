"""Rows of tokens and logins: of one person, never of another."""

from typing import Final

import msgspec

from query_api.access import Token
from query_api.queries.store import Database

TOKENS: Final = """
select t.token_id, t.name, t.scopes, t.projects, t.created_at, t.expires_at, u.used_at
from api_tokens t left join token_uses u using (token_id)
where t.person = %s and t.revoked_at is null order by t.created_at desc"""
LOGINS: Final = """
select login_id, created_at, seen_at, ends_at, host(address) as address, agent from logins
where person = %s and ends_at > %s order by seen_at desc"""


class LoginRow(msgspec.Struct, frozen=True, kw_only=True):
    login_id: bytes
    created_at: int
    seen_at: int
    ends_at: int
    address: str | None
    agent: str | None


async def tokens(db: Database, person: str) -> list[Token]:
    return await db.rows(TOKENS, (person,), Token)


async def add_token(db: Database, person: str, token_hash: bytes, made: Token) -> None:
    await db.run(
        "insert into api_tokens (token_hash, token_id, person, name, scopes, projects, created_at, expires_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            *(token_hash, made.token_id, person, made.name, list(made.scopes)),
            *(list(made.projects) if made.projects else None, made.created_at, made.expires_at),
        ),
    )


async def revoke(db: Database, person: str, token_id: str, at: int) -> int:
    return await db.run(
        "update api_tokens set revoked_at = %s where token_id = %s and person = %s and revoked_at is null",
        (at, token_id, person),
    )


async def logins(db: Database, person: str, at: int) -> list[LoginRow]:
    return await db.rows(LOGINS, (person, at), LoginRow)


async def end_login(db: Database, person: str, login_id: str) -> int:
    """`login_id`: the first 16 hex digits of the digest."""
    return await db.run(
        "delete from logins where person = %s and left(encode(login_id, 'hex'), 16) = %s", (person, login_id)
    )
