"""The SQL of the sink. `rows` is JSON whose names are the columns; arrays go in the order of the locks."""

from typing import Final, LiteralString

BATCH: Final[LiteralString] = """
create temporary table if not exists batch (
    project_id bigint, received_at bigint, occurred_at bigint, user_hash bigint, variant bigint, trace bigint,
    issue_id uuid, event_id uuid, level smallint, handled boolean, matched smallint, service text, environment text,
    release text, route text, title text, tags jsonb,
    source_epoch integer, source_partition smallint, source_offset bigint, source_index smallint
) on commit delete rows"""

COPY: Final[LiteralString] = "copy batch from stdin"

BEGIN_PLACES: Final[LiteralString] = """
insert into sink_positions (topic, partition, epoch, next_offset, updated_at)
select *, %(at)s from unnest(
    %(topics)s::text[], %(partitions)s::smallint[], %(epochs)s::bigint[], %(offsets)s::bigint[])
on conflict do nothing"""

LOCK_PLACES: Final[LiteralString] = """
select p.topic, p.partition, p.epoch, p.next_offset from sink_positions p
join unnest(%(topics)s::text[], %(partitions)s::smallint[]) as mine (topic, partition) using (topic, partition)
order by p.topic, p.partition for update of p"""

ADVANCE: Final[LiteralString] = """
update sink_positions p set epoch = n.epoch, next_offset = n.next_offset, updated_at = %(at)s,
    watermark_at = greatest(p.watermark_at, n.watermark_at)
from unnest(%(topics)s::text[], %(partitions)s::smallint[], %(epochs)s::bigint[], %(offsets)s::bigint[],
    %(watermarks)s::bigint[]) as n (topic, partition, epoch, next_offset, watermark_at)
where p.topic = n.topic and p.partition = n.partition"""

POSITIONS: Final[LiteralString] = "select topic, partition, epoch, next_offset from sink_positions"

TITLES: Final[LiteralString] = (
    "select replace(issue_id::text, '-', ''), title from issues where issue_id = any (%s::uuid[])"
)

NUMBERS: Final[LiteralString] = """
insert into issue_numbers as n (project_id, last_number)
select * from unnest(%s::bigint[], %s::integer[])
on conflict (project_id) do update set last_number = n.last_number + excluded.last_number
returning project_id, last_number"""

ISSUES: Final[LiteralString] = """
with given as (
    select * from jsonb_to_recordset(%(rows)s::jsonb) as r (
        issue_id uuid, project_id bigint, number integer, changed_at bigint, status text, severity smallint,
        level smallint, handled boolean, weak boolean, type text, title text, culprit text, place text, platform text,
        service text, first_release text, first_event_id uuid, first_seen_at bigint, last_seen_at bigint,
        shelf smallint, words text, plain text)
), made as (
    insert into issues (issue_id, project_id, number, changed_at, status, severity, level, handled, weak, type, title,
        culprit, place, platform, service, first_release, first_event_id)
    select issue_id, project_id, number, changed_at, status, severity, level, handled, weak, type, title,
        culprit, place, platform, service, first_release, first_event_id
    from given order by issue_id on conflict do nothing returning issue_id
), counted as (
    insert into issue_counts (issue_id, project_id, times_seen, first_seen_at, last_seen_at, last_event_id, shelf)
    select issue_id, project_id, 0, first_seen_at, last_seen_at, first_event_id, shelf
    from given join made using (issue_id) order by issue_id
)
insert into issue_search (issue_id, project_id, words, plain)
select issue_id, project_id, words, plain from given join made using (issue_id) order by issue_id"""

STORE: Final[LiteralString] = """
with claimed as (
    insert into event_claims (project_id, event_id, issue_id, received_at, source_epoch, source_partition,
        source_offset, source_index)
    select project_id, event_id, issue_id, received_at, source_epoch, source_partition, source_offset, source_index
    from batch order by project_id, event_id
    on conflict do nothing returning project_id, event_id
), stored as (
    insert into occurrences (project_id, received_at, occurred_at, user_hash, variant, trace, issue_id, event_id, level,
        handled, matched, service, environment, release, route, title, tags)
    select b.project_id, b.received_at, b.occurred_at, b.user_hash, b.variant, b.trace, b.issue_id, b.event_id, b.level,
        b.handled, b.matched, b.service, b.environment, b.release, b.route, b.title, b.tags
    from batch b join claimed using (project_id, event_id)
)
select project_id, replace(event_id::text, '-', '') from claimed"""

CLAIMS: Final[LiteralString] = """
select c.project_id, replace(c.event_id::text, '-', ''), c.source_epoch, c.source_partition, c.source_offset,
    c.source_index
from event_claims c
join unnest(%s::bigint[], %s::uuid[]) as asked (project_id, event_id) using (project_id, event_id)"""

COUNTS: Final[LiteralString] = """
insert into issue_counts as c (issue_id, project_id, times_seen, first_seen_at, last_seen_at, last_event_id, shelf)
select *, 1 from unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::uuid[])
on conflict (issue_id) do update set times_seen = c.times_seen + excluded.times_seen,
    first_seen_at = least(c.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(c.last_seen_at, excluded.last_seen_at),
    last_event_id = case when excluded.last_seen_at >= c.last_seen_at then excluded.last_event_id
        else c.last_event_id end"""

ENVIRONMENTS: Final[LiteralString] = """
insert into issue_environments as e (issue_id, environment, project_id, times_seen, first_seen_at, last_seen_at)
select * from unnest(%s::uuid[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
on conflict (issue_id, environment) do update set times_seen = e.times_seen + excluded.times_seen,
    first_seen_at = least(e.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(e.last_seen_at, excluded.last_seen_at)"""

RELEASES: Final[LiteralString] = """
insert into issue_releases as r (issue_id, release, project_id, times_seen, first_seen_at, last_seen_at)
select * from unnest(%s::uuid[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
on conflict (issue_id, release) do update set times_seen = r.times_seen + excluded.times_seen,
    first_seen_at = least(r.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(r.last_seen_at, excluded.last_seen_at)"""

DAILY: Final[LiteralString] = """
insert into issue_daily as d (issue_id, day, project_id, times_seen, hours)
select issue_id, date '1970-01-01' + day, project_id, times_seen, hours::integer[]
from unnest(%s::uuid[], %s::integer[], %s::bigint[], %s::integer[], %s::text[])
    as n (issue_id, day, project_id, times_seen, hours)
on conflict (issue_id, day) do update set times_seen = d.times_seen + excluded.times_seen,
    hours = array(select coalesce(a, 0) + coalesce(b, 0)
        from unnest(d.hours, excluded.hours) with ordinality as h (a, b, n) order by n)"""

HOURLY: Final[LiteralString] = """
insert into project_hourly as h (project_id, hour_at, environment, service, level, times_seen)
select * from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::smallint[], %s::integer[])
on conflict (project_id, hour_at, environment, service, level) do update
set times_seen = h.times_seen + excluded.times_seen"""
