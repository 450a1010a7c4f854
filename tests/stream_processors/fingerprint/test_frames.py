"""Every row of the tables of grouping.md 3.2: what a frame becomes, and what leaves no trace."""

from typing import Any

import pytest

from stream_processors.fingerprint.frames import statement, symbol
from stream_processors.fingerprint.slim import SlimFrame, Symbol

WEB = "https://shop.test/assets/app.js"


def found(platform: str, **fields: Any) -> Symbol | str:
    return symbol(SlimFrame(**fields), platform)


def name(platform: str, **fields: Any) -> str:
    """`module::function`, or why the frame is dropped in brackets."""
    symbol_or_reason = found(platform, **fields)
    return f"({symbol_or_reason})" if isinstance(symbol_or_reason, str) else symbol_or_reason.name


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"function": " f ", "module": "a.b"}, "a.b::f", id="trimmed"),
        pytest.param({"function": "f", "filename": "/srv/1.2/Pay.py"}, "pay.py::f", id="a file, never its folder"),
        pytest.param({"function": "f", "filename": "C:\\a\\Pay.py"}, "pay.py::f", id="windows folders"),
        pytest.param({"function": "f", "filename": "a-3f9c2d1.py"}, "a.py::f", id="hex before the extension is off"),
        pytest.param({"function": "f", "filename": "a.3f9c2d1e.x.py"}, "a.x.py::f", id="also between dots"),
        pytest.param({"function": "f", "filename": "a-facade.py"}, "a-facade.py::f", id="a word is no hash"),
        pytest.param({"function": "f", "filename": "0123456789abcdef.py"}, "f", id="16 hex digits are no name"),
        pytest.param({"function": "", "module": ""}, "(nameless)", id="without any name it is dropped"),
        pytest.param({"function": "x" * 600, "module": "m"}, "m::" + "x" * 500, id="names are cut"),
    ],
)
def test_on_all_platforms(fields: dict[str, str], expected: str) -> None:
    assert name("other", **fields) == expected


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("pay", "pay"),
        ("async pay", "pay"),
        ("async*pay", "pay"),
        ("new Cart", "Cart"),
        ("get total", "total"),
        ("set total", "total"),
        ("getTotal", "getTotal"),
        ("newCart", "newCart"),
        ("Object.foo [as bar]", "bar"),
        ("Cart.prototype.pay", "pay"),
        ("shop/cart/pay", "pay"),
        ("?", ""),
        ("<anonymous>", ""),
        ("anonymous", ""),
        ("Anonymous function", ""),
        ("<anonymous function: run>", "run"),
        ("Global code", ""),
        ("eval", ""),
        ("eval code", ""),
        ("promiseReactionJob", ""),
        ("pay/<", ""),
        ("Cart.<anonymous>", ""),
        ("Array.<anonymous>", ""),
    ],
)
def test_script_functions(function: str, expected: str) -> None:
    got = found("javascript", function=function, filename="./src/cart.js", context_line="pay(cart);")
    assert isinstance(got, Symbol)
    assert got.function == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"module": "shop/cart", "filename": "./x.js"}, "shop/cart::pay", id="as given"),
        pytest.param(
            {"module": "shop/cart", "filename": "shop/cart.js"}, "cart::pay", id="its last part, if the path ends so"
        ),
        pytest.param(
            {"filename": "https://a.test/js/app.js?v=12"}, "app.js::pay", id="an address: base name, query off"
        ),
        pytest.param({"filename": "https://a.test/app-BxYdKLm4.js"}, "app.js::pay", id="a hash of any letters is off"),
        pytest.param({"filename": "https://a.test/app-settings.js"}, "app-settings.js::pay", id="a word is no hash"),
        pytest.param(
            {"module": "x", "filename": "https://a.test/app.js"}, "app.js::pay", id="unmapped: the address wins"
        ),
        pytest.param(
            {"module": "shop/cart", "filename": "https://a.test/app.js", "mapped": True},
            "shop/cart::pay",
            id="mapped: the module is real",
        ),
        pytest.param({"filename": "https://a.test/app.js line 26 > eval line 2 > eval"}, "app.js::pay", id="evaluated"),
        pytest.param({"filename": "[native code]"}, "(native_code)", id="native code"),
    ],
)
def test_script_modules(fields: dict[str, Any], expected: str) -> None:
    assert name("javascript", function="pay", **fields) == expected


