-- Small functions that views, policies and people use. Replaced as a whole by every migration run.

create or replace function at(ms bigint) returns timestamptz language sql immutable strict parallel safe
return timestamptz 'epoch' + ms * interval '1 millisecond';

create or replace function now_ms() returns bigint language sql stable parallel safe
return (extract(epoch from now()) * 1000)::bigint;

create or replace function day_of(ms bigint) returns date language sql immutable strict parallel safe
return date '1970-01-01' + (ms / 86400000)::integer;

create or replace function day_start(day date) returns bigint language sql immutable strict parallel safe
return (day - date '1970-01-01') * 86400000::bigint;

-- The projects of this transaction: set_config('gregor.projects', '1,2', true). None: no rows.
create or replace function my_projects() returns bigint[] language sql stable parallel safe
return string_to_array(nullif(current_setting('gregor.projects', true), ''), ',')::bigint[];

-- Up to when all that was accepted is in these tables: the least watermark, and what lies in a spool.
-- Null, unknown: a partition has passed no marker, or a door has been silent for 15 s. One that is silent
-- for a minute and left nothing in its spool was taken down.
create or replace function fresh_at() returns bigint language sql stable
begin atomic
    select case
        when marks.least = 0 or doors.silent then null
        else least(marks.least, doors.oldest) end
    from (
        select coalesce(min(watermark_at), 0) as least from sink_positions
        where topic in ('issue-events', 'issue-changes', 'alerts')
    ) marks, (
        select min(spool_oldest_at) filter (where spool_oldest_at > 0) as oldest, coalesce(bool_or(
            said_at < now_ms() - 15000 and (said_at > now_ms() - 60000 or spool_oldest_at > 0)), false) as silent
        from doors
    ) doors;
end;

create or replace function audit_hash(
    prev bytea, seq bigint, at bigint, actor text, verb text, entity text, before jsonb, after jsonb, request_id text
) returns bytea language sql immutable parallel safe
return sha256(prev || convert_to(
    jsonb_build_array(seq, at, actor, verb, entity, before, after, request_id)::text, 'UTF8'));

-- Rows whose hash, or whose link to the row before, is not what their fields say. A cut tail is not seen.
create or replace function audit_broken() returns setof bigint language sql stable
begin atomic
    select a.seq from (
        select x.*, lag(x.hash, 1, ''::bytea) over (order by x.seq) as before_hash,
            lag(x.seq, 1, 0) over (order by x.seq) as before_seq
        from audit x
    ) a
    where a.prev_hash <> a.before_hash or a.seq <> a.before_seq + 1
        or a.hash <> audit_hash(a.prev_hash, a.seq, a.at, a.actor, a.verb, a.entity, a.before, a.after, a.request_id)
    order by a.seq;
end;

-- A table for each UTC day from `first` on; what fell into the default partition moves over.
-- Returns how many were made. May be repeated.
create or replace function make_days(first date, days integer) returns integer
language plpgsql security definer set search_path = gregor, pg_temp set lock_timeout = '2s' as $$
declare
    made integer := 0;
    day date;
begin
    for day in select first + n from generate_series(0, days - 1) n loop
        if to_regclass('gregor.occurrences_' || to_char(day, 'YYYYMMDD')) is null then
            perform drain_default(day);
            made := made + 1;
        end if;
    end loop;
    return made;
end $$;

create or replace function drain_default(day date) returns bigint
language plpgsql security definer set search_path = gregor, pg_temp set lock_timeout = '2s' as $$
declare
    part text := 'occurrences_' || to_char(day, 'YYYYMMDD');
    low bigint := day_start(day);
    high bigint := day_start(day + 1);
    moved bigint;
