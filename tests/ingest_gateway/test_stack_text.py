"""Stack text of every language as its runtime prints it; total and linear on anything else."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest_gateway.stack_text.parse import BY_PLATFORM, parse

PYTHON = """Traceback (most recent call last):
  File "/app/shop/db.py", line 12, in load
    return rows[key]
           ~~~~^^^^^
KeyError: 'amount'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    run()
  File "/app/shop/pay.py", line 42, in run
    raise PayError("no amount") from error
  [Previous line repeated 3 more times]
shop.errors.PayError: no amount
"""
PYTHON_GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "/app/main.py", line 9, in <module>
  |     raise ExceptionGroup("two", errors)
  | ExceptionGroup: two (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/app/a.py", line 1, in a
    |     one()
    | ValueError: one
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "/app/b.py", line 2, in b
    |     two()
    | KeyError: 'two'
    +------------------------------------
"""
V8 = """TypeError: Cannot read properties of undefined (reading 'amount')
    at Till.charge (/app/src/till.js:10:15)
    at async Object.pay [as run] (file:///app/src/pay.js:20:3)
    at new Basket (/app/src/basket.js:5:1)
    at /app/src/index.js:1:2
    at Array.map (<anonymous>)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {
  [cause]: RangeError: too much
      at deep (/app/src/deep.js:7:9)
}"""
GECKO = """charge@https://shop.example/static/app.js:10:15
@https://shop.example/static/app.js:20:3
async*run/<@https://shop.example/static/app.js:30:1"""
JSC = """charge@https://shop.example/app.js:10:15
map@[native code]
global code@https://shop.example/app.js:20:3"""
JAVA = """Exception in thread "main" com.shop.PayException: cannot pay
second line
\tat com.shop.Pay.run(Pay.java:42)
\tat java.base/java.lang.Thread.run(Thread.java:840)
\tat app//com.shop.Main.main(Main.java:7)
\tSuppressed: java.io.IOException: close
\t\tat com.shop.Res.close(Res.java:3)
Caused by: java.lang.NullPointerException
\tat com.shop.Till.charge(Till.java:12)
\tat com.shop.Pay.lambda$run$0(Pay.java)
\t... 2 more"""
PHP = """PHP Fatal error:  Uncaught PDOException: gone in /app/db.php:10
Stack trace:
#0 /app/pay.php(20): Shop\\Db->query('SELECT 1')
#1 [internal function]: Shop\\Pay->run()
#2 /app/index.php(5): array_map(Object(Closure), Array)
#3 {main}

Next Shop\\PayError: cannot pay in /app/pay.php:25
Stack trace:
#0 /app/index.php(5): Shop\\Pay::start()
#1 {main}
  thrown in /app/pay.php on line 25"""
OTEL_PHP = """Exception: thrown
\tat Shop.Pay.run(Pay.php:17)
\tat main.main(index.php:3)"""
GO = """panic: runtime error: index out of range [3] with length 3

goroutine 1 [running]:
example.com/shop/pay.(*Till).Charge(0xc000012345, 0x1)
\t/app/pay/till.go:12 +0x1d
main.main()
\t/app/main.go:5 +0x2a
created by main.start in goroutine 7
\t/app/main.go:3 +0x11

goroutine 2 [sleep]:
time.Sleep(0x1)
\t/usr/local/go/src/runtime/time.go:1 +0x1"""
GO_ERRORS = """no amount
example.com/shop.load
\t/app/load.go:8
main.main
\t/app/main.go:5"""
DOTNET = """System.InvalidOperationException: outer ---> System.ArgumentException: inner
   at Shop.Till.Charge(Int32 amount) in C:\\src\\Till.cs:line 12
   --- End of inner exception stack trace ---
   at Shop.Pay.<RunAsync>d__5.MoveNext() in /src/Pay.cs:line 42
--- End of stack trace from previous location ---
   at Shop.Main.Start()"""
RUBY = """/app/till.rb:12:in `charge': no amount (Shop::PayError)
\tfrom /app/pay.rb:5:in `block in run'
\tfrom /app/main.rb:1:in `<main>'"""
RUBY_34 = """/app/till.rb:12:in 'Shop::Till#charge'
/app/pay.rb:5:in 'Shop::Pay.run'"""
DART = """#0      Till.charge (package:shop/till.dart:12:5)
#1      main.<anonymous closure> (file:///app/bin/main.dart:3:9)
<asynchronous suspension>
#2      _delayEntrypointInvocation (dart:isolate-patch/isolate_patch.dart:302)"""


def short(text: str, platform: str) -> list[tuple[str, str, list[str]]]:
    """(type, value, frames as `module|function|file|line`), cause first, outermost first."""
    return [(each.type, each.value, [_frame(frame) for frame in each.frames]) for each in parse(text, platform)]


def _frame(frame: dict[str, Any]) -> str:
    return f"{frame.get('module', '')}|{frame['function']}|{frame.get('filename', '')}|{frame['lineno']}"


