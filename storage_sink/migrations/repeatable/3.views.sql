-- Answers for people and reports. Every view reads with its reader's rights (security_invoker).

drop view if exists developer_workload, issue_trends, recurring_issues, issue_impact, delivery_success, response_times,
    rule_noise, pipeline_freshness, loss_accounting, service_health, issue_hourly, projects, people;

create view projects with (security_invoker = true) as
select project_id, value->>'slug' as slug, value->>'name' as name, value->>'team' as team,
    coalesce((value->>'active')::boolean, true) as active,
    coalesce((value->>'retention_days')::integer, 90) as retention_days
from settings where kind = 'project' and value is not null;

create view people with (security_invoker = true) as
select substr(setting_id, 8) as person, value->>'name' as name, value->>'email' as email,
    coalesce((value->>'active')::boolean, true) as active, coalesce((value->>'staff')::boolean, false) as staff,
    coalesce(value->>'zone', 'UTC') as zone, coalesce((value->>'capacity')::integer, 5) as capacity,
    coalesce(value->'roles', '{}') as roles
from settings where kind = 'person' and value is not null;

create view issue_hourly with (security_invoker = true) as
select d.project_id, d.issue_id, day_start(d.day) + (h.n - 1) * 3600000 as hour_at, h.times_seen
from issue_daily d, unnest(d.hours) with ordinality as h (times_seen, n) where h.times_seen > 0;

-- load = 3 critical + 2 high + 1 medium + pages of 24 h / 2 (alerting.md 10).
create view developer_workload with (security_invoker = true) as
with held as (
    select assignee,
        count(*) filter (where severity = 3) as critical, count(*) filter (where severity = 2) as high,
        count(*) filter (where severity = 1) as medium, count(*) filter (where severity = 0) as low
    from issues where assignee is not null and is_open group by assignee
), acked as (
    select acked_by, count(*) as episodes from episodes where acked_by is not null and state = 'acked' group by acked_by
), paged as (
    select recipient, count(*) as pages from deliveries
    where decided_at > now_ms() - 86400000 and severity >= 2 and kind in ('open', 'escalate', 'reopened', 'unacked')
        and state in ('accepted', 'delivered', 'read')
    group by recipient
)
select p.person, p.name, p.capacity,
    coalesce(h.critical, 0) as critical, coalesce(h.high, 0) as high, coalesce(h.medium, 0) as medium,
    coalesce(h.low, 0) as low, coalesce(a.episodes, 0) as acked, coalesce(g.pages, 0) as pages_24h,
    3 * coalesce(h.critical, 0) + 2 * coalesce(h.high, 0) + coalesce(h.medium, 0)
        + coalesce(g.pages, 0) / 2.0::float8 as load
from people p
left join held h on h.assignee = 'person:' || p.person
left join acked a on a.acked_by = 'person:' || p.person
left join paged g on g.recipient = 'person:' || p.person
where p.active;

-- The last 7 whole days against the 7 before. The ratio is a trend when its 95 % interval excludes 1;
-- `phi` is the dispersion of the daily counts (alerting.md 13). float8: numeric ln is nine times slower.
create view issue_trends with (security_invoker = true) as
with counted as (
    select project_id, issue_id,
        sum(times_seen) filter (where day >= t.today - 7)::float8 as n1,
        sum(times_seen) filter (where day < t.today - 7)::float8 as n0,
        sum(times_seen::float8 ^ 2) filter (where day >= t.today - 7) as squares1,
        sum(times_seen::float8 ^ 2) filter (where day < t.today - 7) as squares0
    from issue_daily, (select day_of(now_ms()) as today offset 0) t
    where day >= t.today - 14 and day < t.today
    group by project_id, issue_id
), filled as (
    select project_id, issue_id, coalesce(n1, 0) as n1, coalesce(n0, 0) as n0,
        coalesce(squares1, 0) as squares1, coalesce(squares0, 0) as squares0
    from counted
), spread as (
    select *, greatest(1.0::float8, (
        coalesce((squares1 - n1 * n1 / 7) / nullif(n1 / 7, 0), 0)
        + coalesce((squares0 - n0 * n0 / 7) / nullif(n0 / 7, 0), 0)) / 12) as phi
    from filled
), measured as (
    select *, ln((n1 + 0.5) / (n0 + 0.5)) as log_ratio,
        1.96 * sqrt(phi * (1 / (n1 + 0.5) + 1 / (n0 + 0.5))) as half_width
    from spread
)
select project_id, issue_id, n1::bigint as last_7d, n0::bigint as before_7d, exp(log_ratio) as ratio,
    exp(log_ratio - half_width) as ratio_low, exp(log_ratio + half_width) as ratio_high,
    case when log_ratio > half_width then 'up' when log_ratio < -half_width then 'down' else 'level' end as trend
from measured;

create view recurring_issues with (security_invoker = true) as
select i.project_id, i.issue_id, i.number, i.title, i.status, i.severity, i.regressions,
    coalesce(d.days, 0) as days_30, coalesce(d.times_seen, 0) as times_seen_30d
from issues i
left join (
    select issue_id, count(*) as days, sum(times_seen)::bigint as times_seen from issue_daily
    where day > day_of(now_ms()) - 30 group by issue_id
) d using (issue_id)
where i.merged_into is null and (d.days >= 5 or i.regressions >= 2);

