"""The decision's transaction: the decision itself, the episode, what it cancels, the rows that will be sent."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import psycopg
from psycopg.rows import DictRow

from notifier import statements
from notifier.broken import still_disabled
from notifier.holding import overlays_of
from notifier.pacing import Pace, group_of, paced
from notifier.plan import Considered, Decision, Memory, Told, World
from notifier.postgres import connect
from notifier.rows import considered, decided, episode, planned
from runtime.consumer import BadBatch, Unavailable
from schemas.alert_step import AlertStep
from schemas.kinds import AlertState, Channel, StepKind
from schemas.record import Instant

ENDS: Final = frozenset({StepKind.ACKED, StepKind.CLOSED})
Decide = Callable[[AlertStep, Memory, Instant], Decision]
Hook = Callable[[str], None]


class Recorded(msgspec.Struct, frozen=True):
    """A step with its stored decision; `again`: it was there before."""

    step: AlertStep
    considered: tuple[Considered, ...]
    at: Instant
    again: bool = False


class Scene(msgspec.Struct, frozen=True):
    """What is the same for all steps of a batch; `at` by PostgreSQL's clock."""

    world: World
    disabled: frozenset[str]
    at: Instant


class Ledger:
    """Used by the consumer's thread alone. Connects anew after a failure."""

    def __init__(self, address: str, hook: Hook) -> None:
        self.address = address
        self.hook = hook
        self.connection: psycopg.Connection[DictRow] | None = None

    def record(self, steps: Sequence[AlertStep], world: World, decide: Decide) -> list[Recorded]:
        """All in one transaction. A step that is known is answered from its row: a replay decides nothing."""
        try:
            if self.connection is None or self.connection.closed:
                self.connection = connect(self.address)
            with self.connection.transaction():
                found = self._known(steps)
                scene = Scene(world, self._disabled(world), self._now())
                done = [found.get(step.step_id) or self._decide(step, scene, decide) for step in steps]
            self.hook("committed")
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise Unavailable(str(error)) from error
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise BadBatch(str(error)) from error
        return done

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _known(self, steps: Sequence[AlertStep]) -> dict[str, Recorded]:
        by_id = {step.step_id: step for step in steps}
        rows = self._run(statements.KNOWN, {"steps": list(by_id)}).fetchall()
        return {row["step_id"]: _recorded(by_id[row["step_id"]], row) for row in rows}

    def _decide(self, step: AlertStep, scene: Scene, decide: Decide) -> Recorded:
        at = scene.at
        decision = decide(step, self._memory(step, scene), at)
        decision = paced(decision, self._paces(decision, at), at, scene.world.alone_per_minute)
        row = self._run(statements.DECIDED, decided(decision, at, scene.world.offset)).fetchone()
        if row is None:  # another process was here a moment ago, or the batch holds the step twice
            return self._known([step])[step.step_id]
        self.hook("decision written")
        if step.number:  # a word to an assignee may come before the issue ever alarmed
            self._run(statements.EPISODE_MOVED, episode(decision))
        if step.kind in ENDS:
            self._run(statements.CANCELLED, {"episode": step.episode_id, "reason": str(step.kind)})
        self.hook("episode written")
        self._plan(decision, at)
        self.hook("rows written")
        return Recorded(step, decision.considered, at)

    def _plan(self, decision: Decision, at: Instant) -> None:
        rows = [planned(delivery, at) for delivery in decision.deliveries]
        if rows:
            self._cursor().executemany(statements.PLANNED, rows)
        joined = [row for row in rows if row["bundle_id"]]
        if joined:
            self._cursor().executemany(statements.JOINED, joined)

    def _paces(self, decision: Decision, at: Instant) -> dict[str, Pace]:
        """What the group of each delivery was told lately; none for what is never grouped."""
        groups = {delivery.delivery_id: group_of(delivery, decision) for delivery in decision.deliveries}
        return {id_: self._pace(group, at) for id_, group in groups.items() if group}

    def _pace(self, group: str, at: Instant) -> Pace:
        """A bundle that waits is locked: it is not sent before its new child is in."""
        params = {"group": f"group:{group}", "bundle": "bundle", "at": at}
        row = self._run(statements.PACE, params).fetchone()
        assert row is not None
        return Pace(alone=row["alone"], led_at=row["led_at"], bundle=row["bundle"])

    def _memory(self, step: AlertStep, scene: Scene) -> Memory:
        row = self._run(statements.EPISODE, {"episode": step.episode_id}).fetchone()
        told = self._run(statements.TOLD, {"episode": step.episode_id}).fetchall() if row else []
        return Memory(
            state=AlertState(row["state"]) if row else AlertState.IDLE,
            acked_by=(row["acked_by"] or "") if row else "",
            subject=(row["subject"] or "") if row else "",
            told=tuple(Told(one["recipient"], Channel(one["channel"]), one["destination_id"]) for one in told),
            disabled=scene.disabled,
            firing=self._firing(step) if overlays_of(step.project_id, scene.world).inhibitions else (),
        )

    def _disabled(self, world: World) -> frozenset[str]:
        rows = self._run(statements.DISABLED, {}).fetchall()
        return still_disabled([(row["destination_id"], row["address"] or "") for row in rows], world)

    def _firing(self, step: AlertStep) -> tuple[dict[str, str], ...]:
        params = {"projects": [step.project_id], "not": [step.episode_id]}
        return tuple(row["labels"] for row in self._run(statements.FIRING, params))

    def _now(self) -> Instant:
        row = self._run("select (extract(epoch from clock_timestamp()) * 1000)::bigint as at", {}).fetchone()
        assert row is not None
        return int(row["at"])

    def _run(self, statement: str, params: dict[str, object]) -> psycopg.Cursor[DictRow]:
        return self._cursor().execute(statement.encode(), params)

    def _cursor(self) -> psycopg.Cursor[Any]:
        assert self.connection is not None
        return self.connection.cursor()


def _recorded(step: AlertStep, row: dict[str, Any]) -> Recorded:
    found = considered(msgspec.json.encode(row["recipients"]))
    return Recorded(step, found, row["at"], again=True)
