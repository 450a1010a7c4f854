"""What our code relies on, asked of whatever MongoDB-wire server it is given (GREGOR_TEST_MONGO_URI).

Without that variable the local stack's own server is started; then also kill -9 and reopen.
"""

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bson import Decimal128, Int64
from pymongo import DESCENDING, IndexModel, InsertOne, MongoClient, ReturnDocument, UpdateOne, WriteConcern
from pymongo.errors import BulkWriteError, DocumentTooLarge, DuplicateKeyError, OperationFailure, WriteError

from runtime.dead_letters import DeadLetters
from storage_sink.documents import COLLECTIONS, EVENTS
from storage_sink.send import Documents
from tests.storage_sink.servers import Running, mongo, until
from tests.storage_sink.wires import Wire

Collection = Any  # pymongo's, of plain dicts
GIVEN = os.environ.get("GREGOR_TEST_MONGO_URI", "")


@pytest.fixture(scope="module")
def reached() -> Iterator[tuple[Running | None, str]]:
    if GIVEN:
        yield None, GIVEN
    else:
        with mongo() as started:
            yield started


@pytest.fixture(scope="module")
def client(reached: tuple[Running | None, str]) -> Iterator[Any]:
    with MongoClient(reached[1], tz_aware=True) as connected:
        yield connected


@pytest.fixture
def database(client: Any) -> Iterator[Any]:
    client.drop_database("gregor_probe")
    yield client.get_database("gregor_probe", write_concern=WriteConcern("majority", j=True))
    client.drop_database("gregor_probe")


@pytest.fixture
def rows(database: Any) -> Collection:
    """20 documents of 4 services."""
    found = database["rows"]
    found.insert_many(
        {"_id": n, "n": n, "service": f"s{n % 4}", "tags": [{"k": "a", "v": n}, {"k": "b", "v": -n}]} for n in range(20)
    )
    return found


# ---- our own collections


def test_prepare_makes_every_collection_and_may_be_repeated(client: Any, database: Any) -> None:
    documents = Documents(client, "gregor_probe", DeadLetters(Wire(), "sink-mongo", lambda: 0))  # type: ignore[arg-type]
    documents.prepare()
    documents.prepare()
    assert set(database.list_collection_names()) >= {collection.name for collection in COLLECTIONS}
    indexes = [name for collection in COLLECTIONS for name in database[collection.name].index_information()]
    assert len([name for name in indexes if name != "_id_"]) == 13
    assert database["events"].index_information()["expiry"]["expireAfterSeconds"] == 0


GOOD = {
    "_id": f"1:{'a' * 32}",
    "project_id": Int64(1),
    "received_at": Int64(5),
    "expire_at": datetime.now(UTC),
    "partition": 0,
    "offset": Int64(7),
    "service": "shop",
    "environment": "production",
    "type": "KeyError",
    "body": b"x",
}


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"_id": "1:short"}, id="an id of another form"),
        pytest.param({"project_id": 1}, id="an int where a long belongs"),
        pytest.param({"offset": "7"}, id="text where a number belongs"),
        pytest.param({"expire_at": 5}, id="a number where a date belongs"),
        pytest.param({"body": "x"}, id="text where bytes belong"),
        pytest.param({"service": "s" * 65}, id="a text that is too long"),
        pytest.param({"service": None}, id="null"),
        pytest.param({"stacks": [b"x"] * 13}, id="too many stacks"),
        pytest.param({"stacks": ["x"]}, id="a stack id of another type"),
        pytest.param({"http": {"method": "GET", "extra": 1}}, id="an unknown field inside"),
        pytest.param({"$set": 1}, id="an unknown field with a dollar"),
        pytest.param({"a.b": 1}, id="an unknown field with a dot"),
        pytest.param({"unknown": 1}, id="an unknown field"),
    ],
)
def test_validators_refuse_with_121(database: Any, wrong: dict[str, Any]) -> None:
    found = database.create_collection("events", validator={"$jsonSchema": EVENTS.validator})
    found.insert_one(GOOD)
    with pytest.raises(WriteError) as refused:
        found.insert_one({**GOOD, "_id": f"1:{'b' * 32}"} | wrong)
    assert refused.value.code == 121
    missing = {name: value for name, value in GOOD.items() if name != "body"}
    with pytest.raises(WriteError):
        found.insert_one(missing | {"_id": f"1:{'c' * 32}"})