begin
    lock table occurrences_default in access exclusive mode;
    if to_regclass('gregor.' || part) is not null then
        return 0;
    end if;
    execute format('create table %I (like occurrences including defaults)', part);
    execute format('create index %I on %I (trace) where trace is not null', part || '_trace', part);
    execute format(
        'with gone as (delete from occurrences_default where received_at >= $1 and received_at < $2 returning *)
         insert into %I select * from gone', part) using low, high;
    get diagnostics moved = row_count;
    execute format('alter table occurrences attach partition %I for values from (%s) to (%s)', part, low, high);
    return moved;
end $$;

-- The day's rows and their claims. The caller has archived them and folded its users.
create or replace function drop_day(day date) returns bigint
language plpgsql security definer set search_path = gregor, pg_temp set lock_timeout = '2s' as $$
declare
    part text := 'occurrences_' || to_char(day, 'YYYYMMDD');
    gone bigint;
begin
    if to_regclass('gregor.' || part) is null then
        return 0;
    end if;
    execute format(
        'delete from event_claims c using %I o where c.project_id = o.project_id and c.event_id = o.event_id', part);
    get diagnostics gone = row_count;
    execute format('alter table occurrences detach partition %I', part);
    execute format('drop table %I', part);
    return gone;
end $$;

-- At most `page` rows of a project that keeps less than the others.
create or replace function forget_rows(wanted bigint, before_at bigint, page integer) returns bigint
language plpgsql security definer set search_path = gregor, pg_temp set lock_timeout = '2s' as $$
declare
    gone bigint;
begin
    with old as (
        select tableoid as part, ctid as place from occurrences
        where project_id = wanted and received_at < before_at limit page
    ), dropped as (
        delete from occurrences o using old where o.tableoid = old.part and o.ctid = old.place
        returning o.project_id, o.event_id
    )
    delete from event_claims c using dropped d where c.project_id = d.project_id and c.event_id = d.event_id;
    get diagnostics gone = row_count;
    return gone;
end $$;

-- Issues of one project by words (all of them, as domain/words.py splits) and by a part of the text
-- (3 characters or more); newest seen first, behind (before_at, before_id). Under row-level security the
-- search operators may use no index, so this runs as the owner and checks the context itself.
create or replace function find_issues(
    wanted bigint, query text, part text, shelves smallint[], before_at bigint, page integer,
    before_id uuid default '00000000-0000-0000-0000-000000000000'
) returns table (issue_id uuid, last_seen_at bigint)
language plpgsql stable security definer set search_path = gregor, public, pg_temp rows 50 as $$
declare
    words tsquery := plainto_tsquery('simple', query);
    pattern text := '%' || regexp_replace(lower(part), '([\\%_])', '\\\1', 'g') || '%';
    matches text := '($2 = '''' or s.document @@ $3) and ($4 = '''' or s.plain like $5)';
    hits uuid[];
begin
    if wanted is null or not coalesce(wanted = any (my_projects()), false) then
        return;
    end if;
    if query = '' or numnode(words) = 0 then
        matches := 's.plain like $5';
        query := '';
    elsif part = '' then
        matches := 's.document @@ $3';
    else
        matches := 's.document @@ $3 and s.plain like $5';
    end if;
    execute 'select array(select s.issue_id from issue_search s where s.project_id = $1 and ' || matches || ' limit 2001)'
        into hits using wanted, query, words, part, pattern;
    if cardinality(hits) <= 2000 then
        return query select c.issue_id, c.last_seen_at from issue_counts c
            where c.issue_id = any (hits) and c.shelf = any (shelves) and c.last_seen_at <= before_at
                and (c.last_seen_at < before_at or c.issue_id > before_id)
            order by c.last_seen_at desc, c.issue_id limit page;
    else
        return query execute
            'select f.issue_id, f.last_seen_at from unnest($6::smallint[]) as k (shelf), lateral (
                select c.issue_id, c.last_seen_at from issue_counts c
                where c.project_id = $1 and c.shelf = k.shelf and c.last_seen_at <= $7
                    and (c.last_seen_at < $7 or c.issue_id > $8)
                    and exists (select from issue_search s where s.issue_id = c.issue_id and ' || matches || ' offset 0)
                order by c.last_seen_at desc, c.issue_id limit $9
            ) f order by f.last_seen_at desc, f.issue_id limit $9'
            using wanted, query, words, part, pattern, shelves, before_at, before_id, page;
    end if;
end $$;
