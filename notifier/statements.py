"""The SQL of decisions and of what is held back. Instants come from PostgreSQL's clock alone (`now_ms()`)."""

from typing import Final

KNOWN: Final = "select step_id, recipients, at from decisions where step_id = any(%(steps)s)"

EPISODE: Final = """
select state, acked_by, labels ->> 'subject' as subject from episodes where episode_id = %(episode)s
"""

TOLD: Final = """
select distinct d.recipient, d.channel, d.destination_id from deliveries d
left join deliveries b on d.state = 'bundled' and b.delivery_id = d.bundle_id
where d.episode_id = %(episode)s
    and coalesce(b.state, d.state) in ('sending', 'accepted', 'delivered', 'read', 'retry', 'unknown')
order by d.recipient, d.channel, d.destination_id
"""

FIRING: Final = """
select project_id, episode_id, labels from episodes
where project_id = any(%(projects)s) and state = 'firing' and episode_id <> all(%(not)s::uuid[])
order by opened_at desc limit 1000
"""

PACE: Final = """
with waits as materialized (
    select delivery_id from deliveries where notice_id = %(group)s and kind = %(bundle)s and state = 'pending'
    order by delivery_id limit 1 for update
)
select coalesce((select delivery_id from waits), '') as bundle,
    count(*) filter (where kind <> %(bundle)s and decided_at > %(at)s - 60000) as alone,
    coalesce(max(decided_at) filter (where kind <> %(bundle)s), 0) as led_at
from deliveries where notice_id = %(group)s and decided_at > %(at)s - 86400000
"""

JOINED: Final = """
update deliveries set severity = greatest(severity, %(severity)s), urgency = least(urgency, %(urgency)s)
where delivery_id = %(bundle_id)s and state = 'pending' returning delivery_id
"""

SUPPRESSED: Final = """
select d.delivery_id, d.channel, d.destination_id, d.address_hint, d.content, d.project_id,
    coalesce(e.state, 'firing') as state, coalesce(e.labels, '{}') as labels
from deliveries d left join episodes e using (episode_id)
where d.state = 'suppressed' and d.recheck_at <= now_ms()
order by d.recheck_at limit 500 for update of d skip locked
"""

REJUDGE_ALL: Final = """
update deliveries set recheck_at = now_ms() where state = 'suppressed' and recheck_at > now_ms()
"""

MOVED: Final = """
update deliveries set state = %(state)s, reason = %(reason)s, recheck_at = %(recheck_at)s, bundle_id = %(bundle_id)s,
    next_attempt_at = case when %(state)s = 'pending' then now_ms() else next_attempt_at end,
    finished_at = case when %(state)s in ('cancelled', 'bundled') then now_ms() else null end
where delivery_id = %(delivery_id)s and state = 'suppressed'
"""

DISABLED: Final = """
select destination_id, window_counts ->> 'address' as address from destinations where disabled_why is not null
"""

DECIDED: Final = """
insert into decisions (step_id, episode_id, project_id, at, settings_position, recipients)
values (%(step_id)s, %(episode_id)s, %(project_id)s, %(at)s, %(offset)s, %(recipients)s)
on conflict (step_id) do nothing returning step_id
"""

EPISODE_MOVED: Final = """
insert into episodes as e (episode_id, issue_id, project_id, number, seq, state, severity, rule_ids, team, policy,
    labels, position, opened_at, acked_at, acked_by, closed_at, closed_why)
values (%(episode_id)s, %(issue_id)s, %(project_id)s, %(number)s, %(seq)s, coalesce(%(state)s, 'firing'),
    %(severity)s, %(rules)s, %(team)s, %(policy)s, %(labels)s, %(position)s, %(at)s, %(acked_at)s, %(acked_by)s,
    %(closed_at)s, %(closed_why)s)
on conflict (episode_id) do update set
    seq = greatest(e.seq, excluded.seq),
    state = case %(kind)s
        when 'acked' then 'acked' when 'unacked' then 'firing' when 'closed' then 'closed'
        when 'reopened' then case when e.acked_at is null then 'firing' else 'acked' end
        else e.state end,
    severity = greatest(e.severity, excluded.severity),
    rule_ids = array(select distinct unnest(e.rule_ids || excluded.rule_ids)),
    team = coalesce(excluded.team, e.team), policy = coalesce(e.policy, excluded.policy),
    labels = e.labels || (excluded.labels - 'subject'),
    position = excluded.position,
    acked_at = case %(kind)s when 'acked' then excluded.acked_at when 'unacked' then null else e.acked_at end,
    acked_by = case %(kind)s when 'acked' then excluded.acked_by when 'unacked' then null else e.acked_by end,
    closed_at = case %(kind)s when 'closed' then excluded.closed_at when 'reopened' then null else e.closed_at end,
    closed_why = case %(kind)s when 'closed' then excluded.closed_why when 'reopened' then null else e.closed_why end
"""

CANCELLED: Final = """
update deliveries d set state = 'cancelled', reason = %(reason)s, finished_at = now_ms()
where d.episode_id = %(episode)s and (d.state in ('pending', 'retry') or d.state = 'bundled' and exists (
    select from deliveries b where b.delivery_id = d.bundle_id and b.state = 'pending'))
returning delivery_id, project_id, issue_id, episode_id, recipient, channel, kind, state, reason, attempt
"""

PLANNED: Final = """
insert into deliveries (delivery_id, project_id, issue_id, episode_id, step_id, notice_id, kind, recipient, channel,
    destination_id, address_hint, severity, urgency, state, reason, next_attempt_at, recheck_at, bundle_id, template,
    content, received_at, decided_at)
values (%(delivery_id)s, %(project_id)s, %(issue_id)s, %(episode_id)s, %(step_id)s, %(notice_id)s, %(kind)s,
    %(recipient)s, %(channel)s, %(destination_id)s, %(address_hint)s, %(severity)s, %(urgency)s, %(state)s, %(reason)s,
    %(decided_at)s + %(delay_s)s * 1000, %(recheck_at)s, %(bundle_id)s, '', %(content)s, %(received_at)s,
    %(decided_at)s)
on conflict (delivery_id) do nothing
"""
