"""Conditions of a query as SQL: their text comes from code, their values are parameters."""

from collections.abc import Sequence

from psycopg.sql import SQL, Composed, Placeholder

from query_api.search.clauses import Clause

Values = tuple[tuple[str, object], ...]


def conditions(clauses: Sequence[Clause]) -> tuple[Composed | SQL, Values]:
    """All of them, joined by `and`, with a named parameter for each value."""
    parts: list[Composed] = []
    values: list[tuple[str, object]] = []
    for clause in clauses:
        names = [f"q{len(values) + position}" for position in range(len(clause.values))]
        values += zip(names, clause.values, strict=True)
        # the text of a clause is a constant of query_api/search: no part of a request is in it
        text = SQL(f"({clause.sql})")
        parts.append(text.format(*map(Placeholder, names)))
    return (SQL(" and ").join(parts) if parts else SQL("true")), tuple(values)
