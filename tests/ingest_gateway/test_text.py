"""Text: what is cleaned, how it is cut, and that any JSON value has one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_gateway.normalise.text import Texts, clean, clip, plain
from ingest_gateway.scrub.scrubber import DEFAULT, Tally


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        pytest.param("plain text", "plain text", id="plain text stays"),
        pytest.param("two\nlines\tand a tab", "two\nlines\tand a tab", id="newline and tab stay"),
        pytest.param("a\r\nb\rc", "a\nb\nc", id="carriage returns are newlines"),
        pytest.param("a\x00b", "a\ufffdb", id="NUL is replaced"),
        pytest.param("\x1b[31mred", "\ufffd[31mred", id="an ANSI escape is replaced"),
        pytest.param("a\x85b", "a\ufffdb", id="C1 is replaced"),
        pytest.param("a\u202eb\u2066c", "abc", id="bidi marks are removed"),
        pytest.param("a\ud800b", "a\ufffdb", id="a lone surrogate is replaced"),
        pytest.param("\ud83d\ude00", "\U0001f600", id="a pair of surrogates is one character"),
        pytest.param("grüße 東京", "grüße 東京", id="letters of all scripts stay"),
    ],
)
def test_clean(given_text: str, kept: str) -> None:
    assert clean(given_text) == kept


@pytest.mark.parametrize(
    ("text", "cap", "kept"),
    [
        pytest.param("short", 10, "short", id="what fits stays"),
        pytest.param("one two three", 10, "one two ", id="the run at the cut goes"),
        pytest.param("pay 4111 1111 1111 1111 now", 15, "pay ", id="digits with blanks are one run"),
        pytest.param("pay 4111-1111-1111-1111 now", 15, "pay ", id="digits with dashes are one run"),
        pytest.param("x" * 300, 200, "x" * 72, id="at most 128 bytes are given back"),
        pytest.param("ä" * 10, 5, "", id="a code point is never split"),
        pytest.param("see https://u:secret@host", 17, "see ", id="half an address with a password goes"),
    ],
)
def test_clip(text: str, cap: int, kept: str) -> None:
    assert clip(text, cap) == kept


@given(st.text(), st.integers(1, 64))
def test_a_cut_text_fits_its_cap(text: str, cap: int) -> None:
    short = clip(clean(text), cap)
    assert len(short.encode()) <= cap
    assert clean(text).startswith(short)


@given(st.text(alphabet="ab \n", max_size=30), st.integers(20, 80))
def test_no_cut_leaves_half_a_card(before: str, cap: int) -> None:
    text = f"{before} 4111 1111 1111 1111"
    assert "411" not in DEFAULT.text(clip(text, cap), Tally())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "", id="null is empty"),
        pytest.param(True, "true", id="true is a word"),
        pytest.param(12, "12", id="a number is its digits"),
        pytest.param(1.5, "1.5", id="a float is its shortest form"),
        pytest.param({"a": [1, None]}, '{"a":[1,null]}', id="an object is compact JSON"),
        pytest.param(10**30, "1" + "0" * 30, id="a large integer keeps its digits"),
        pytest.param(10**200, "1" + "0" * 99, id="but at most 100 of them"),
        pytest.param({"a": 10**30}, '{"a":1000000000000000000000000000000}', id="also inside an object"),
    ],
)
def test_plain(value: object, text: str) -> None:
    assert plain(value) == text


def test_a_cut_is_noted_once_per_place() -> None:
    texts = Texts()
    texts.take("a " * 100, 20, "message")
    texts.take("b " * 100, 20, "message")
    assert [(cut.rule, cut.where, cut.count) for cut in texts.notes.cuts()] == [("cap", "message", 2)]
