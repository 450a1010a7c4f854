"""People as others see them."""

from query_api.calls import Call
from query_api.queries.store import Database
from query_api.rights import RANK, Least
from query_api.search.clauses import Asker
from schemas.kinds import Role


async def named_with_role(db: Database, project_id: int, least: Least) -> str:
    """Two people who may do it, so that one knows whom to ask."""
    enough = [role for role in Role if RANK[role] >= least]
    names = await db.value(
        "select string_agg(name, ' or ') from (select name from people where active"
        " and (roles->>%s = any (%s) or staff) order by staff, name limit 2) found",
        (str(project_id), [str(role) for role in enough]),
    )
    return names or "nobody"


TEAMS_OF = """
select coalesce(array_agg(setting_id), '{}') from settings where kind = 'team' and value is not null
and exists (select from jsonb_array_elements(value->'members') m where m->>0 = %s)"""


async def asker(db: Database, call: Call) -> Asker:
    """What `me`, `my-teams` and a date mean in a query of this caller."""
    teams = await db.value(TEAMS_OF, (call.caller.person,))
    return Asker(person=call.caller.person, at=call.at, zone=call.caller.zone, teams=tuple(teams))
