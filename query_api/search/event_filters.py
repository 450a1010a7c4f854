"""What a query over events asks for. A span of time is always given beside it: days are partitions."""

from typing import Final

import msgspec

from query_api.search.clauses import EXACT, Asker, Clause, Make, negated, texts, truth, words, wrong_op, wrong_value
from query_api.search.filters import LEVELS, distance
from query_api.search.grammar import BadQuery, One, Term, parse, refuse

TRACE_DIGITS: Final = 16  # the last ones are stored
MOST_TAG: Final = 32


def user(term: Term, asker: Asker) -> Clause:
    """The digest as the API shows it."""
    return Clause("o.user_hash = any ({})", (hashes(term, "16 hex digits"),))


def trace(term: Term, asker: Asker) -> Clause:
    cut = tuple(One(one.text.lower()[-TRACE_DIGITS:]) for one in term.values)
    return Clause("o.trace = any ({})", (hashes(msgspec.structs.replace(term, values=cut), "a trace id"),))


def hashes(term: Term, expected: str) -> list[int]:
    if term.op not in EXACT:
        raise wrong_op(term)
    found = [signed(one.text) for one in term.values]
    if None in found:
        raise wrong_value(term, expected)
    return [number for number in found if number is not None]


def signed(text: str) -> int | None:
    """16 hex digits as the bigint that is stored."""
    if len(text) != 16 or text.lower().strip("0123456789abcdef"):
        return None
    return int.from_bytes(bytes.fromhex(text), "big", signed=True)


def tag(term: Term, asker: Asker) -> Clause:
    """`tag.NAME:value`; the name is a parameter like the value."""
    name = term.key.removeprefix("tag.")
    if not 0 < len(name) <= MOST_TAG:
        raise wrong_value(term, "a name of 1 to 32 characters")
    inner = texts("(o.tags->>{}::text)")(term, asker)
    values = tuple(value for one in inner.values for value in (name, one))
    return Clause(inner.sql, values)


def has(term: Term, asker: Asker) -> Clause:
    """`has:tag.NAME`, `has:user`, `has:release`."""
    if term.op not in EXACT or len(term.values) != 1:
        raise wrong_op(term)
    given = term.values[0].text
    if given.startswith("tag."):
        return Clause("o.tags ? {}::text", (given.removeprefix("tag."),))
    known = {"user": "o.user_hash is not null", "release": "o.release <> ''", "trace": "o.trace is not null"}
    if given not in known:
        raise wrong_value(term, "tag.NAME, user, release or trace")
    return Clause(known[given])


KEYS: Final[dict[str, Make]] = {
    "environment": texts("o.environment"),
    "service": texts("o.service"),
    "release": texts("o.release"),
    "route": texts("o.route"),
    "level": words("o.level", LEVELS, ordered=True),
    "handled": truth("o.handled"),
    "user": user,
    "trace": trace,
    "has": has,
}
BY_SALT: Final = frozenset({"user.id", "user.email", "user.name", "user.ip"})
SPECIAL: Final = frozenset({"project", "issue", "event"}) | BY_SALT
ALL_KEYS: Final = tuple(sorted(KEYS.keys() | SPECIAL))


class EventQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`people`: what users are called by their application; hashed by whoever knows the projects' salts."""

    clauses: tuple[Clause, ...] = ()
    slugs: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


def read(text: str, asker: Asker) -> EventQuery:
    """BadQuery says what is wrong and where. Text is searched in issues: their words, then their events."""
    terms = parse(text)
    clauses: list[Clause] = []
    for term in terms:
        if term.key.startswith("tag."):
            clauses.append(negated(tag(term, asker), term))
        elif term.key in KEYS:
            clauses.append(negated(KEYS[term.key](term, asker), term))
        elif term.key not in SPECIAL:
            raise unknown(term)
    return EventQuery(
        clauses=tuple(clauses),
        slugs=named(terms, "project"),
        issues=named(terms, "issue"),
        events=named(terms, "event"),
        people=tuple(value for key in sorted(BY_SALT) for value in named(terms, key)),
    )


def named(terms: tuple[Term, ...], key: str) -> tuple[str, ...]:
    found: list[str] = []
    for term in terms:
        if term.key == key:
            if term.op not in EXACT or term.negated or any(one.prefix for one in term.values):
                raise wrong_op(term)
            found += [one.text for one in term.values]
    return tuple(found)


def unknown(term: Term) -> BadQuery:
    if not term.key:
        return refuse("bad_text", "text is searched in issues, not in events", term.position, term.length)
    close = min(ALL_KEYS, key=lambda known: distance(known, term.key))
    near = distance(close, term.key) <= max(1, len(term.key) // 3)
    hint = f"did you mean '{close}'?" if near else "events have no such key"
    return refuse("unknown_key", f"'{term.key}': {hint}", term.position + term.negated, len(term.key))
