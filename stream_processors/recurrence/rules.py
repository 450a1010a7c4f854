"""Which alert rules are met by an occurrence, once each until they re-arm (alerting.md 5)."""

import msgspec

from domain.facts import Facts
from schemas.issue_changed import RuleMet
from schemas.kinds import SEVERITY_NUMBER
from stream_processors.recurrence.memory import RuleState
from stream_processors.recurrence.programs import Program, Tested, tested, traced

UNKNOWN = RuleState()


class Evaluated(msgspec.Struct, frozen=True):
    """States of the rules that exist; those of rules that are gone fall out."""

    states: dict[str, RuleState]
    met: tuple[RuleMet, ...]


def evaluated(before: dict[str, RuleState], programs: tuple[Program, ...], facts: Facts) -> Evaluated:
    states: dict[str, RuleState] = {}
    met: list[RuleMet] = []
    severity = SEVERITY_NUMBER[facts.severity]
    for program in programs:
        known = before.get(program.key, UNKNOWN)
        failed, value = tested(program, facts, severity)
        if failed != known.failed or value != known.value or known.on is not (failed < 0) or known.on:
            state = _state(known, (failed, value), program, facts.at)
            if state.on and state is not known:
                met.append(_met(program, facts))
            known = state
        states[program.key] = known
    return Evaluated(states, tuple(met))


def rearmed(states: dict[str, RuleState]) -> dict[str, RuleState]:
    """The issue was closed and comes back: what was met then may be met again at once."""
    return {key: RuleState(met_at=state.met_at) for key, state in states.items()}


def _met(program: Program, facts: Facts) -> RuleMet:
    trace = traced(program, facts)
    return RuleMet(id=program.rule_id, version=program.version, policy=program.rule.policy, trace=trace)


def _state(known: RuleState, found: Tested, program: Program, at: int) -> RuleState:
    """Met anew when it was false in between, or `rearm_s` ago."""
    failed, value = found
    if failed >= 0:
        return RuleState(False, known.met_at, failed, float(value))
    if known.on and at - known.met_at < program.rule.rearm_s * 1000:
        return known
    return RuleState(True, at)
