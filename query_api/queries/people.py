"""People as others see them."""

from query_api.queries.store import Database
from query_api.rights import RANK, Least
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
