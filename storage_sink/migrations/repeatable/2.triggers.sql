-- What must happen in the same transaction as a write, whoever writes.

create or replace function publish_setting() returns trigger
language plpgsql security definer set search_path = gregor, pg_temp as $$
declare
    actor text;
begin
    if new.version <> (case tg_op when 'INSERT' then 1 else old.version + 1 end) then
        raise exception 'setting % is not at the version before %', new.setting_id, new.version
            using errcode = 'serialization_failure';
    end if;
    actor := case tg_table_name when 'settings' then to_jsonb(new)->>'updated_by' else 'job' end;
    insert into settings_history (setting_id, version, value, at, actor)
        values (new.setting_id, new.version, new.value, new.updated_at, actor);
    insert into outbox (topic, key, value, created_at) values (
        'settings', new.setting_id,
        case when new.value is not null then jsonb_build_object(
            'record', 'setting.v1', 'setting_id', new.setting_id, 'kind', new.kind, 'version', new.version,
            'at', new.updated_at, 'project_id', coalesce(new.project_id, 0), 'value', new.value) end,
        new.updated_at);
    notify outbox;
    return null;
end $$;

create or replace trigger setting_published after insert or update on settings
    for each row execute function publish_setting();
create or replace trigger computed_published after insert or update on computed
    for each row execute function publish_setting();

-- A command about an issue goes to that issue's partition; one about keys ('*') to every partition.
create or replace function publish_command() returns trigger
language plpgsql security definer set search_path = gregor, pg_temp as $$
begin
    insert into outbox (topic, key, value, created_at) values (
        new.topic,
        case new.topic when 'error-events' then '*' else replace(new.issue_id::text, '-', '') end,
        new.body, new.at);
    notify outbox;
    return null;
end $$;

create or replace trigger command_published after insert on commands
    for each row execute function publish_command();

-- The lock serialises writers until they commit: write audit rows last.
create or replace function link_audit() returns trigger
language plpgsql security definer set search_path = gregor, pg_temp as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('gregor.audit', 0));
    select a.seq + 1, a.hash into new.seq, new.prev_hash from audit a order by a.seq desc limit 1;
    new.seq := coalesce(new.seq, 1);
    new.prev_hash := coalesce(new.prev_hash, ''::bytea);
    new.hash := audit_hash(
        new.prev_hash, new.seq, new.at, new.actor, new.verb, new.entity, new.before, new.after, new.request_id);
    return new;
end $$;

create or replace trigger audit_link before insert on audit
    for each row execute function link_audit();

create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end $$;

create or replace trigger audit_append_only before update or delete or truncate on audit
    for each statement execute function refuse_change();