@pytest.mark.parametrize("function", ["Array.map", "Array.forEach", "new Promise", "Promise.then", "map"])
def test_the_engines_own_frames_are_dropped(function: str) -> None:
    assert name("node", function=function, filename="<anonymous>") == "(native_code)"


@pytest.mark.parametrize(
    ("fields", "minified", "function"),
    [
        pytest.param({"function": "a", "filename": WEB}, True, "", id="built address, no line: a short name is none"),
        pytest.param({"function": "pay", "filename": WEB}, True, "pay", id="a longer name is kept"),
        pytest.param({"function": "a", "filename": "https://x.test/cart.js"}, True, "", id="short name, no line"),
        pytest.param(
            {"function": "pay", "filename": "https://x.test/cart.js"}, False, "pay", id="real name, plain file"
        ),
        pytest.param({"function": "a", "filename": WEB, "context_line": "x" * 201}, True, "", id="an endless line"),
        pytest.param({"function": "a", "filename": WEB, "context_line": "pay()"}, False, "a", id="a line of people"),
        pytest.param({"function": "a", "filename": WEB, "mapped": True}, False, "a", id="mapped back"),
        pytest.param({"function": "a", "filename": "./cart.js"}, False, "a", id="not from the network"),
    ],
)
def test_minified(fields: dict[str, Any], minified: bool, function: str) -> None:
    got = found("javascript", **fields)
    assert isinstance(got, Symbol)
    assert (got.minified, got.function) == (minified, function)


def test_a_line_of_an_unmapped_script_counts_up_to_120_characters() -> None:
    short, long = "pay(" + "a" * 110 + ");", "pay(" + "a" * 130 + ");"
    shown = [found("javascript", function="pay", filename=WEB, context_line=line) for line in (short, long)]
    assert [isinstance(each, Symbol) and bool(each.statement) for each in shown] == [True, False]


@pytest.mark.parametrize(
    ("module", "function", "expected"),
    [
        ("a.B", "pay", "a.B::pay"),
        ("a.B", "lambda$pay$3", "a.B::pay.<lambda>"),
        ("a.B", "lambda$3", "a.B::<lambda>"),
        ("a.B", "access$123", "a.B::access"),
        ("a.B", "pay$lambda-4", "a.B::pay.<lambda>"),
        ("a.B", "$anonfun$pay$1", "a.B::pay.<lambda>"),
        ("a.B", "pay$default", "a.B::pay"),
        ("a.B$1", "run", "a.B$::run"),
        ("a.B$Inner", "run", "a.B$Inner::run"),
        ("a.core$fn__4711", "invoke", "a.core$fn::invoke"),
        ("a.B$$Lambda$12/0x00a1", "run", "(proxy)"),
        ("com.sun.proxy.$Proxy12", "run", "(proxy)"),
        ("jdk.proxy2.$Proxy12", "run", "(proxy)"),
        ("sun.reflect.GeneratedMethodAccessor12", "invoke", "(reflection)"),
        ("jdk.internal.reflect.DirectMethodHandleAccessor", "invoke", "(reflection)"),
        ("sun.reflect.NativeMethodAccessorImpl", "invoke0", "(reflection)"),
        ("java.lang.reflect.Method", "invoke", "(reflection)"),
        ("a.B$$EnhancerBySpringCGLIB$$1a2b3c", "run", "(proxy)"),
        ("org.springframework.aop.framework.CglibAopProxy", "intercept", "(reflection)"),
        ("a.B$$FastClassBySpringCGLIB$$1a2b", "invoke", "(proxy)"),
        ("a.B$$SpringProxy$1a2b", "invoke", "(proxy)"),
        ("a.B$HibernateProxy$xY12", "getId", "(proxy)"),
        ("a.B_$$_javassist_12", "getId", "(proxy)"),
    ],
)
def test_jvm(module: str, function: str, expected: str) -> None:
    assert name("java", module=module, function=function, filename="B.java") == expected