def test_an_unordered_bulk_keeps_the_good_rows_and_names_the_bad(database: Any) -> None:
    found = database.create_collection("events", validator={"$jsonSchema": EVENTS.validator})
    writes = [InsertOne({**GOOD, "_id": f"1:{n:032x}"} | ({"offset": 1.5} if n == 3 else {})) for n in range(6)]
    with pytest.raises(BulkWriteError) as refused:
        found.bulk_write([*writes, writes[0]], ordered=False)
    errors = refused.value.details["writeErrors"]
    assert sorted((error["index"], error["code"]) for error in errors) == [(3, 121), (6, 11000)]
    assert found.count_documents({}) == 5


def test_a_repeated_bulk_changes_nothing(database: Any) -> None:
    found = database["stacks"]
    later, sooner = datetime(2026, 5, 5, tzinfo=UTC), datetime(2026, 5, 4, tzinfo=UTC)

    def write(body: bytes, until_: datetime) -> None:
        change = {"$setOnInsert": {"body": body}, "$max": {"expire_at": until_}}
        found.bulk_write([UpdateOne({"_id": 1}, change, upsert=True)], ordered=False)

    for body, until_ in ((b"first", later), (b"second", sooner), (b"first", later)):
        write(body, until_)
    assert list(found.find()) == [{"_id": 1, "body": b"first", "expire_at": later}]


@pytest.mark.slow
def test_documents_expire_within_70_seconds(database: Any) -> None:
    found = database["ttl"]
    found.create_index("expire_at", expireAfterSeconds=0)
    found.insert_many([{"expire_at": datetime.now(UTC)}, {"expire_at": datetime.now(UTC) + timedelta(days=1)}])
    until(lambda: found.count_documents({}) == 1, "the old one is gone", 90)


def test_the_expiry_of_an_index_may_be_changed(database: Any) -> None:
    found = database["ttl"]
    found.create_index("expire_at", expireAfterSeconds=0, name="expiry")
    database.command("collMod", "ttl", index={"name": "expiry", "expireAfterSeconds": 60})
    assert found.index_information()["expiry"]["expireAfterSeconds"] == 60


# ---- indexes and reading


def test_unique_compound_and_sparse_indexes(rows: Collection) -> None:
    rows.create_indexes([
        IndexModel([("service", 1), ("n", DESCENDING)], name="both"),
        IndexModel("pinned", sparse=True),
        IndexModel("n", unique=True),
    ])  # fmt: skip
    with pytest.raises(DuplicateKeyError):
        rows.insert_one({"n": 3})
    found = rows.find({"service": "s1"}).sort([("service", 1), ("n", -1)])
    assert [row["n"] for row in found] == [17, 13, 9, 5, 1]


def test_explain_shows_the_index(rows: Collection) -> None:
    rows.create_index([("service", 1), ("n", DESCENDING)], name="both")
    plan = rows.find({"service": "s1"}).explain()
    assert "both" in str(plan)
    assert "IXSCAN" in str(plan)


def test_batches_projection_elem_match_and_counts(rows: Collection) -> None:
    assert [row["_id"] for row in rows.find({}, {"_id": 1}).sort("_id").batch_size(3)] == list(range(20))
    assert rows.find_one({"_id": 5}, {"n": 1}) == {"_id": 5, "n": 5}
    assert rows.count_documents({"tags": {"$elemMatch": {"k": "a", "v": {"$gte": 15}}}}) == 5
    assert rows.count_documents({"tags": {"$elemMatch": {"k": "b", "v": {"$gt": 0}}}}) == 0


def test_pages_by_position(rows: Collection) -> None:
    seen: list[int] = []
    while page := [row["n"] for row in rows.find({"n": {"$gt": seen[-1] if seen else -1}}).sort("n").limit(7)]:
        seen += page
    assert seen == list(range(20))


def test_group_facet_bucket_and_windows(rows: Collection) -> None:
    grouped = rows.aggregate([{"$group": {"_id": "$service", "n": {"$sum": 1}}}, {"$sort": {"_id": 1}}])
    assert list(grouped) == [{"_id": f"s{n}", "n": 5} for n in range(4)]
    (faceted,) = rows.aggregate([{"$facet": {
        "all": [{"$count": "n"}],
        "by": [{"$bucket": {"groupBy": "$n", "boundaries": [0, 10, 20], "output": {"n": {"$sum": 1}}}}],
    }}])  # fmt: skip
    assert faceted == {"all": [{"n": 20}], "by": [{"_id": 0, "n": 10}, {"_id": 10, "n": 10}]}
    window = {"sum": {"$sum": "$n", "window": {"documents": [-1, 0]}}}
    running = rows.aggregate([{"$setWindowFields": {"sortBy": {"n": 1}, "output": window}}, {"$limit": 3}])
    assert [row["sum"] for row in running] == [0, 1, 3]
    rows.aggregate([{"$group": {"_id": "$service", "n": {"$sum": 1}}}, {"$merge": {"into": "facets"}}])
    assert rows.database["facets"].count_documents({}) == 4


