"""The walk from the crash outward, and recursion (grouping.md 3.4)."""

import pytest

from stream_processors.fingerprint.slim import SlimFrame
from stream_processors.fingerprint.stack import walk


def frame(function: str, **fields: str | bool) -> SlimFrame:
    """`library.f` is a frame of a library; a plain name one of ours."""
    own = not function.startswith("library.")
    return SlimFrame(**({"function": function, "module": "m", "in_app": own} | fields))  # type: ignore[arg-type]


def walked(*functions: str) -> list[str]:
    """Functions outermost first; the result is crash first."""
    return [each.function for each in walk([frame(function) for function in functions], "python").symbols]


@pytest.mark.parametrize(
    ("functions", "symbols"),
    [
        pytest.param(["a", "b", "c"], ["c", "b", "a"], id="crash first"),
        pytest.param(["a", "library.x", "b"], ["b", "a"], id="only ours, if there are any"),
        pytest.param(
            [f"library.{n}" for n in range(7)], [f"library.{n}" for n in (6, 5, 4, 3, 2)], id="else five of the library"
        ),
        pytest.param([str(n) for n in range(20)], [str(n) for n in range(19, 11, -1)], id="eight with names"),
        pytest.param(["a", "b", "b", "b"], ["b", "a"], id="a function that calls itself"),
        pytest.param(["a", "b", "c", "b", "c", "b", "c"], ["c", "b", "a"], id="two that call each other"),
        pytest.param(["z", *"abcd" * 3], ["d", "c", "b", "a", "z"], id="a cycle of four"),
        pytest.param([*"abcde" * 2], ["e", "d", "c", "b", "a", "e", "d", "c"], id="five are no cycle"),
        pytest.param(["a", "b", "a"], ["a", "b", "a"], id="coming back once is no cycle"),
        pytest.param([], [], id="no frames"),
    ],
)
def test_walk(functions: list[str], symbols: list[str]) -> None:
    assert walked(*functions) == symbols


def test_64_frames_are_visited() -> None:
    frames = [frame("outer"), *[frame(f"library.{n}") for n in range(64)]]
    assert walk(frames, "python").app is False


def test_a_stack_whose_own_frames_are_noise_is_one_without() -> None:
    frames = [frame("library.run"), frame("", module="a.B$$Lambda$1")]
    found = walk(frames, "java")
    assert ([each.function for each in found.symbols], found.app) == (["library.run"], False)


def test_where_everything_is_noise_the_noise_is_what_is_left() -> None:
    found = walk([SlimFrame(function="main_loop"), SlimFrame(function="abort")][1:], "native")
    assert [each.function for each in found.symbols] == ["abort"]


def test_an_image_of_the_system_is_never_ours() -> None:
    frames = [
        SlimFrame(function="pay", in_app=True, package="/opt/shop"),
        SlimFrame(function="memcpy", in_app=True, package="/usr/lib/libc.so"),
    ]
    assert [each.function for each in walk(frames, "native").symbols] == ["pay"]


def test_the_languages_own_templates_are_not_ours() -> None:
    frames = [SlimFrame(function="pay", in_app=True), SlimFrame(function="std::vector<int>::at(int)", in_app=True)]
    assert [each.function for each in walk(frames, "native").symbols] == ["pay"]


def test_behind_a_stripped_crash_frame_nothing_of_ours_counts() -> None:
    frames = [
        SlimFrame(function="main", in_app=True, package="/opt/shop"),
        SlimFrame(function="<redacted>", in_app=True),
        SlimFrame(function="objc_msgSend", package="/usr/lib/libobjc.A.dylib"),
    ]
    found = walk(frames, "native")
    assert (found.app, found.symbols[0].function) == (False, "objc_msgSend")


def test_dropped_frames_are_counted_by_reason() -> None:
    frames = [frame("f"), SlimFrame(abs_path="<asynchronous suspension>", in_app=True), frame("f"), frame("f")]
    assert walk(frames, "dart").dropped == {"async": 1, "recursion": 2}


def test_the_top_of_a_recursion_is_remembered_before_it_collapses() -> None:
    assert walk([frame(name) for name in "xababab"], "python").top == ("m::b", "m::a", "m::b", "m::a")


def test_a_nameless_frame_without_a_line_counts_only_outside_scripts() -> None:
    bare = SlimFrame(function="<anonymous>", filename="./a.js", in_app=True)
    assert walk([bare], "javascript").symbols == ()
    assert len(walk([SlimFrame(function="<listcomp>", module="m", in_app=True)], "python").symbols) == 1