@pytest.mark.parametrize(
    ("platform", "fields", "expected"),
    [
        pytest.param(
            "php",
            {"function": "class@anonymous\x00/srv/a.php:12$1a::run"},
            "pay.php::class@anonymous::run",
            id="php class",
        ),
        pytest.param(
            "php", {"function": "class@anonymous /srv/a.php0x7f"}, "pay.php::class@anonymous", id="php class, bare"
        ),
        pytest.param("php", {"function": "A\\B::{closure}"}, "pay.php::", id="php closure"),
        pytest.param("php", {"function": "{closure:A\\B::run():12}"}, "pay.php::", id="php 8.4 closure"),
        pytest.param("php", {"function": "A\\B::run", "module": "A\\B"}, "pay.php::A\\B::run", id="php: the file"),
        pytest.param("ruby", {"function": "block in pay"}, "pay.php::pay", id="ruby block"),
        pytest.param("ruby", {"function": "block (2 levels) in pay"}, "pay.php::pay", id="ruby levels"),
        pytest.param("ruby", {"function": "rescue in pay"}, "pay.php::pay", id="ruby rescue"),
        pytest.param("ruby", {"function": "ensure in block in pay"}, "pay.php::pay", id="ruby ensure in block"),
        pytest.param("ruby", {"function": "block in Cart#pay"}, "pay.php::pay", id="ruby 3.4 says the class"),
        pytest.param("ruby", {"function": "_app_views_x_erb__123_4567890"}, "pay.php::_app_views_x_erb", id="erb"),
        pytest.param(
            "ruby", {"function": "_app_views_x_erb__12345_4567890"}, "pay.php::_app_views_x_erb", id="erb, longer"
        ),
        pytest.param("dart", {"function": "<anonymous closure>"}, "pay.php::<fn>", id="dart closure"),
        pytest.param("dart", {"function": "Cart.pay.<anonymous closure>"}, "pay.php::Cart.pay.<fn>", id="dart inner"),
        pytest.param(
            "dart", {"function": "pay", "abs_path": "package:shop/cart.dart"}, "shop/cart.dart::pay", id="dart package"
        ),
        pytest.param("dart", {"abs_path": "<asynchronous suspension>"}, "(async)", id="dart gap"),
        pytest.param("csharp", {"module": "A.B", "function": "<Pay>b__12_3"}, "A.B::Pay.<lambda>", id="c# lambda"),
        pytest.param("csharp", {"module": "A.B+<Pay>d__5", "function": "MoveNext"}, "A.B::Pay", id="c# async"),
        pytest.param("csharp", {"module": "A.List`1", "function": "Get(Int32)"}, "A.List::Get", id="c# generics"),
        pytest.param(
            "csharp",
            {"module": "System.Runtime.ExceptionServices.ExceptionDispatchInfo", "function": "Throw"},
            "(raise)",
            id="c# rethrow",
        ),
        pytest.param("elixir", {"module": "A", "function": "anonymous fn/1 in A.run/2"}, "A::A.run/2", id="elixir fn"),
        pytest.param("elixir", {"module": "A", "function": "-run/2-fun-0-"}, "A::run/2", id="erlang fun"),
        pytest.param(
            "go", {"module": "main", "function": "(*Cart).Pay.func1.2"}, "main::(*Cart).Pay.func", id="go closure"
        ),
        pytest.param("go", {"module": "main", "function": "Map[...].Get"}, "main::Map.Get", id="go generics"),
        pytest.param("go", {"module": "runtime", "function": "gopanic"}, "(raise)", id="go panic"),
    ],
)
def test_managed_languages(platform: str, fields: dict[str, str], expected: str) -> None:
    assert name(platform, **({"filename": "/srv/pay.php"} | fields)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"function": "<listcomp>", "module": "a"}, "a::", id="inlined since 3.12"),
        pytest.param({"function": "<genexpr>", "module": "a"}, "a::", id="generator"),
        pytest.param({"function": "<lambda>", "module": "a"}, "a::<lambda>", id="a lambda is a function"),
        pytest.param({"function": "block_123", "filename": "<template_1a2b>"}, "<dynamic>::block", id="generated"),
        pytest.param({"function": "<module>", "filename": "<string>"}, "<dynamic>::<module>", id="string"),
        pytest.param({"function": "<module>", "filename": "<ipython-input-3>"}, "<dynamic>::<module>", id="notebook"),
        pytest.param({"function": "step_12", "module": "a"}, "a::step_12", id="numbers stay in files of people"),
    ],
)
def test_python(fields: dict[str, str], expected: str) -> None:
    assert name("python", **fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"function": "f(int)", "filename": "x.cc"}, "f", id="only the function"),
        pytest.param({"function": "??", "package": "/opt/libx.so"}, "libx.so::", id="without one the package"),
        pytest.param(
            {"instruction_addr": "0x1010", "image_addr": "0x1000", "package": "/opt/app"},
            "app::+10",
            id="or the place in its image",
        ),
        pytest.param({"function": "<redacted>"}, "(stripped)", id="nothing is known"),
        pytest.param({"package": "/usr/lib/system/libsystem_kernel.dylib"}, "(runtime)", id="nameless in the kernel"),
    ],
)
def test_native(fields: dict[str, str], expected: str) -> None:
    assert name("native", **fields) == expected


