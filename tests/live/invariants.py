"""The promises as questions to the stores, after a load with faults (reliability.md 3)."""

import time
from collections import Counter, defaultdict
from typing import Any

import msgspec

from local_stack.load import Ledger
from tests.live import memory
from tests.live.running import Running, wait_until


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Each field is empty or zero when the promise held."""

    missing: list[str]  # I1: accepted, not stored
    twice: list[str]  # I2: stored more than once
    invented: list[str]  # I3: stored, though refused or never sent
    miscounted: list[tuple[str, int, int]]  # I4: (issue, counted, stored)
    misremembered: list[str]  # I4: the stage's memory against a slow count of the rows
    split_groups: int  # I4: groups of the load that are not exactly one issue
    not_in_documents: int  # I5
    unbalanced: int  # I5: appended - stored - duplicate - dead
    dead: int  # I8: dead letters, none were planted
    untold: list[str]  # I6: steps that are due and reached nobody
    unsent: list[str]  # I6: deliveries recorded as accepted that no mail proves
    repeated: int  # I6: mails beyond the first of a delivery

    def broken(self, allowed_repeats: int = 0) -> dict[str, Any]:
        """Which promises did not hold; mails may repeat as often as a notifier died."""
        held = msgspec.structs.replace(self, repeated=max(0, self.repeated - allowed_repeats))
        return {name: value for name, value in msgspec.structs.asdict(held).items() if value}


def settle(running: Running, ledger: Ledger, timeout_s: float = 120.0) -> None:
    """Until the pipeline has passed the last event, and nothing waits to be sent."""
    last_ms = int(max(sent.acked_at for sent in ledger.lines) * 1000)
    wait_until("all accepted events stored", lambda: not (ledger.accepted - stored_ids(running)), timeout_s)
    wait_until("the watermark beyond the last event", lambda: watermark(running) > last_ms, timeout_s)
    waiting = "select count(*) from deliveries where state in ('pending', 'sending', 'retry', 'unknown')"
    wait_until("no delivery waits", lambda: running.one(waiting) == 0, timeout_s)
    wait_until("documents caught up", lambda: not documents_missing(running), timeout_s)


def watermark(running: Running) -> int:
    found = running.one("select min(watermark_at) from sink_positions where topic = 'issue-changes'")
    return int(found or 0)


def stored_ids(running: Running) -> set[str]:
    return {row["id"] for row in running.rows("select replace(event_id::text, '-', '') as id from occurrences")}


def documents_missing(running: Running) -> int:
    there = {str(found["_id"]).split(":")[1] for found in running.documents("events", _id=1)}
    return len(stored_ids(running) - there)


def examine(running: Running, ledger: Ledger, groups: int) -> Found:
    stored = [row["id"] for row in running.rows("select replace(event_id::text, '-', '') as id from occurrences")]
    ours = {sent.event_id for sent in ledger.lines}
    appended = running.records("error-events")
    dead = len(running.topic("dead-letters"))
    untold, unsent, repeated = told(running)
    return Found(
        missing=sorted(ledger.accepted - set(stored)),
        twice=sorted(event for event, times in Counter(stored).items() if times > 1),
        invented=sorted(event for event in set(stored) if event in ours and event not in ledger.possible),
        miscounted=miscounted(running),
        misremembered=memory.wrong(running),
        split_groups=split_groups(running, ledger, groups),
        not_in_documents=documents_missing(running),
        unbalanced=len(appended) - len(stored) - duplicates(running) - dead,
        dead=dead,
        untold=untold,
        unsent=unsent,
        repeated=repeated,
    )


def duplicates(running: Running) -> int:
    return int(running.one("select coalesce(sum(events), 0) from outcomes where reason = 'duplicate'"))


def miscounted(running: Running) -> list[tuple[str, int, int]]:
    """Rows against the counters that were grown from them."""
    rows = running.rows(
        "select c.issue_id::text as issue, c.times_seen, count(o.*) as stored"
        " from issue_counts c left join occurrences o using (issue_id) group by 1, 2"
    )
    return [(row["issue"], row["times_seen"], row["stored"]) for row in rows if row["times_seen"] != row["stored"]]


def split_groups(running: Running, ledger: Ledger, groups: int) -> int:
    group_of = {sent.event_id: sent.group for sent in ledger.lines}
    issues: dict[int, set[str]] = defaultdict(set)
    for row in running.rows("select replace(event_id::text, '-', '') as id, issue_id::text as issue from occurrences"):
        if row["id"] in group_of:
            issues[group_of[row["id"]]].add(row["issue"])
    shared = Counter(issue for found in issues.values() for issue in found)
    return sum(len(found) != 1 for found in issues.values()) + sum(times > 1 for times in shared.values())


def told(running: Running) -> tuple[list[str], list[str], int]:
    """Opening steps without an accepted delivery; accepted deliveries without a mail; mails beyond one."""
    untold = running.rows(
        "select step_id from alert_steps s where kind = 'open' and not exists"
        " (select from deliveries d left join deliveries b on b.delivery_id = d.bundle_id"
        " where d.step_id = s.step_id and coalesce(b.state, d.state) in ('accepted', 'delivered', 'read'))"
    )
    sent = Counter(str(mail["Message-ID"]).strip("<>").split("@")[0] for mail in running.mails())
    accepted = running.rows("select delivery_id from deliveries where channel = 'email' and state = 'accepted'")
    unsent = [row["delivery_id"] for row in accepted if row["delivery_id"] not in sent]
    return [row["step_id"] for row in untold], unsent, sum(sent.values()) - len(sent)


def pause(seconds: float) -> None:
    """Load runs meanwhile; a live test may wait, a unit test never does."""
    time.sleep(seconds)
