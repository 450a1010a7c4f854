-- Who may do what. One role writes each table; partitions are nobody's but the owner's.

do $$
begin
    execute format('alter database %I set search_path = gregor, public', current_database());
    execute format('alter database %I set jit = off', current_database());
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to gregor_sink, gregor_notifier, gregor_api, gregor_jobs,
        gregor_gateway, gregor_reader', current_database());
    execute format('grant temporary on database %I to gregor_sink, gregor_jobs', current_database());
end $$;

revoke all on all tables in schema gregor
    from public, gregor_sink, gregor_notifier, gregor_api, gregor_jobs, gregor_gateway, gregor_reader;
revoke all on all functions in schema gregor from public;
revoke create on schema public from public;
grant usage on schema gregor to gregor_sink, gregor_notifier, gregor_api, gregor_jobs, gregor_gateway, gregor_reader;

grant select, insert, update, delete on
    sink_positions, event_claims, occurrences, issue_numbers, issues, issue_counts, issue_search, issue_keys,
    issue_environments, issue_releases, issue_daily, project_hourly, activity, alert_steps, command_results,
    outcomes, outcome_claims, issue_tags, issue_users,
    doors to gregor_sink;
grant select, insert, update, delete on
    episodes, decisions, deliveries, delivery_attempts, destinations to gregor_notifier;
grant select, insert, update, delete on
    job_runs, notices, reports, suggestions, oncall_history, expertise_edges, computed, user_sketches, archive_manifest
    to gregor_jobs;
grant select, insert, update, delete on
    settings, settings_history, outbox, commands, comments, suggestion_answers, feedback_votes, incidents, credentials,
    logins, api_tokens, token_uses, saved_views, dead_letters, message_requests, artifacts, artifact_chunks
    to gregor_api;
grant select, insert on audit to gregor_api;
grant usage on sequence project_ids to gregor_api;

do $$
declare
    name text;
    secret constant text[] := '{credentials,logins,api_tokens,token_uses,outbox}';
begin
    for name in
        select c.relname from pg_class c
        where c.relnamespace = 'gregor'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
    loop
        execute format('grant select on %I to gregor_api', name);
        if name <> all (secret) then
            execute format('grant select on %I to gregor_jobs, gregor_reader', name);
        end if;
    end loop;
end $$;
grant select on issues, issue_counts, notices, expertise_edges, comments, computed, message_requests to gregor_notifier;
grant select on artifacts, artifact_chunks to gregor_gateway;
grant select on _yoyo_migration to gregor_sink, gregor_notifier, gregor_gateway;

grant execute on function at(bigint), now_ms(), day_of(bigint), day_start(date), my_projects(), fresh_at() to public;
grant execute on function
    audit_hash(bytea, bigint, bigint, text, text, text, jsonb, jsonb, text), audit_broken(),
    find_issues(bigint, text, text, smallint[], bigint, integer, uuid) to gregor_api, gregor_jobs;
grant execute on function find_issues(bigint, text, text, smallint[], bigint, integer, uuid) to gregor_reader;
grant execute on function make_days(date, integer) to gregor_sink, gregor_jobs;
grant execute on function drain_default(date), drop_day(date), forget_rows(bigint, bigint, integer) to gregor_jobs;

-- Row-level security, forced: the API and readers see the projects of their transaction and nothing
-- else, also when a query forgets to ask. Services see all. What is as it should be is not touched:
-- each of these statements would stop every writer of its table.
create or replace function pg_temp.ensure_policy(wanted text, of_table text, rest text) returns void
language plpgsql as $$
begin
    if not exists (
        select from pg_policy where polrelid = of_table::regclass and polname = wanted
            and obj_description(oid, 'pg_policy') = md5(rest)
    ) then
        execute format('drop policy if exists %I on %I', wanted, of_table);
        execute format('create policy %I on %I %s', wanted, of_table, rest);
        execute format('comment on policy %I on %I is %L', wanted, of_table, md5(rest));
    end if;
end $$;

do $$
declare
    walled record;
    mine text;
begin
    for walled in
        select c.relname as name, not a.attnotnull as nullable, c.relrowsecurity and c.relforcerowsecurity as done
        from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'gregor'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and a.attname = 'project_id' and not a.attisdropped
        order by c.relname
    loop
        mine := case when walled.nullable then 'project_id is null or ' else '' end
            || 'project_id = any ((select my_projects())::bigint[])';
        if not walled.done then
            execute format('alter table %I enable row level security', walled.name);
            execute format('alter table %I force row level security', walled.name);
        end if;
        perform pg_temp.ensure_policy('by_project', walled.name,
            format('to gregor_api, gregor_reader using (%s)', mine));
        perform pg_temp.ensure_policy('service', walled.name,
            'to gregor_owner, gregor_sink, gregor_notifier, gregor_jobs, gregor_gateway using (true)');
    end loop;
    -- The reader of dead letters serves all projects: it may insert what it may not see.
    perform pg_temp.ensure_policy('inbox', 'dead_letters', 'for insert to gregor_api with check (true)');
end $$;
