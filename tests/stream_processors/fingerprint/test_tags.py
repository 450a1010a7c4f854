"""The tags that a project names (data.md 2)."""

from typing import Any

import msgspec
import pytest

from stream_processors.fingerprint.rehearsal import slim
from stream_processors.fingerprint.tags import MAX_BYTES, kept_tags
from tests.builders import an_event


def kept(contexts: Any = None, **fields: Any) -> dict[str, str]:
    given = {"contexts": msgspec.Raw(msgspec.json.encode(contexts))} if contexts is not None else {}
    return kept_tags(slim(an_event(**given, **fields)))


@pytest.mark.parametrize(
    ("keys", "fields", "tags"),
    [
        pytest.param(("a", "b"), {"tags": {"a": "1", "c": "2"}}, {"a": "1"}, id="only those that are named"),
        pytest.param(("server_name",), {"server_name": "web-1"}, {"server_name": "web-1"}, id="server"),
        pytest.param(
            ("browser",), {"contexts": {"browser": {"name": "Chrome", "version": "126.0.6478"}}},
            {"browser": "Chrome 126"}, id="a browser with its first number",
        ),
        pytest.param(
            ("os",), {"contexts": {"os": {"name": "Windows", "version": "10"}}}, {"os": "Windows 10"}, id="an os",
        ),
        pytest.param(
            ("device",), {"contexts": {"device": {"model": "iPhone15,2", "family": "iPhone"}}},
            {"device": "iPhone15,2"}, id="a device by its model",
        ),
        pytest.param(
            ("browser",), {"tags": {"browser": "mine"}, "contexts": {"browser": {"name": "Chrome"}}},
            {"browser": "mine"}, id="a tag comes first",
        ),
        pytest.param(
            ("browser", "os"), {"contexts": {"browser": "Chrome", "os": {"name": "Linux", "version": 5}}},
            {}, id="parts that are not as expected say nothing",
        ),
        pytest.param(("browser",), {"contexts": [1]}, {}, id="nor does the whole"),
        pytest.param(("browser",), {}, {}, id="nor what is absent"),
    ],
)  # fmt: skip
def test_kept_tags(keys: tuple[str, ...], fields: dict[str, Any], tags: dict[str, str]) -> None:
    assert kept(tag_keys=keys, **fields) == tags


def test_together_they_are_bounded() -> None:
    names = tuple(f"name{number}" for number in range(20))
    found = kept(tag_keys=names, tags=dict.fromkeys(names, "ä" * 64))
    assert sum(len(name) + len(value.encode()) for name, value in found.items()) <= MAX_BYTES
    assert len(found) == 3


def test_a_large_tag_does_not_keep_out_a_small_one() -> None:
    found = kept(tag_keys=("a", "b", "c", "d", "e", "f"), tags=dict.fromkeys("abcde", "ä" * 64) | {"f": "x"})
    assert found["f"] == "x"
