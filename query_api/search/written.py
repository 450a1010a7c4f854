"""A parsed query back as text: `parse(written(parse(text)))` is `parse(text)`."""

from collections.abc import Iterable

from query_api.search.grammar import One, Op, Term


def written(terms: Iterable[Term]) -> str:
    return " ".join(term_text(term) for term in terms)


def term_text(term: Term) -> str:
    sign = "-" if term.negated else ""
    return f"{sign}{term.key}:{value_text(term)}" if term.key else sign + one_text(term.values[0])


def value_text(term: Term) -> str:
    values = [one_text(value) for value in term.values]
    match term.op:
        case Op.IS:
            return values[0]
        case Op.ANY:
            return f"[{','.join(values)}]"
        case Op.RANGE:
            return "..".join(values)
        case Op.MORE | Op.AT_LEAST | Op.LESS | Op.AT_MOST:
            return term.op + values[0]


def one_text(one: One) -> str:
    star = "*" if one.prefix else ""
    if not one.quoted:
        return one.text + star
    escaped = one.text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"{star}'
