"""The PostgreSQL schema: migrations that may be repeated and killed, least rights, walls between projects."""

import math
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from storage_sink import migrate
from tests.builders import AT, an_occurrence, numbered
from tests.storage_sink.servers import Postgres, postgres, until
from tests.storage_sink.stores import EPOCH, Bench, Log

DAY_MS = 86_400_000
WRITERS = {
    "gregor_sink": "sink_positions event_claims occurrences issue_numbers issues issue_counts issue_search issue_keys"
    " issue_environments issue_releases issue_daily project_hourly activity alert_steps command_results outcomes"
    " outcome_claims issue_tags issue_users doors",
    "gregor_notifier": "episodes decisions deliveries delivery_attempts destinations",
    "gregor_jobs": "job_runs notices reports suggestions oncall_history expertise_edges computed user_sketches"
    " archive_manifest",
    "gregor_api": "settings settings_history outbox commands comments suggestion_answers feedback_votes incidents"
    " credentials logins api_tokens token_uses saved_views dead_letters message_requests artifacts artifact_chunks",
}
OWNED = {table: role for role, tables in WRITERS.items() for table in tables.split()} | {"audit": "gregor_api"}
SECRET = {"credentials", "logins", "api_tokens", "token_uses", "outbox"}
NOTIFIER_READS = {"issues", "issue_counts", "notices", "expertise_edges", "comments", "computed", "message_requests"}
ROLES = [role for role in migrate.ROLES if role != migrate.OWNER]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as started:
        migrate.prepare(started.dsn(), "gregor", {})
        migrate.apply(started.dsn("gregor_owner", "gregor"))
        yield started