create view issue_impact with (security_invoker = true) as
select i.project_id, i.issue_id, i.number, i.title, i.severity, i.status, c.times_seen, i.users, i.users_exact,
    c.first_seen_at, c.last_seen_at, i.first_release,
    (select count(*) from issue_environments e where e.issue_id = i.issue_id) as environments,
    (select count(*) from issue_releases r where r.issue_id = i.issue_id) as releases,
    (select r.release from issue_releases r where r.issue_id = i.issue_id order by r.last_seen_at desc limit 1)
        as last_release
from issues i join issue_counts c using (issue_id);

create view delivery_success with (security_invoker = true) as
select project_id, day_of(decided_at) as day, channel, count(*) as decided,
    count(*) filter (where accepted_at is not null) as accepted,
    count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'suppressed') as suppressed,
    count(*) filter (where accepted_at is not null)::float8
        / nullif(count(*) filter (where accepted_at is not null or state = 'failed'), 0) as success,
    percentile_cont(0.50) within group (order by accepted_at - received_at) as p50_ms,
    percentile_cont(0.95) within group (order by accepted_at - received_at) as p95_ms,
    percentile_cont(0.99) within group (order by accepted_at - received_at) as p99_ms
from deliveries group by project_id, day_of(decided_at), channel;

-- MTTA: first page accepted to acked; MTTR: opened to resolved by a person; never acked counts apart.
create view response_times with (security_invoker = true) as
select project_id, team, day_of(opened_at) - extract(isodow from day_of(opened_at))::integer + 1 as week, severity,
    count(*) as episodes, count(acked_at) as acked,
    percentile_cont(0.5) within group (order by acked_at - first_accepted_at) as mtta_p50_ms,
    percentile_cont(0.9) within group (order by acked_at - first_accepted_at) as mtta_p90_ms,
    percentile_cont(0.5) within group (order by closed_at - opened_at) filter (where closed_why = 'resolved')
        as mttr_p50_ms,
    percentile_cont(0.9) within group (order by closed_at - opened_at) filter (where closed_why = 'resolved')
        as mttr_p90_ms,
    count(*) filter (where closed_why is distinct from 'resolved' and state = 'closed') as closed_otherwise
from episodes group by project_id, team, week, severity;

create view rule_noise with (security_invoker = true) as
with fired as (
    select e.project_id, e.episode_id, e.acked_at, e.closed_why, rule
    from episodes e, unnest(e.rule_ids) as rule where e.opened_at > now_ms() - 28 * 86400000::bigint
), voted as (
    select d.episode_id, count(*) filter (where v.vote = 'useful') as useful,
        count(*) filter (where v.vote <> 'useful') as useless
    from feedback_votes v join deliveries d using (delivery_id) group by d.episode_id
)
select f.project_id, f.rule, count(*) as episodes, count(f.acked_at) as acked,
    count(*) filter (where f.acked_at is null and f.closed_why = 'quiet') as quiet_unacked,
    coalesce(sum(v.useful), 0)::bigint as useful, coalesce(sum(v.useless), 0)::bigint as useless
from fired f left join voted v using (episode_id) group by f.project_id, f.rule;

-- Everything accepted before `fresh_at` is in these tables; 0 while a partition has passed no marker.
create view pipeline_freshness with (security_invoker = true) as
select topic, min(watermark_at) as fresh_at, max(updated_at) as updated_at, count(*) as partitions
from sink_positions where topic in ('issue-events', 'issue-changes', 'alerts') group by topic;

-- accepted = stored + duplicate + dropped + dead_letter + in_flight (design.md, promise 6).
create view loss_accounting with (security_invoker = true) as
select *, accepted - stored - duplicate - dropped - dead_letter as in_flight
from (
    select project_id, minute_at,
        coalesce(sum(events) filter (where reason = 'accepted'), 0)::bigint as accepted,
        coalesce(sum(events) filter (where reason = 'stored'), 0)::bigint as stored,
        coalesce(sum(events) filter (where reason = 'duplicate' and stage not in ('gateway', 'intake')), 0)::bigint
            as duplicate,
        coalesce(sum(events) filter (where reason like 'dropped%'), 0)::bigint as dropped,
        coalesce(sum(events) filter (where reason = 'dead_letter'), 0)::bigint as dead_letter,
        coalesce(sum(events) filter (where stage in ('gateway', 'intake') and reason not in ('received', 'accepted')
            and not starts_with(reason, 'client_discarded')), 0)::bigint as refused
    from outcomes group by project_id, minute_at
) counted;

create view service_health with (security_invoker = true) as
with seen as (
    select project_id, service,
        sum(times_seen) filter (where hour_at > now_ms() - 3600000 * 2) as last_hours,
        sum(times_seen) as last_day
    from project_hourly where hour_at > now_ms() - 86400000 group by project_id, service
), open as (
    select project_id, service, count(*) as issues, count(*) filter (where severity = 3) as critical,
        count(*) filter (where severity = 2) as high, count(*) filter (where alerting = 'firing') as firing
    from issues where is_open group by project_id, service
)
select project_id, service, coalesce(s.last_hours, 0)::bigint as events_2h, coalesce(s.last_day, 0)::bigint as events_24h,
    coalesce(o.issues, 0) as open_issues, coalesce(o.critical, 0) as critical, coalesce(o.high, 0) as high,
    coalesce(o.firing, 0) as firing
from seen s full join open o using (project_id, service);
