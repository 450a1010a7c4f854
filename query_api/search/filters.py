"""What a query over issues asks for: shelves, projects, conditions, text. The table of keys is the language."""

from typing import Final

import msgspec

from domain.words import words as split_words
from query_api.problems import Flaw
from query_api.search.clauses import (
    EXACT,
    Asker,
    Clause,
    Make,
    inside,
    instants,
    negated,
    numbers,
    texts,
    truth,
    words,
    wrong_op,
    wrong_value,
)
from query_api.search.grammar import BadQuery, Op, Term, parse, refuse
from schemas.kinds import LEVEL_NUMBER, SEVERITY_NUMBER, Status

OPEN, CLOSED = 1, 2
SEVERITIES: Final = {str(word): number for word, number in SEVERITY_NUMBER.items()}
LEVELS: Final = {str(word): number for word, number in LEVEL_NUMBER.items()}
MANY: Final = 3  # characters a part of text needs: below, no index finds it

IS: Final[dict[str, tuple[Clause, tuple[int, ...]]]] = {
    **{
        str(status): (Clause("i.status = {}", (str(status),)), (OPEN,))
        for status in (Status.NEW, Status.ONGOING, Status.REGRESSED, Status.ESCALATING)
    },
    **{
        str(status): (Clause("i.status = {}", (str(status),)), (CLOSED,))
        for status in (Status.RESOLVED, Status.IGNORED, Status.SNOOZED)
    },
    "unresolved": (Clause("true"), (OPEN,)),
    "any": (Clause("true"), (OPEN, CLOSED)),
    "firing": (Clause("i.alerting = 'firing'", (), True), (OPEN, CLOSED)),
    "acked": (Clause("i.alerting = 'acked'", (), True), (OPEN, CLOSED)),
    "unassigned": (Clause("i.assignee is null"), (OPEN,)),
}
NAMED_PERSON: Final = (
    "i.assignee in (select 'person:' || q.person from people q where lower(q.name) = lower({})"
    " or lower(split_part(q.email, '@', 1)) = lower({}) or q.person = {})"
)
NAMED_TEAM: Final = (
    "i.assignee in (select q.setting_id from settings q where q.kind = 'team' and q.value is not null"
    " and (lower(q.value->>'name') = lower({}) or q.setting_id = 'team:' || {}))"
)


def assigned(term: Term, asker: Asker) -> Clause:
    if term.op not in EXACT:
        raise wrong_op(term)
    found = [holder(one.text, asker) for one in term.values]
    return Clause(" or ".join(clause.sql for clause in found), sum((clause.values for clause in found), ()))


def holder(name: str, asker: Asker) -> Clause:
    """me, none, my-teams, @name, #team, or an id as the API writes it."""
    match name:
        case "me":
            return Clause("i.assignee = {}", (f"person:{asker.person}",))
        case "none":
            return Clause("i.assignee is null")
        case "my-teams":
            return Clause("i.assignee = any ({})", (list(asker.teams),))
        case _ if name.startswith("@"):
            return Clause(NAMED_PERSON, (name[1:], name[1:], name[1:]))
        case _ if name.startswith("#"):
            return Clause(NAMED_TEAM, (name[1:], name[1:]))
        case _:
            return Clause("i.assignee = {}", (name,))


KEYS: Final[dict[str, Make]] = {
    "assigned": assigned,
    "severity": words("i.severity", SEVERITIES, ordered=True),
    "level": words("i.level", LEVELS, ordered=True),
    "service": texts("i.service"),
    "platform": texts("i.platform"),
    "type": texts("i.type"),
    "culprit": texts("i.culprit"),
    "handled": truth("i.handled"),
    "first_seen": instants("c.first_seen_at"),
    "last_seen": instants("c.last_seen_at"),
    "times_seen": numbers("c.times_seen"),
    "users_seen": numbers("i.users"),
    "regressions": numbers("i.regressions"),
    "environment": inside("issue_environments", "environment"),
    "release": inside("issue_releases", "release"),
    "first_release": texts("i.first_release"),
}
RARE: Final = frozenset({"assigned", "type"})
TEXT_KEYS: Final = frozenset({"message", "file", "function", "text"})
SPECIAL: Final = frozenset({"is", "project", "id"}) | TEXT_KEYS
ALL_KEYS: Final = tuple(sorted(KEYS.keys() | SPECIAL))


class IssueQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`words`: all of them; `part`: a piece of text. `slugs` and `ids` narrow the walk; empty: not asked."""

    shelves: tuple[int, ...] = (OPEN,)
    slugs: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    words: str = ""
    part: str = ""

    @property
    def rare(self) -> bool:
        """Whether an index on a condition finds few issues: cheaper than walking all of them."""
        return any(clause.rare for clause in self.clauses)

    @property
    def by_text(self) -> bool:
        return bool(self.words or self.part)


def read(text: str, asker: Asker) -> IssueQuery:
    """BadQuery says what is wrong and where."""
    return understood(parse(text), asker)


def understood(terms: tuple[Term, ...], asker: Asker) -> IssueQuery:
    clauses: list[Clause] = []
    shelves: set[int] = set()
    for term in terms:
        if term.key == "is":
            clause, where = status(term, asker)
            clauses.append(clause)
            shelves |= set(where)
        elif term.key in KEYS:
            rare = term.key in RARE and term.op in EXACT and not term.negated
            clauses.append(msgspec.structs.replace(negated(KEYS[term.key](term, asker), term), rare=rare))
        elif term.key and term.key not in SPECIAL:
            raise unknown_key(term)
    searched, part = text_of(terms)
    ids = named(terms, "id")
    return IssueQuery(
        shelves=tuple(sorted(shelves)) or ((OPEN, CLOSED) if ids else (OPEN,)),
        slugs=named(terms, "project"),
        ids=ids,
        clauses=tuple(clause for clause in clauses if clause.sql != "true"),
        words=searched,
        part=part,
    )


def status(term: Term, asker: Asker) -> tuple[Clause, tuple[int, ...]]:
    """`is:[a,b]` is any of them; the shelves are those where one may stand."""
    if term.op not in EXACT:
        raise wrong_op(term)
    known = IS | {"mine": (holder("me", asker), (OPEN,))}
    found = [known.get(one.text) for one in term.values]
    if any(one is None for one in found):
        raise wrong_value(term, " ".join(sorted(known)))
    parts = [one for one in found if one is not None]
    joined = Clause(" or ".join(clause.sql for clause, _ in parts), sum((clause.values for clause, _ in parts), ()))
    shelves = tuple({shelf for _, where in parts for shelf in where})
    if any(clause.sql == "true" for clause, _ in parts) and not term.negated:
        joined = Clause("true")
    return negated(joined, term), (OPEN, CLOSED) if term.negated else shelves


def named(terms: tuple[Term, ...], key: str) -> tuple[str, ...]:
    found: list[str] = []
    for term in terms:
        if term.key == key:
            if term.op not in EXACT or term.negated:
                raise wrong_op(term)
            found += [one.text for one in term.values]
    return tuple(found)


def text_of(terms: tuple[Term, ...]) -> tuple[str, str]:
    """Words that all must occur, and one part: quoted or with `*`, of 3 characters or more."""
    found: list[str] = []
    parts: list[tuple[str, Term]] = []
    for term in terms:
        if term.key and term.key not in TEXT_KEYS:
            continue
        if term.negated or term.op is not Op.IS:
            raise refuse("bad_operator", "text cannot be negated or compared", term.position, term.length)
        one = term.values[0]
        if one.quoted or one.prefix or not split_words(one.text):
            parts.append((one.text, term))
        else:
            found += split_words(one.text)
    return " ".join(found), only_part(parts)


def only_part(parts: list[tuple[str, Term]]) -> str:
    if not parts:
        return ""
    text, term = parts[-1]
    if len(parts) > 1:
        raise refuse("two_parts", "only one quoted text at a time", term.position, term.length)
    if len(text) < MANY:
        raise refuse("too_short", f"a part of text needs {MANY} characters", term.position, term.length)
    return text


def unknown_key(term: Term) -> BadQuery:
    close = min(ALL_KEYS, key=lambda known: distance(known, term.key))
    near = distance(close, term.key) <= max(1, len(term.key) // 3)
    hint = f"did you mean '{close}'?" if near else "quote it to search for the text"
    flaw = Flaw(
        code="unknown_key",
        message=f"'{term.key}': {hint}",
        parameter="query",
        position=term.position + term.negated,
        length=len(term.key),
    )
    return BadQuery(flaw)


def distance(one: str, other: str) -> int:
    """Signs to insert, drop or change between two words (Levenshtein)."""
    row = list(range(len(other) + 1))
    for number, sign in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, against in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (sign != against))
    return row[-1]