@contextmanager
def acting(server: Postgres, role: str, projects: str = "") -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A transaction of this role that sees these projects, undone afterwards."""
    with psycopg.connect(server.dsn(role, "gregor")) as connection:
        connection.execute("select set_config('gregor.projects', %s, true)", (projects,))
        yield connection
        connection.rollback()


def tables(server: Postgres) -> list[str]:
    found = server.execute(
        "select relname from pg_class where relnamespace = 'gregor'::regnamespace"
        " and relkind in ('r', 'p') and not relispartition and relname not like '%yoyo%' order by 1"
    )
    return [str(name) for (name,) in found]


# ---- migrations


def test_a_second_run_does_nothing_and_services_see_that_nothing_is_missing(server: Postgres) -> None:
    assert migrate.apply(server.dsn("gregor_owner", "gregor")) == []
    for role in ("gregor_sink", "gregor_notifier", "gregor_api", "gregor_jobs", "gregor_gateway"):
        assert migrate.pending(server.dsn(role, "gregor")) == []


def test_a_run_that_was_killed_is_repeated(server: Postgres) -> None:
    """The runner marks a file after it committed: a kill between them leaves the file unmarked and a lock row."""
    server.execute(
        "delete from gregor._yoyo_migration where migration_id >= '0002';"
        "insert into gregor.yoyo_lock (locked, ctime, pid) values (1, now(), 1);"
        "comment on schema gregor is 'half'"
    )
    with pytest.raises(migrate.SchemaOlder, match=r"0002\.rollups"):
        migrate.refuse_older(server.dsn("gregor_sink", "gregor"))
    ran = migrate.apply(server.dsn("gregor_owner", "gregor"))
    assert ran == [*[path.stem for path in migrate.numbered()][1:], "repeatable"]
    assert migrate.pending(server.dsn("gregor_sink", "gregor")) == []


def test_a_database_restored_without_its_search_path_gets_it_again(server: Postgres) -> None:
    server.execute("alter database gregor reset search_path")
    assert migrate.apply(server.dsn("gregor_owner", "gregor")) == ["repeatable"]
    with acting(server, "gregor_reader") as connection:
        assert connection.execute("show search_path").fetchone() == ("gregor, public",)


def test_roles_and_database_may_be_prepared_again(server: Postgres) -> None:
    migrate.prepare(server.dsn(), "gregor", {"gregor_sink": "it's \\ secret"})


UPGRADE = """alter table occurrences add column if not exists dist text;
alter table issues add column if not exists dist text not null default '';
"""
INDEX = """-- transactional: false
create index concurrently if not exists activity_kind on activity (kind);
"""


@contextmanager
def writing(bench: Bench, log: Log, refused: list[int]) -> Iterator[None]:
    """A sink that stores twenty new events after another, in a thread."""
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            numbers = range(log.offset, log.offset + 20)
            batch = [an_occurrence(event_id=numbered(n), source=(EPOCH, 0, n, 0)) for n in numbers]
            refused.append(bench.settle(log.of(batch)))

    writer = threading.Thread(target=load)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()
        bench.store.close()


def next_release(folder: Path) -> Path:
    """Columns, an index and another text of the views, on top of what this release has."""
    shutil.copytree(migrate.FOLDER, folder)
    (folder / "9998.columns.sql").write_text(UPGRADE)
    (folder / "9999.index.sql").write_text(INDEX)
    views = folder / "repeatable" / "3.views.sql"
    views.write_text(views.read_text() + "-- another release")
    return folder


def test_an_upgrade_under_load_stops_nobody(server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "FOLDER", next_release(tmp_path / "migrations"))
    bench, log, refused = Bench(server), Log(), list[int]()
    with writing(bench, log, refused):
        until(lambda: log.offset > 100, "the sink writes")
        ran = migrate.apply(server.dsn("gregor_owner", "gregor"))
        at_end = log.offset
        until(lambda: log.offset > at_end + 100, "the sink writes on")
    assert ran == ["9998.columns", "9999.index", "repeatable"]
    assert sum(refused) == 0
    assert server.execute("select count(*) from gregor.occurrences") == [(log.offset,)]
    server.execute(
        "drop index gregor.activity_kind; alter table gregor.issues drop column dist;"
        "alter table gregor.occurrences drop column dist;"
        "delete from gregor._yoyo_migration where migration_id >= '9998'"
    )
    bench.empty()


# ---- rights


def test_every_table_has_one_writer(server: Postgres) -> None:
    assert tables(server) == sorted(OWNED)
    granted = server.execute(
        "select c.relname, r.rolname from pg_class c, pg_roles r where c.relnamespace = 'gregor'::regnamespace"
        " and c.relkind in ('r', 'p', 'v') and c.relname not like '%yoyo%' and r.rolname like 'gregor%'"
        " and r.rolname <> 'gregor_owner' and has_table_privilege(r.rolname, c.oid, 'insert')"
    )
    assert dict(granted) == OWNED


def test_the_audit_log_is_written_only_at_its_end(server: Postgres) -> None:
    found = server.execute(
        "select p from unnest('{update,delete,truncate,insert,select}'::text[]) p"
        " where has_table_privilege('gregor_api', 'gregor.audit', p)"
    )
    assert {name for (name,) in found} == {"insert", "select"}


@pytest.mark.parametrize("role", ROLES)
def test_who_reads_what(server: Postgres, role: str) -> None:
    found = server.execute(
        "select c.relname from pg_class c where c.relnamespace = 'gregor'::regnamespace and c.relkind in ('r', 'p')"
        f" and not c.relispartition and c.relname not like '%yoyo%' and has_table_privilege('{role}', c.oid, 'select')"
    )
    mine = {table for table, writer in OWNED.items() if writer == role}
    expected = {
        "gregor_api": set(OWNED),
        "gregor_jobs": set(OWNED) - SECRET,
        "gregor_reader": set(OWNED) - SECRET,
        "gregor_notifier": mine | NOTIFIER_READS,
        "gregor_sink": mine,
        "gregor_gateway": {"artifacts", "artifact_chunks"},
    }[role]
    assert {name for (name,) in found} == expected


@pytest.mark.parametrize("role", ROLES)
def test_partitions_are_nobodys(server: Postgres, role: str) -> None:
    server.execute("select gregor.make_days(date '2026-05-04', 1)")
    for part in ("occurrences_20260504", "occurrences_default", "event_claims_0"):
        with acting(server, role, "1") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"select * from gregor.{part}")  # type: ignore[arg-type]


def test_only_jobs_may_forget(server: Postgres) -> None:
    for role in ("gregor_sink", "gregor_api", "gregor_notifier", "gregor_gateway", "gregor_reader"):
        with acting(server, role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select drop_day(date '2020-01-01')")
    with acting(server, "gregor_jobs") as connection:
        assert connection.execute("select drop_day(date '2020-01-01')").fetchone() == (0,)


# ---- walls between projects


def test_every_table_with_a_project_is_behind_the_wall_also_for_its_owner(server: Postgres) -> None:
    found = server.execute(
        "select c.relname, c.relrowsecurity and c.relforcerowsecurity from pg_class c join pg_attribute a"
        " on a.attrelid = c.oid where c.relnamespace = 'gregor'::regnamespace and c.relkind in ('r', 'p')"
        " and not c.relispartition and a.attname = 'project_id' and not a.attisdropped"
    )
    assert len(found) > 30
    assert {name for name, walled in found if not walled} == set()


def test_views_read_with_their_readers_rights(server: Postgres) -> None:
    found = server.execute(
        "select relname, reloptions from pg_class where relnamespace = 'gregor'::regnamespace and relkind = 'v'"
    )
    assert len(found) == 13
    assert {name for name, options in found if options != ["security_invoker=true"]} == set()


@pytest.fixture
def two_projects(server: Postgres) -> Iterator[Postgres]:
    server.execute(
        "insert into gregor.issues (issue_id, project_id, number, changed_at, status, severity, level, type, title,"
        " culprit, place, platform, service, first_release, first_event_id)"
        " select md5(p || '.' || n)::uuid, p, n, 0, 'new', 1, 3, 'KeyError', 't', 'c', 'p', 'python', 'shop', '',"
        " md5('e')::uuid from generate_series(1, 2) p, generate_series(1, 3) n;"
        "insert into gregor.issue_counts select issue_id, project_id, number, 0, 100 * number, first_event_id, 1"
        " from gregor.issues;"
        "insert into gregor.issue_search (issue_id, project_id, words, plain)"
        " select issue_id, project_id, 'keyerror key error', 'keyerror: amount' from gregor.issues"
    )
    yield server
    server.execute("delete from gregor.issues; delete from gregor.issue_counts; delete from gregor.issue_search")


@pytest.mark.parametrize("role", ["gregor_api", "gregor_reader"])
@pytest.mark.parametrize(
    ("projects", "seen"),
    [
        pytest.param("", set(), id="no context sees nothing"),
        pytest.param("1", {1}, id="one project sees itself"),
        pytest.param("2,3", {2}, id="each of a list"),
    ],
)
def test_projects_in_the_transaction_are_what_is_seen(
    two_projects: Postgres, role: str, projects: str, seen: set[int]
) -> None:
    with acting(two_projects, role, projects) as connection:
        assert {project for (project,) in connection.execute("select project_id from issues")} == seen
        for project in (1, 2):
            hits = connection.execute(
                "select * from find_issues(%s, 'key', '', '{1}', 1000, 10)", (project,)
            ).fetchall()
            assert len(hits) == (3 if project in seen else 0)


def test_control_with_the_wall_down_strangers_are_seen(two_projects: Postgres) -> None:
    """Were this empty too, the tests above would prove nothing."""
    two_projects.execute("alter table gregor.issues disable row level security")
    try:
        with acting(two_projects, "gregor_api", "1") as connection:
            assert connection.execute("select count(distinct project_id) from issues").fetchone() == (2,)
    finally:
        two_projects.execute("alter table gregor.issues enable row level security")


def test_the_context_ends_with_its_transaction(two_projects: Postgres) -> None:
    with psycopg.connect(two_projects.dsn("gregor_api", "gregor"), autocommit=True) as connection:
        with connection.transaction():
            connection.execute("select set_config('gregor.projects', '1', true)")
            assert connection.execute("select count(*) from issues").fetchone() == (3,)
        assert connection.execute("select count(*) from issues").fetchone() == (0,)


def test_a_stranger_can_write_nothing_into_another_project(two_projects: Postgres) -> None:
    with acting(two_projects, "gregor_api", "1") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            "insert into comments (comment_id, issue_id, project_id, author, body, mentions, at)"
            " values ('c', gen_random_uuid(), 2, 'person:eve', 'x', '{}', 0)"
        )


def test_services_see_all_projects(two_projects: Postgres) -> None:
    for role in ("gregor_sink", "gregor_jobs", "gregor_notifier"):
        with acting(two_projects, role) as connection:
            assert connection.execute("select count(*) from issues").fetchone() == (6,)


def test_the_reader_of_dead_letters_inserts_what_it_may_not_see(server: Postgres) -> None:
    with acting(server, "gregor_api") as connection:
        for _ in range(2):
            connection.execute(
                "insert into dead_letters (dead_id, project_id, source_topic, source_partition, source_offset,"
                " dead_partition, dead_offset, stage, reason, at, state)"
                " values (md5('d')::uuid, 9, 'error-events', 0, 1, 0, 2, 'fingerprint', 'internal', 0, 'open')"
                " on conflict do nothing"
            )
        assert connection.execute("select count(*) from dead_letters").fetchone() == (0,)


# ---- triggers


def test_each_version_of_a_setting_is_kept_and_published(server: Postgres) -> None:
    with acting(server, "gregor_api", "7") as connection:
        connection.execute(
            "insert into settings (setting_id, kind, project_id, value, updated_at, updated_by, source)"
            """ values ('project:7', 'project', 7, '{"slug":"shop"}', 5, 'person:ana', 'api')"""
        )
        connection.execute("update settings set value = null, version = 2, updated_at = 6")
        published = connection.execute("select topic, key, value from outbox order by outbox_id").fetchall()
        assert published == [
            (
                "settings",
                "project:7",
                {
                    "record": "setting.v1",
                    "setting_id": "project:7",
                    "kind": "project",
                    "version": 1,
                    "at": 5,
                    "project_id": 7,
                    "value": {"slug": "shop"},
                },
            ),
            ("settings", "project:7", None),
        ]
        history = connection.execute("select version, value, actor from settings_history order by version").fetchall()
        assert history == [(1, {"slug": "shop"}, "person:ana"), (2, None, "person:ana")]
        with pytest.raises(psycopg.errors.SerializationFailure):
            connection.execute("update settings set version = 9")


def test_a_computed_setting_is_published_too(server: Postgres) -> None:
    with acting(server, "gregor_jobs") as connection:
        connection.execute(
            "insert into computed (setting_id, kind, project_id, value, version, updated_at)"
            """ values ('season:1', 'season', 1, '{"factors":[1]}', 1, 5)"""
        )
    with acting(server, "gregor_jobs") as connection, pytest.raises(psycopg.errors.SerializationFailure):
        connection.execute("insert into computed values ('season:1', 'season', 1, '{}', 3, 5)")


@pytest.mark.parametrize(
    ("topic", "key"),
    [
        pytest.param("issue-events", "51c0a3b2d4e5f60718293a4b5c6d7e8f", id="a command about an issue: its partition"),
        pytest.param("error-events", "*", id="a command about keys: every partition"),
    ],
)
def test_no_decision_is_stored_without_being_sent(server: Postgres, topic: str, key: str) -> None:
    with acting(server, "gregor_api", "1") as connection:
        connection.execute(
            "insert into commands (command_id, project_id, issue_id, topic, kind, actor, body, at)"
            " values ('c', 1, '51c0a3b2d4e5f60718293a4b5c6d7e8f', %s, 'resolve', 'person:ana', '{\"a\":1}', 5)",
            (topic,),
        )
        assert connection.execute("select topic, key, value from outbox").fetchall() == [(topic, key, {"a": 1})]


def test_the_audit_chain(server: Postgres) -> None:
    write = (
        "insert into audit (at, actor, verb, entity, after, request_id) values (%s, 'person:ana', 'v', 'e', '{}', 'r')"
    )
    with acting(server, "gregor_api") as connection:
        for at in range(3):
            connection.execute(write, (at,))
        assert connection.execute("select seq from audit order by seq").fetchall() == [(1,), (2,), (3,)]
        assert connection.execute("select audit_broken()").fetchall() == []
    server.execute("delete from gregor.outbox")
    with psycopg.connect(server.dsn("postgres", "gregor")) as owner:
        owner.execute("set session_replication_role = replica")  # only so are the triggers passed by
        for at in range(4):
            owner.execute("set session_replication_role = origin")
            owner.execute(write, (at,))
            owner.execute("set session_replication_role = replica")
        owner.execute("update audit set actor = 'person:eve' where seq = 2")
        assert owner.execute("select audit_broken()").fetchall() == [(2,)]
        owner.execute("delete from audit where seq = 3")
        assert owner.execute("select audit_broken()").fetchall() == [(2,), (4,)]
        owner.execute("set session_replication_role = origin")
        for change in ("update audit set at = 1", "delete from audit", "truncate audit"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), owner.transaction():
                owner.execute(change)
        owner.rollback()


# ---- search


@pytest.fixture(scope="module")
def many(server: Postgres) -> Iterator[Postgres]:
    """5,000 issues of project 5: all say `error`, one in ten `payment`, one `unicorn`; 100 share an instant."""
    server.execute(
        "insert into gregor.issue_counts select md5('i' || n)::uuid, 5, 1, 0, n / 100, md5('e')::uuid, 1 + n % 2"
        " from generate_series(1, 5000) n;"
        "insert into gregor.issue_search (issue_id, project_id, words, plain) select md5('i' || n)::uuid, 5,"
        " 'error' || case when n % 10 = 0 then ' payment' else '' end || case when n = 77 then ' unicorn' else '' end,"
        " 'error in 100%_' || n from generate_series(1, 5000) n;"
        "analyze gregor.issue_search, gregor.issue_counts"
    )
    yield server
    server.execute("delete from gregor.issue_counts where project_id = 5; delete from gregor.issue_search")


@pytest.mark.parametrize(
    ("query", "part", "shelves", "hits"),
    [
        pytest.param("unicorn", "", "{1,2}", 1, id="a rare word"),
        pytest.param("payment", "", "{1,2}", 500, id="a common word"),
        pytest.param("error", "", "{1,2}", 5000, id="a word of every issue"),
        pytest.param("error payment", "", "{1,2}", 500, id="all words"),
        pytest.param("error nothing", "", "{1,2}", 0, id="a word that is nowhere"),
        pytest.param("", "100%_77", "{1,2}", 11, id="a part, its special characters taken as they are"),
        pytest.param("", "100x", "{1,2}", 0, id="a percent sign is no wildcard"),
        pytest.param("payment", "_250", "{1,2}", 2, id="word and part"),
        pytest.param("", "", "{2}", 2500, id="one shelf, no words"),
        pytest.param("unicorn", "", "{1}", 0, id="not on that shelf"),
    ],
)
def test_find_issues_pages_through_every_hit_once(
    many: Postgres, query: str, part: str, shelves: str, hits: int
) -> None:
    with acting(many, "gregor_api", "5") as connection:
        seen: list[tuple[Any, ...]] = []
        before: tuple[int, object] = (10**9, "00000000-0000-0000-0000-000000000000")
        while True:
            page = connection.execute(
                "select last_seen_at, issue_id from find_issues(5, %s, %s, %s, %s, 170, %s)",
                (query, part, shelves, *before),
            ).fetchall()
            if not page:
                break
            seen += page
            before = page[-1]
        assert len({issue for _, issue in seen}) == len(seen) == hits
        assert seen == sorted(seen, key=lambda row: (-row[0], row[1]))


# ---- views


def test_issue_trends_equals_the_formula(server: Postgres) -> None:
    before, after = [4, 0, 0, 6, 2, 0, 1], [9, 3, 0, 12, 8, 0, 5]
    rows = [(13 - day, times) for day, times in enumerate(before)] + [
        (6 - day, times) for day, times in enumerate(after)
    ]
    values = ", ".join(
        f"(md5('t')::uuid, gregor.day_of(gregor.now_ms()) - {ago + 1}, 1, {times})" for ago, times in rows if times
    )
    server.execute(f"insert into gregor.issue_daily (issue_id, day, project_id, times_seen) values {values}")
    ((n1, n0, ratio, low, high, trend),) = server.execute(
        "select last_7d, before_7d, ratio, ratio_low, ratio_high, trend from gregor.issue_trends"
    )
    server.execute("delete from gregor.issue_daily")
    dispersion = (
        sum(sum((times - sum(week) / 7) ** 2 for times in week) / (sum(week) / 7) for week in (before, after)) / 12
    )
    middle = math.log((sum(after) + 0.5) / (sum(before) + 0.5))
    half = 1.96 * math.sqrt(max(1, dispersion) * (1 / (sum(after) + 0.5) + 1 / (sum(before) + 0.5)))
    assert (n1, n0) == (sum(after), sum(before))
    assert [ratio, low, high] == pytest.approx([math.exp(middle), math.exp(middle - half), math.exp(middle + half)])
    assert trend == ("up" if middle > half else "level")


def test_loss_accounting_says_what_is_in_flight(server: Postgres) -> None:
    server.execute(
        "insert into gregor.outcomes values"
        " (1, 60000, 'gateway', 'received', 14), (1, 60000, 'gateway', 'client_discarded:x', 3),"
        " (1, 60000, 'gateway', 'accepted', 10), (1, 60000, 'gateway', 'too_large', 4),"
        " (1, 60000, 'sink-postgres', 'stored', 6), (1, 60000, 'fingerprint', 'duplicate', 1),"
        " (1, 60000, 'sink-postgres', 'dead_letter', 1)"
    )
    found = server.execute(
        "select accepted, stored, duplicate, dead_letter, refused, in_flight from gregor.loss_accounting"
    )
    server.execute("delete from gregor.outcomes")
    assert found == [(10, 6, 1, 1, 4, 2)]


@pytest.mark.parametrize(
    ("watermark", "doors", "known"),
    [
        pytest.param(0, [], None, id="no marker passed yet"),
        pytest.param(-900, [], -900, id="the watermark, without a door that names itself"),
        pytest.param(-900, [(-1_000, 0)], -900, id="a door whose spool is empty"),
        pytest.param(-900, [(-1_000, -50_000), (-1_000, -70_000)], -70_000, id="what lies longest in a spool"),
        pytest.param(-900, [(-1_000, 0), (-16_000, 0)], None, id="a door that has been silent for 15 s"),
        pytest.param(-900, [(-70_000, 0)], -900, id="a door that was taken down"),
        pytest.param(-900, [(-70_000, -80_000)], None, id="a door that went with a full spool"),
    ],
)
def test_freshness_is_honest(server: Postgres, watermark: int, doors: list[tuple[int, int]], known: int | None) -> None:
    """Instants are relative to now; 0 stays 0."""
    with acting(server, "gregor_sink") as connection:
        now = connection.execute("select now_ms()").fetchone()[0]  # type: ignore[index]
        connection.execute(
            "insert into sink_positions values ('issue-events', 0, 1, 1, %s, 0)", (watermark and now + watermark,)
        )
        for number, (said, oldest) in enumerate(doors):
            given = (str(number), now + said, oldest and now + oldest)
            connection.execute("insert into doors values (%s, 'gateway', %s, %s)", given)
        found = connection.execute("select fresh_at()").fetchone()
        assert found == (None if known is None else now + known,)


def test_developer_workload(server: Postgres) -> None:
    now = server.execute("select gregor.now_ms()")[0][0]
    server.execute(
        "insert into gregor.settings (setting_id, kind, value, updated_at, updated_by, source) values"
        """ ('person:ana', 'person', '{"email":"ana@x","name":"Ana"}', 0, 'x', 'api');"""
        "insert into gregor.issues (issue_id, project_id, number, changed_at, status, severity, level, type, title,"
        " culprit, place, platform, service, first_release, first_event_id, assignee)"
        " select md5('w' || n)::uuid, 1, n, 0, 'new', n, 3, '', '', '', '', '', '', '', md5('e')::uuid, 'person:ana'"
        " from generate_series(0, 3) n;"
        "insert into gregor.deliveries (delivery_id, project_id, kind, recipient, channel, destination_id,"
        " address_hint, severity, urgency, state, reason, template, decided_at) values"
        f" ('d', 1, 'open', 'person:ana', 'email', 'x', 'x', 3, 0, 'accepted', '', 't', {now})"
    )
    found = server.execute("select person, critical, high, medium, low, pages_24h, load from gregor.developer_workload")
    server.execute(
        "delete from gregor.settings; delete from gregor.settings_history; delete from gregor.outbox;"
        "delete from gregor.issues; delete from gregor.deliveries"
    )
    assert found == [("ana", 1, 1, 1, 1, 1, 6.5)]


def test_every_view_answers_on_an_empty_and_on_a_filled_database(server: Postgres) -> None:
    for (name,) in server.execute(
        "select relname from pg_class where relnamespace = 'gregor'::regnamespace and relkind = 'v'"
    ):
        server.execute(f"select * from gregor.{name}")
    assert server.execute(f"select gregor.at({AT})::text, gregor.day_of({AT})::text") == [
        ("2026-05-04 10:00:00+00", "2026-05-04")
    ]
    assert server.execute("select gregor.day_start(date '2026-05-04')") == [(AT - AT % DAY_MS,)]
