"""Terms become conditions: a condition is a text from this file and parameters, never a user's text."""

from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from query_api.search.grammar import One, Op, Term, refuse
from query_api.search.instants import FOREVER, Span, age_ms, instant_span


class Clause(msgspec.Struct, frozen=True):
    """`sql` has one `{}` per value, in order; `values` are bound as parameters.

    `rare`: few issues meet it, and an index finds them.
    """

    sql: str
    values: tuple[object, ...] = ()
    rare: bool = False


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, when, in which zone: what `me`, `24h` and `2026-05-04` mean."""

    person: str
    at: int
    zone: str = "UTC"
    teams: tuple[str, ...] = ()


Make: TypeAlias = Callable[[Term, Asker], Clause]
COMPARE: Final = {Op.MORE: ">", Op.AT_LEAST: ">=", Op.LESS: "<", Op.AT_MOST: "<="}
EXACT: Final = frozenset({Op.IS, Op.ANY})
MOST: Final = 2**53


def negated(clause: Clause, term: Term) -> Clause:
    return Clause(f"not coalesce(({clause.sql}), false)", clause.values) if term.negated else clause


def wrong_op(term: Term) -> Exception:
    return refuse("bad_operator", f"'{term.key}' cannot be compared so", term.position, term.length)


def wrong_value(term: Term, expected: str) -> Exception:
    return refuse("bad_value", f"'{term.key}' wants {expected}", term.position, term.length)


def texts(column: str) -> Make:
    """Exact, any of a list, or a prefix."""

    def make(term: Term, asker: Asker) -> Clause:
        if term.op not in EXACT:
            raise wrong_op(term)
        exact = [one.text for one in term.values if not one.prefix]
        prefixes = [like_prefix(one) for one in term.values if one.prefix]
        parts = [(f"{column} = any ({{}})", exact)] if exact else []
        parts += [(f"{column} like any ({{}})", prefixes)] if prefixes else []
        return Clause(" or ".join(sql for sql, _ in parts), tuple(values for _, values in parts))

    return make


def like_prefix(one: One) -> str:
    return one.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def words(column: str, numbers: dict[str, int], *, ordered: bool = False) -> Make:
    """A closed set stored as numbers; `ordered` ones may be compared."""

    def make(term: Term, asker: Asker) -> Clause:
        found = [numbers.get(one.text.lower(), -1) for one in term.values]
        if min(found) < 0 or any(one.prefix for one in term.values):
            raise wrong_value(term, " ".join(numbers))
        if term.op in EXACT:
            return Clause(f"{column} = any ({{}})", (found,))
        if not ordered:
            raise wrong_op(term)
        return compared(column, term.op, found)

    return make


def numbers(column: str) -> Make:
    def make(term: Term, asker: Asker) -> Clause:
        found = []
        for one in term.values:
            if one.prefix or not (one.text.isascii() and one.text.isdigit()) or len(one.text) > 15:
                raise wrong_value(term, "a whole number")
            found.append(int(one.text))
        return Clause(f"{column} = any ({{}})", (found,)) if term.op in EXACT else compared(column, term.op, found)

    return make


def compared(column: str, op: Op, found: list[int]) -> Clause:
    if op is Op.RANGE:
        return Clause(f"{column} between {{}} and {{}}", (found[0], found[1]))
    return Clause(f"{column} {COMPARE[op]} {{}}", (found[0],))


def instants(column: str) -> Make:
    """`24h`: within the last day; `>7d`: longer ago; dates and ISO as spans."""

    def make(term: Term, asker: Asker) -> Clause:
        span = span_of(term, asker)
        return Clause(f"{column} >= {{}} and {column} < {{}}", (span.first, span.last))

    return make


def span_of(term: Term, asker: Asker) -> Span:
    """The instants a term means, also where an age turns a comparison round."""
    if term.op is Op.ANY or any(one.prefix for one in term.values):
        raise wrong_op(term)
    ages = [age_ms(one.text) for one in term.values]
    if all(age is not None for age in ages):
        return aged([asker.at - (age or 0) for age in ages], term.op, asker.at)
    spans = [instant_span(one.text, asker.zone) for one in term.values]
    if any(span is None for span in spans):
        raise wrong_value(term, "an age (24h, 7d), a date (2026-05-04) or an ISO instant")
    return dated([span for span in spans if span is not None], term.op)


def aged(instants_: list[int], op: Op, at: int) -> Span:
    """An age of less than a day is an instant after `at - 24h`."""
    match op:
        case Op.MORE | Op.AT_LEAST:
            return Span(0, instants_[0] + 1)
        case Op.RANGE:
            return Span(min(instants_), max(instants_) + 1)
        case Op.IS | Op.ANY | Op.LESS | Op.AT_MOST:
            return Span(instants_[0], at + 86_400_000)


def dated(spans: list[Span], op: Op) -> Span:
    match op:
        case Op.MORE:
            return Span(spans[0].last, FOREVER)
        case Op.AT_LEAST:
            return Span(spans[0].first, FOREVER)
        case Op.LESS:
            return Span(0, spans[0].first)
        case Op.AT_MOST:
            return Span(0, spans[0].last)
        case Op.RANGE:
            return Span(spans[0].first, spans[1].last)
        case Op.IS | Op.ANY:
            return spans[0]


def truth(column: str) -> Make:
    """yes, no, unknown of a nullable boolean."""

    def make(term: Term, asker: Asker) -> Clause:
        wanted = {"yes": "is true", "true": "is true", "no": "is false", "false": "is false", "unknown": "is null"}
        said = wanted.get(term.values[0].text.lower())
        if said is None or term.op is not Op.IS:
            raise wrong_value(term, "yes, no or unknown")
        return Clause(f"{column} {said}")

    return make


def inside(table: str, column: str) -> Make:
    """The issue has been seen so: a row beside it. `offset 0` keeps the planner from a join."""

    def make(term: Term, asker: Asker) -> Clause:
        inner = texts(f"x.{column}")(term, asker)
        sql = f"exists (select from {table} x where x.issue_id = c.issue_id and ({inner.sql}) offset 0)"
        return Clause(sql, inner.values)

    return make
