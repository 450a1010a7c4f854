"""People, their credentials, and who they are in a query."""

from typing import Final

import msgspec

from query_api.calls import Call
from query_api.queries.settings import Setting
from query_api.queries.store import Database
from query_api.rights import RANK, Least
from query_api.search.clauses import Asker
from schemas.kinds import Role

TEAMS_OF: Final = """
select coalesce(array_agg(setting_id), '{}') from settings where kind = 'team' and value is not null
and exists (select from jsonb_array_elements(value->'members') m where m->>0 = %s)"""
LIST: Final = """
select setting_id, kind, project_id, value, version, updated_at, updated_by from settings
where kind = 'person' and value is not null and setting_id > %s order by setting_id limit %s"""
BY_EMAIL: Final = """
select substr(s.setting_id, 8) as person, c.changed_at from settings s
join credentials c on s.setting_id = 'person:' || c.person
where s.kind = 'person' and s.value is not null and lower(s.value->>'email') = lower(%s)
    and coalesce((s.value->>'active')::boolean, true)"""
METHOD_OF: Final = """
select setting_id, kind, project_id, value, version, updated_at, updated_by from settings
where kind = 'method' and value is not null and value->>'person' = %s and value->>'channel' = 'email'
order by setting_id limit 1"""


class Account(msgspec.Struct, frozen=True):
    person: str
    changed_at: int


async def named_with_role(db: Database, project_id: int, least: Least) -> str:
    """Two people who may do it, so that one knows whom to ask."""
    enough = [str(role) for role in Role if RANK[role] >= least]
    names = await db.value(
        "select string_agg(name, ' or ') from (select name from people where active"
        " and (roles->>%s = any (%s) or staff) order by staff, name limit 2) found",
        (str(project_id), enough),
    )
    return names or "nobody"


async def asker(db: Database, call: Call) -> Asker:
    """What `me`, `my-teams` and a date mean in a query of this caller."""
    teams = await db.value(TEAMS_OF, (call.caller.person,))
    return Asker(person=call.caller.person, at=call.at, zone=call.caller.zone, teams=tuple(teams))


async def listed(db: Database, after: str, limit: int) -> list[Setting]:
    return await db.rows(LIST, (after, limit), Setting)


async def account(db: Database, email: str) -> Account | None:
    return await db.row(BY_EMAIL, (email,), Account)


async def changed_at(db: Database, person: str) -> int | None:
    found = await db.value("select changed_at from credentials where person = %s", (person,))
    return None if found is None else int(found)


async def set_password(db: Database, person: str, *, hashed: str, at: int, expected: int) -> int:
    """Rows changed: none when the password was changed since `expected`. All logins end."""
    done = await db.run(
        "update credentials set password_hash = %s, changed_at = %s, failures = 0, locked_until = null"
        " where person = %s and changed_at = %s",
        (hashed, at, person, expected),
    )
    if done:
        await end_logins(db, person)
    return done


async def end_logins(db: Database, person: str) -> None:
    await db.run("delete from logins where person = %s", (person,))


async def add_credentials(db: Database, person: str, at: int) -> None:
    """A hash that nothing matches: the first password comes by the link of the invitation."""
    await db.run(
        "insert into credentials (person, password_hash, changed_at) values (%s, '!', %s) on conflict do nothing",
        (person, at),
    )


async def email_method(db: Database, person: str) -> Setting | None:
    return await db.row(METHOD_OF, (person,), Setting)
