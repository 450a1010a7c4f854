"""The SQL of the queue: claiming, settling, and what follows. Instants by PostgreSQL's clock alone."""

from typing import Final

CLAIM: Final = """
with due as (
    select found.delivery_id from unnest(%(channels)s::text[], %(free)s::int[]) as lane(channel, free)
    cross join lateral (
        select d.delivery_id from deliveries d where d.state in ('pending', 'retry') and d.delivery_id in (
            select r.delivery_id from (
                select w.delivery_id, w.urgency, w.next_attempt_at, row_number() over (
                    partition by w.destination_id order by w.urgency, w.next_attempt_at) as place
                from (
                    select * from deliveries v
                    where v.state in ('pending', 'retry') and v.next_attempt_at <= now_ms()
                        and v.channel = lane.channel and v.destination_id <> all(%(busy)s)
                        and (v.severity = 3 or (v.channel <> all(%(ill)s) and v.destination_id <> all(%(ill)s)))
                    order by v.urgency, v.next_attempt_at limit 256
                ) w
            ) r where r.place <= %(each)s order by r.urgency, r.next_attempt_at limit 64)
        order by d.urgency, d.next_attempt_at limit lane.free for update skip locked
    ) found
), claimed as (
    update deliveries d set state = 'sending', attempt = d.attempt + 1, lease_owner = %(owner)s,
        lease_until = now_ms() + %(lease_ms)s
    from due where d.delivery_id = due.delivery_id
    returning d.*
), begun as (
    insert into delivery_attempts (delivery_id, attempt, started_at, verdict, code, detail)
    select delivery_id, attempt, now_ms(), '', '', '' from claimed
)
select c.delivery_id, c.project_id, c.issue_id, c.episode_id, c.kind, c.recipient, c.channel, c.destination_id,
    c.severity, c.attempt, c.template, c.content, c.decided_at, c.thread_ref, now_ms() as at,
    (select e.state from episodes e where e.episode_id = c.episode_id) as episode_state,
    (select t.thread_ref from deliveries t where t.episode_id = c.episode_id and t.destination_id = c.destination_id
        and t.thread_ref is not null order by t.accepted_at limit 1) as thread,
    exists (select 1 from delivery_attempts a where a.delivery_id = c.delivery_id and a.verdict = 'lost') as lost
from claimed c order by c.urgency, c.next_attempt_at
"""

RENDERED: Final = """
update deliveries set content = %(content)s, template = %(template)s
where delivery_id = %(delivery_id)s and state = 'sending' and attempt = %(attempt)s
"""

SETTLED: Final = """
with settled as (
    update deliveries set state = %(state)s, reason = %(reason)s, lease_owner = null, lease_until = null,
        next_attempt_at = case when %(state)s = 'retry' then now_ms() + %(wait_ms)s else next_attempt_at end,
        provider_id = coalesce(nullif(%(provider_id)s, ''), provider_id),
        thread_ref = coalesce(nullif(%(thread_ref)s, ''), thread_ref),
        accepted_at = case when %(state)s in ('accepted', 'delivered') then now_ms() else accepted_at end,
        finished_at = case when %(state)s in ('retry', 'sending', 'unknown') then null else now_ms() end
    where delivery_id = %(delivery_id)s and state = 'sending' and attempt = %(attempt)s
    returning episode_id, state
), ended as (
    update delivery_attempts set ended_at = now_ms(), verdict = %(verdict)s, code = %(code)s, detail = %(detail)s
    where delivery_id = %(delivery_id)s and attempt = %(attempt)s and ended_at is null
), first as (
    update episodes e set first_accepted_at = now_ms() from settled s
    where e.episode_id = s.episode_id and e.first_accepted_at is null and s.state in ('accepted', 'delivered')
)
select now_ms() as at from settled
"""

EXPIRED: Final = """
with lost as (
    select delivery_id from deliveries where state = 'sending' and lease_until < now_ms()
        and delivery_id <> all(%(held)s)
    order by lease_until limit 64 for update skip locked
)
update deliveries d set lease_owner = %(owner)s, lease_until = now_ms() + %(lease_ms)s
from lost where d.delivery_id = lost.delivery_id
returning d.delivery_id, d.project_id, d.issue_id, d.episode_id, d.kind, d.recipient, d.channel, d.severity, d.attempt,
    d.decided_at, now_ms() as at
"""

CHILDREN: Final = """
select d.content, coalesce(e.state, 'closed') as state
from deliveries d left join episodes e using (episode_id)
where d.bundle_id = %(bundle_id)s and (d.state = 'bundled' or %(all)s) order by d.decided_at
"""

SIBLINGS: Final = """
select state, content from deliveries where episode_id = %(episode_id)s and step_id = (
    select step_id from deliveries where delivery_id = %(delivery_id)s)
"""

FALLBACK: Final = """
update deliveries set next_attempt_at = now_ms(), reason = 'fallback' where delivery_id in (
    select distinct on (w.step_id, w.recipient) w.delivery_id from deliveries w
    where w.state = 'pending' and w.next_attempt_at > now_ms() and w.severity >= 2 and w.step_id is not null
        and exists (select from deliveries o where o.episode_id = w.episode_id and o.step_id = w.step_id
            and o.recipient = w.recipient and o.delivery_id <> w.delivery_id
            and (o.state = 'failed' or (o.state in ('retry', 'sending') and o.attempt >= 2)
                or (w.severity = 3 and o.state in ('retry', 'sending') and o.decided_at < now_ms() - 10000)))
        and not exists (select from deliveries o where o.episode_id = w.episode_id and o.step_id = w.step_id
            and o.recipient = w.recipient and o.state in ('accepted', 'delivered', 'read'))
    order by w.step_id, w.recipient, w.next_attempt_at)
and state = 'pending'
"""

WAITING_LONG: Final = """
select count(*) as waiting from deliveries
where severity = 3 and state in ('pending', 'retry', 'sending') and next_attempt_at < now_ms() - 30000
    and decided_at < now_ms() - 30000
"""

REQUESTED: Final = """
select m.request_id, m.kind, m.recipient, m.channel, m.address, m.body, m.actor, m.created_at, m.expires_at,
    m.project_id
from message_requests m
where m.created_at > now_ms() - 86400000 and m.expires_at > now_ms()
    and not exists (select from deliveries d where d.notice_id = m.request_id)
order by m.created_at limit 100
"""

RECEIVED: Final = """
update deliveries set state = %(state)s, provider_rank = %(rank)s,
    reason = case when %(reason)s = '' then reason else %(reason)s end,
    provider_id = coalesce(provider_id, nullif(%(provider_id)s, '')),
    accepted_at = coalesce(accepted_at, now_ms()), finished_at = now_ms()
where delivery_id = %(delivery_id)s and provider_rank < %(rank)s
    and state in ('sending', 'accepted', 'delivered', 'read', 'retry', 'unknown')
"""

DISABLE: Final = """
insert into destinations (destination_id, channel, failures, disabled_why, window_counts)
values (%(destination_id)s, %(channel)s, 1, %(why)s, jsonb_build_object('address', %(address)s::text))
on conflict (destination_id) do update set disabled_why = excluded.disabled_why,
    window_counts = excluded.window_counts, failures = destinations.failures + 1
"""

BREAKER: Final = """
insert into destinations (destination_id, channel, breaker, breaker_until, window_counts)
values (%(destination_id)s, %(channel)s, %(breaker)s, %(until)s, '{}')
on conflict (destination_id) do update set breaker = excluded.breaker, breaker_until = excluded.breaker_until
"""