@pytest.mark.parametrize(
    ("function", "why"),
    [
        ("abort", "raise"),
        ("__pthread_kill", "raise"),
        ("__cxa_throw", "raise"),
        ("std::terminate()", "raise"),
        ("__assert_fail", "raise"),
        ("core::panicking::panic_fmt::h0123456789abcdef", "raise"),
        ("RaiseException", "raise"),
        ("logging::LogMessage::~LogMessage()", "raise"),
        ("google::LogMessageFatal::~LogMessageFatal()", "raise"),
        ("V8_Fatal", "raise"),
        ("__asan_report_load8", "report"),
        ("__sanitizer::CheckFailed", "report"),
        ("fuzzer::Fuzzer::ExecuteCallback(unsigned char const*)", "report"),
        ("crashpad::CaptureContext", "report"),
        ("malloc", "allocator"),
        ("operator new(unsigned long)", "allocator"),
        ("_start", "runtime"),
        ("__libc_start_main", "runtime"),
        ("pay", ""),
    ],
)
def test_native_noise(function: str, why: str) -> None:
    got = found("native", function=function)
    assert isinstance(got, Symbol)
    assert got.noise == why


@pytest.mark.parametrize(
    ("frame", "event", "expected"),
    [
        pytest.param({"platform": "native", "function": "f(int)"}, "java", "f", id="the frame's platform wins"),
        pytest.param({"function": "block in f", "filename": "a.rb"}, "other", "a.rb::f", id="by its file"),
        pytest.param(
            {"function": "lambda$f$1", "module": "a.B", "filename": "SourceFile"},
            "",
            "a.B::f.<lambda>",
            id="obfuscated",
        ),
        pytest.param({"function": "f", "filename": "a.xyz"}, "other", "a.xyz::f", id="unknown: as it is"),
    ],
)
def test_language(frame: dict[str, str], event: str, expected: str) -> None:
    got = symbol(SlimFrame(**frame), event)
    assert isinstance(got, Symbol)
    assert got.name == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param('  net = order["amount"] ;', "net=order['amount']", id="blanks, quotes, semicolon"),
        pytest.param("foo(`a`),", "foo('a')", id="backticks, comma"),
        pytest.param("});", "", id="no letter"),
        pytest.param("x;", "", id="under four characters"),
        pytest.param("a" * 300, "a" * 200, id="200 characters"),
    ],
)
def test_statement(line: str, expected: str) -> None:
    assert statement(line) == expected