CASES = [
    pytest.param(PYTHON, "python", [
        ("KeyError", "'amount'", ["|load|/app/shop/db.py|12"]),
        ("PayError", "no amount", ["|<module>|/app/main.py|3", "|run|/app/shop/pay.py|42"]),
    ], id="Python, chained"),
    pytest.param(PYTHON_GROUP, "python", [
        ("ValueError", "one", ["|a|/app/a.py|1"]),
        ("KeyError", "'two'", ["|b|/app/b.py|2"]),
        ("ExceptionGroup", "two (2 sub-exceptions)", ["|<module>|/app/main.py|9"]),
    ], id="Python, a group"),
    pytest.param(V8, "node", [
        ("RangeError", "too much", ["|deep|/app/src/deep.js|7"]),
        ("TypeError", "Cannot read properties of undefined (reading 'amount')", [
            "|process.processTicksAndRejections|node:internal/process/task_queues|95", "|Array.map|<anonymous>|0",
            "||/app/src/index.js|1", "|Basket|/app/src/basket.js|5", "|Object.pay|file:///app/src/pay.js|20",
            "|Till.charge|/app/src/till.js|10",
        ]),
    ], id="V8, with a cause"),
    pytest.param(GECKO, "javascript", [("", "", [
        "|async*run/<|https://shop.example/static/app.js|30", "||https://shop.example/static/app.js|20",
        "|charge|https://shop.example/static/app.js|10",
    ])], id="Gecko"),
    pytest.param(JSC, "javascript", [("", "", [
        "|global code|https://shop.example/app.js|20", "|map|[native code]|0", "|charge|https://shop.example/app.js|10",
    ])], id="JavaScriptCore"),
    pytest.param(JAVA, "java", [
        ("NullPointerException", "", [
            "com.shop.Main|main|Main.java|7", "java.lang.Thread|run|Thread.java|840",
            "com.shop.Pay|lambda$run$0|Pay.java|0", "com.shop.Till|charge|Till.java|12",
        ]),
        ("PayException", "cannot pay\nsecond line", [
            "com.shop.Main|main|Main.java|7", "java.lang.Thread|run|Thread.java|840", "com.shop.Pay|run|Pay.java|42",
        ]),
    ], id="Java, caused by"),
    pytest.param(PHP, "php", [
        ("PDOException", "gone", [
            "||/app/index.php|5", "|array_map||0", "Shop\\Pay|run|/app/pay.php|20", "Shop\\Db|query|/app/db.php|10",
        ]),
        ("Shop\\PayError", "cannot pay", ["||/app/index.php|5", "Shop\\Pay|start|/app/pay.php|25"]),
    ], id="PHP, with the one before"),
    pytest.param(OTEL_PHP, "php", [("Exception", "thrown", ["main|main|index.php|3", "Shop.Pay|run|Pay.php|17"])],
                 id="OpenTelemetry's PHP"),
    pytest.param(GO, "go", [("panic", "runtime error: index out of range [3] with length 3", [
        "main|start|/app/main.go|3", "main|main|/app/main.go|5",
        "example.com/shop/pay|(*Till).Charge|/app/pay/till.go|12",
    ])], id="Go, a panic"),
    pytest.param(GO_ERRORS, "go", [("", "", ["main|main|/app/main.go|5", "example.com/shop|load|/app/load.go|8"])],
                 id="Go, an error with its stack"),
    pytest.param(DOTNET, "csharp", [
        ("ArgumentException", "inner", ["Shop.Till|Charge|C:\\src\\Till.cs|12"]),
        ("InvalidOperationException", "outer", [
            "Shop.Main|Start||0", "Shop.Pay.<RunAsync>d__5|MoveNext|/src/Pay.cs|42",
        ]),
    ], id=".NET, an inner exception"),
    pytest.param(RUBY, "ruby", [("Shop::PayError", "no amount", [
        "|<main>|/app/main.rb|1", "|block in run|/app/pay.rb|5", "|charge|/app/till.rb|12",
    ])], id="Ruby"),
    pytest.param(RUBY_34, "ruby", [("", "", ["Shop::Pay|run|/app/pay.rb|5", "Shop::Till|charge|/app/till.rb|12"])],
                 id="Ruby 3.4"),
    pytest.param(DART, "dart", [("", "", [
        "|_delayEntrypointInvocation|dart:isolate-patch/isolate_patch.dart|302",
        "|main.<anonymous closure>|file:///app/bin/main.dart|3", "|Till.charge|package:shop/till.dart|12",
    ])], id="Dart"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "platform", "found"), CASES)
def test_by_platform(text: str, platform: str, found: Any) -> None:
    assert short(text, platform) == found


@pytest.mark.parametrize(("text", "platform", "found"), CASES)
def test_by_shape(text: str, platform: str, found: Any) -> None:
    assert short(text, "other") == found


@pytest.mark.parametrize("text", ["", "no stack at all", "at least: 5", "    #00 abs 0000006d", "{}", "a@b.c"])
def test_what_is_no_stack_stays_text(text: str) -> None:
    assert parse(text, "other") == []


@pytest.mark.parametrize("platform", [*BY_PLATFORM, "other"])
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "Traceback (most recent call last):",
                '  File "a", line x, in',
                "    at ",
                "\tat a.b(c",
                "#0 ",
                "#1 a(b): c",
                "@",
                ":1:2",
                "goroutine 1 [",
                "\t/x.go:1",
                "a.rb:1:in `",
                "Caused by: ",
                "... 9 more",
                " ---> ",
                "  | ",
                "+-",
                "(",
                ")",
                "é",
                "\x00",
                "",
                "   --- End of inner exception stack trace ---",
                "Next ",
                "[cause]: ",
                "  [Previous line repeated",
            ]
        ),
        max_size=12,
    )
)
def test_total(platform: str, lines: list[str]) -> None:
    for text in ("\n".join(lines), "".join(lines)):
        parse(text, platform)


@pytest.mark.parametrize("platform", [*BY_PLATFORM, "other"])
@pytest.mark.parametrize(
    "piece", ["\tat a(b:1)\n", "a@b:1:2\n", "#0 a(1): b\n", "Caused by: x\n", "... 9 more\n", "((((", "at "]
)
def test_linear(platform: str, piece: str) -> None:
    text = "x.Y: z\n\tat a(b:1)\n" + piece * 20_000
    began = time.thread_time()
    parse(text, platform)
    assert time.thread_time() - began < 0.25


def test_a_lone_surrogate_is_borne() -> None:
    assert parse("E: \ud800\n    at f (a.js:1:2)", "other")