def test_values_inside_arrays_are_counted_by_unwind(rows: Collection) -> None:
    """`distinct` on a path through an array answers nothing on the test server: we never use it there."""
    found = rows.aggregate([{"$unwind": "$tags"}, {"$group": {"_id": "$tags.k"}}, {"$sort": {"_id": 1}}])
    assert [row["_id"] for row in found] == ["a", "b"]


# ---- writing


def test_array_filters_pipeline_updates_and_find_and_modify(rows: Collection) -> None:
    rows.update_one({"_id": 3}, {"$set": {"tags.$[one].v": 99}}, array_filters=[{"one.k": "b"}])
    assert rows.find_one({"_id": 3})["tags"] == [{"k": "a", "v": 3}, {"k": "b", "v": 99}]
    rows.update_one({"_id": 3}, [{"$set": {"n": {"$add": ["$n", 1]}}}])
    after = rows.find_one_and_update({"_id": 3}, {"$inc": {"n": 1}}, return_document=ReturnDocument.AFTER)
    assert after["n"] == 5


def test_a_transaction_is_all_or_nothing(client: Any, rows: Collection) -> None:
    with client.start_session() as session:
        session.start_transaction()
        rows.insert_one({"_id": 100}, session=session)
        session.abort_transaction()
        session.start_transaction()
        rows.insert_one({"_id": 101}, session=session)
        session.commit_transaction()
    assert [row["_id"] for row in rows.find({"_id": {"$gte": 100}})] == [101]


def test_a_change_stream_resumes(rows: Collection) -> None:
    with rows.watch(max_await_time_ms=200) as stream:
        rows.insert_one({"_id": 200})
        token = next(stream)["_id"]
        rows.insert_one({"_id": 201})
    with rows.watch(resume_after=token, max_await_time_ms=200) as stream:
        assert next(stream)["documentKey"] == {"_id": 201}


def test_types_come_back_as_they_went(database: Any) -> None:
    at = datetime(2026, 5, 4, 10, 0, 0, 123_000, tzinfo=UTC)
    sent = {
        "_id": 1,
        "long": Int64(2**63 - 1),
        "decimal": Decimal128(Decimal("1.10")),
        "at": at,
        "nul": "a\x00b",
        "nested": [[1, [2]], []],
        "bytes": b"\x00\xff",
        "text": "größe 注文 😀",
        "null": None,
    }
    database["types"].insert_one(sent)
    assert database["types"].find_one() == sent


def test_a_document_beyond_16_mib_is_refused(database: Any) -> None:
    with pytest.raises((DocumentTooLarge, OperationFailure)):
        database["large"].insert_one({"x": "y" * 17_000_000})


# ---- faults (only where the server is ours)


def test_what_was_acknowledged_outlives_kill_9(reached: tuple[Running | None, str], client: Any) -> None:
    server, _ = reached
    if server is None:
        pytest.skip("a given server is not ours to kill")
    found = client.get_database("gregor_probe", write_concern=WriteConcern("majority", j=True))["kill"]
    acknowledged = 0
    until_at = time.monotonic() + 1.5
    while time.monotonic() < until_at:
        found.bulk_write([InsertOne({"_id": acknowledged + n}) for n in range(50)], ordered=False)
        acknowledged += 50
    server.stop(signal.SIGKILL)
    server.start()
    assert found.count_documents({}) == acknowledged
    client.drop_database("gregor_probe")


def test_a_stopped_server_hangs_and_goes_on(reached: tuple[Running | None, str], client: Any) -> None:
    server, _ = reached
    if server is None:
        pytest.skip("a given server is not ours to stop")
    documents = Documents(client, "gregor_probe", DeadLetters(Wire(), "sink-mongo", lambda: 0))  # type: ignore[arg-type]
    until(lambda: documents.probe() is None, "the server answers")
    server.send(signal.SIGSTOP)
    try:
        assert documents.probe() is not None
    finally:
        server.send(signal.SIGCONT)
    until(lambda: documents.probe() is None, "the server answers again")
