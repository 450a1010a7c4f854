"""Two hundred events of our own and what they become.

`python -m tests.stream_processors.fingerprint.golden` writes the answers. A changed answer means a new
version of the keys (grouping.md 6.4), never a new file.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from domain.home import settle
from schemas.error_event import ErrorEvent, ExceptionInfo, Frame, Message
from schemas.occurrence import Occurrence
from tests.builders import AT, numbered
from tests.stream_processors.fingerprint.events import Stage

ANSWERS: Final = Path(__file__).with_name("golden.jsonl")
Row = tuple[str, ...]  # function, module or file, source line; `~` before the function: not ours

# platform, type, value, frames crash first
BASES: Final[tuple[tuple[str, str, str, tuple[Row, ...]], ...]] = (
    (
        "python",
        "KeyError",
        "'amount'",
        (
            ("pay", "shop.views", "net = order['amount']"),
            ("dispatch", "shop.urls", "return view(request)"),
            ("~get_response", "django.core.handlers", "response = self.inner(request)"),
        ),
    ),
    (
        "python",
        "DoesNotExist",
        "Order matching query does not exist.",
        (
            ("~get", "django.db.models.query", "raise self.model.DoesNotExist("),
            ("order_of", "shop.models", "return Order.objects.get(pk=pk)"),
            ("detail", "shop.views", "order = order_of(pk)"),
        ),
    ),
    (
        "python",
        "ConnectionError",
        "Error 111 connecting to 10.0.3.7:6379. Connection refused.",
        (
            ("~connect", "redis.connection", "raise ConnectionError(self._error_message(e))"),
            ("~execute_command", "redis.client", "conn = self.connection"),
            ("~get", "redis.client", "return self.execute_command('GET', name)"),
            ("~run", "threading", "self._target()"),
        ),
    ),
    (
        "python",
        "ValueError",
        "invalid literal for int() with base 10: 'abc12'",
        (("<listcomp>", "shop.imports", "[int(x) for x in row]"), ("load", "shop.imports", "numbers = parse(row)")),
    ),
    (
        "python",
        "RecursionError",
        "maximum recursion depth exceeded",
        (("walk", "shop.tree", "return walk(node.next)"),) * 12 + (("render", "shop.views", "walk(root)"),),
    ),
    (
        "python",
        "RuleError",
        "order 4711 breaks rule 12",
        (("ensure_valid", "shop.rules", "raise RuleError(text)"), ("checkout", "shop.cart", "ensure_valid(order)")),
    ),
    (
        "php",
        "Illuminate\\Database\\QueryException",
        "SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.orders' doesn't exist",
        (
            (
                "-Illuminate\\Database\\Connection::runQueryCallback",
                "vendor/laravel/framework/src/Connection.php",
                "throw new QueryException(",
            ),
            (
                "App\\Http\\Controllers\\OrderController::index",
                "app/Http/Controllers/OrderController.php",
                "$orders = Order::all();",
            ),
            ("App\\Http\\Kernel::{closure}", "app/Http/Kernel.php", "return $next($request);"),
        ),
    ),
    (
        "php",
        "ErrorException",
        'Undefined array key "amount"',
        (
            ("App\\Services\\Payment::net", "app/Services/Payment.php", "$net = $order['amount'] * 0.81;"),
            ("class@anonymous\x00/srv/app/x.php:12$1a::run", "app/x.php", "$this->net($order);"),
        ),
    ),
    (
        "java",
        "java.lang.NullPointerException",
        'Cannot invoke "Order.amount()" because "<local3>" is null',
        (
            ("net", "org.shop.Payment", ""),
            ("lambda$pay$3", "org.shop.PaymentService", ""),
            ("~invoke0", "jdk.internal.reflect.NativeMethodAccessorImpl", ""),
            ("pay$$FastClassBySpringCGLIB$$1a2b", "org.shop.PaymentService$$EnhancerBySpringCGLIB$$9f8e", ""),
            ("~doDispatch", "org.springframework.web.servlet.DispatcherServlet", ""),
        ),
    ),
    (
        "java",
        "java.lang.ClassCastException",
        "class shop.A cannot be cast to class shop.B (shop.A and shop.B are in unnamed module of loader 'app')",
        (("convert", "org.shop.Converter$1", ""), ("run", "org.shop.Jobs", "")),
    ),
    (
        "java",
        "java.sql.SQLTimeoutException",
        "statement timed out after 30000 ms",
        (
            ("~execute", "com.zaxxer.hikari.pool.ProxyStatement", ""),
            ("~query", "org.springframework.jdbc.core.JdbcTemplate", ""),
            ("find", "org.shop.OrderRepository", ""),
            ("list", "org.shop.OrderController", ""),
        ),
    ),
    (
        "java",
        "java.lang.StackOverflowError",
        "",
        (("add", "org.shop.Tree", ""), ("visit", "org.shop.Node", "")) * 10 + (("main", "org.shop.Main", ""),),
    ),
    (
        "javascript",
        "TypeError",
        "Cannot read properties of undefined (reading 'price')",
        (
            ("total", "src/cart.ts", "return item.price * item.count;"),
            ("Array.map", "<anonymous>", ""),
            ("renderCart", "src/cart.ts", "items.map(total)"),
            ("~callCallback", "node_modules/react-dom/cjs/react-dom.development.js", "func.apply(context, funcArgs);"),
        ),
    ),
    (
        "javascript",
        "TypeError",
        "undefined is not an object (evaluating 't.price')",
        (("r", "https://shop.test/assets/app-BxYdKLm4.js", ""), ("n", "https://shop.test/assets/app-BxYdKLm4.js", "")),
    ),
    (
        "javascript",
        "ChunkLoadError",
        "Loading chunk 17 failed.",
        (("e", "https://shop.test/assets/runtime.1a2b3c4d.js", ""),),
    ),
    ("javascript", "Error", "Script error.", ()),
    (
        "javascript",
        "Error",
        "Hydration failed because the initial UI does not match",
        (("throwOnHydrationMismatch", "node_modules/react-dom/index.js", "throw Error(formatted)"),),
    ),
    ("javascript", "TypeError", "x is null", (("f", "chrome-extension://abcdef/content.js", "x.y"),)),
    (
        "javascript",
        "Error",
        "NG0100: ExpressionChangedAfterItHasBeenCheckedError",
        (
            ("~throwErrorIfNoChangesMode", "node_modules/@angular/core/fesm2022/core.mjs", "throw new RuntimeError("),
            ("CartComponent_Template", "src/app/cart.component.ts", "{{ total() }}"),
        ),
    ),
    (
        "node",
        "Error",
        "connect ECONNREFUSED 127.0.0.1:5432",
        (("~TCPConnectWrap.afterConnect [as oncomplete]", "node:net", ""),),
    ),
    (
        "node",
        "PaymentError",
        "card 4242 refused",
        (
            ("Stripe.charge", "./src/stripe.js", "throw new PaymentError(text)"),
            ("async pay", "./src/pay.js", "await charge(card)"),
        ),
    ),
    (
        "dart",
        "FormatException",
        "Invalid double 'abc'",
        (
            ("double.parse", "dart:core", ""),
            ("Cart.total", "package:shop/cart.dart", ""),
            ("Cart.total.<anonymous closure>", "package:shop/cart.dart", ""),
            ("~State.setState", "package:flutter/src/widgets/framework.dart", ""),
        ),
    ),
    (
        "ruby",
        "ActiveRecord::RecordNotFound",
        "Couldn't find Order with 'id'=4711",
        (
            ("~find", "gems/activerecord/lib/core.rb", "raise RecordNotFound"),
            ("block in show", "app/controllers/orders_controller.rb", "@order = Order.find(params[:id])"),
            ("show", "app/controllers/orders_controller.rb", "respond { load }"),
        ),
    ),
    (
        "ruby",
        "NoMethodError",
        "undefined method `amount' for nil:NilClass",
        (("_app_views_orders_show_html_erb__123456_7890", "app/views/orders/show.html.erb", "<%= order.amount %>"),),
    ),
    (
        "go",
        "*errors.errorString",
        "dial tcp 10.0.0.1:5432: connect: connection refused",
        (
            ("(*Store).Get.func1", "github.com/shop/store", "return nil, err"),
            ("(*Server).handle", "github.com/shop/server", "order, err := s.store.Get(id)"),
        ),
    ),
    (
        "csharp",
        "System.NullReferenceException",
        "Object reference not set to an instance of an object.",
        (
            ("MoveNext", "Shop.Payments+<Pay>d__5", ""),
            ("~Throw", "System.Runtime.ExceptionServices.ExceptionDispatchInfo", ""),
            ("<Pay>b__12_3", "Shop.Controllers.PayController", ""),
        ),
    ),
    (
        "elixir",
        "KeyError",
        "key :amount not found in: %{id: 4711}",
        (
            ("Shop.Pay.net/1", "Shop.Pay", "order.amount"),
            ("anonymous fn/1 in Shop.Pay.run/2", "Shop.Pay", "Enum.map(orders, &net/1)"),
        ),
    ),
    (
        "native",
        "SIGSEGV",
        "Segfault at 0x10",
        (
            ("memcpy", "/usr/lib/libc.so.6", ""),
            ("shop::Cart::total(std::vector<int, std::allocator<int> > const&)", "/opt/shop/bin/shop", ""),
            ("main", "/opt/shop/bin/shop", ""),
        ),
    ),
    (
        "native",
        "SIGABRT",
        "a.cc:12: Assertion `n > 0' failed.",
        (
            ("abort", "/usr/lib/libc.so.6", ""),
            ("__assert_fail", "/usr/lib/libc.so.6", ""),
            ("shop::check_count(int) [clone .cold]", "/opt/shop/bin/shop", ""),
            ("shop::run()", "/opt/shop/bin/shop", ""),
        ),
    ),
    (
        "rust",
        "panic",
        "thread 'main' panicked at 'index out of bounds: the len is 3 but the index is 5', src/cart.rs:42:5",
        (
            ("core::panicking::panic_bounds_check::h0123456789abcdef", "", ""),
            ("<shop::Cart as core::ops::Index<usize>>::index::h0123456789abcdef", "", ""),
            ("shop::main::{{closure}}::hfedcba9876543210", "", ""),
        ),
    ),
    (
        "cocoa",
        "EXC_BAD_ACCESS",
        "KERN_INVALID_ADDRESS at 0x10",
        (
            ("objc_msgSend", "/usr/lib/libobjc.A.dylib", ""),
            ("-[CartViewController pay:]_block_invoke_2", "/private/var/app/Shop", ""),
            ("closure #1 in Cart.total(items:)", "/private/var/app/Shop", ""),
        ),
    ),
    ("python", "", "worker 17 lost its lease on shard 3/7 after 12.5s", ()),
    ("php", "", "payment for ann@shop.test refused: 'insufficient_funds'", ()),
    ("java", "", "upload of /srv/in/4711.csv aborted after 48213 bytes", ()),
)

Change = Callable[[ErrorEvent], ErrorEvent]


def frame(row: Row, platform: str, number: int) -> Frame:
    own = not row[0].startswith("~")
    path = "/" in row[1] or row[1].startswith("<") or row[1].endswith((".php", ".js"))
    return Frame(
        function=row[0].removeprefix("~"),
        module="" if path else row[1],
        filename=row[1] if path and platform not in ("native", "cocoa") else "",
        package=row[1] if path and platform in ("native", "cocoa") else "",
        lineno=10 + number,
        in_app=own,
        context_line=row[2],
    )


def base(platform: str, kind: str, value: str, rows: tuple[Row, ...]) -> ErrorEvent:
    frames = tuple(frame(row, platform, number) for number, row in enumerate(reversed(rows)))
    said: dict[str, Any] = {"message": Message(formatted=value)}
    if kind:
        said = {"exceptions": (ExceptionInfo(type=kind, value=value, frames=frames),)}
    return ErrorEvent(
        event_id=numbered(0),
        project_id=1,
        home_key="",
        received_at=AT,
        occurred_at=AT,
        service="shop",
        platform=platform,
        transaction="/cart",
        **said,
    )


def changed(event: ErrorEvent, **fields: Any) -> ErrorEvent:
    if not event.exceptions:
        return event
    return msgspec.structs.replace(event, exceptions=(msgspec.structs.replace(event.exceptions[0], **fields),))


def with_frames(event: ErrorEvent, change: Callable[[tuple[Frame, ...]], tuple[Frame, ...]]) -> ErrorEvent:
    return changed(event, frames=change(event.exceptions[0].frames)) if event.exceptions else event


def each_frame(**fields: Any) -> Change:
    return lambda event: with_frames(
        event, lambda all_: tuple(msgspec.structs.replace(each, **fields) for each in all_)
    )


CHANGES: Final[tuple[tuple[str, Change], ...]] = (
    ("as it is", lambda event: event),
    ("lines moved", each_frame(lineno=999)),
    ("no sources", each_frame(context_line="")),
    ("outer frame gone", lambda event: with_frames(event, lambda frames: frames[1:])),
    (
        "other type",
        lambda event: changed(event, type=f"{event.exceptions[0].type}2") if event.exceptions else event,
    ),
    (
        "wrapped",
        lambda event: msgspec.structs.replace(
            event,
            exceptions=(*event.exceptions, ExceptionInfo(type="java.util.concurrent.ExecutionException"))
            if event.exceptions
            else (),
        ),
    ),
    ("custom", lambda event: msgspec.structs.replace(event, fingerprint=("{{ default }}", "{{ transaction }}"))),
)


def events() -> Iterator[tuple[str, ErrorEvent]]:
    for row in BASES:
        for name, change in CHANGES:
            yield f"{row[0]} {row[1] or 'message'}: {name}", settle(change(base(*row)))


class Answer(msgspec.Struct, frozen=True):
    name: str
    issue: str
    matched: str
    keys: tuple[str, ...]
    weak: bool = False
    why: msgspec.Raw = msgspec.Raw(b"null")


def answers() -> list[Answer]:
    stage = Stage()
    return [answer(name, stage.occurrence(event)) for name, event in events()]


def answer(name: str, found: Occurrence) -> Answer:
    why = found.why if isinstance(found.why, msgspec.Raw) else msgspec.Raw(b"null")
    keys = tuple(f"{each.kind.value}:{each.key}" for each in found.new_keys)
    return Answer(name, found.issue_id, found.matched.value, keys, found.weak, why)


def lines(found: list[Answer]) -> str:
    return b"".join(msgspec.json.encode(each) + b"\n" for each in found).decode()


if __name__ == "__main__":
    ANSWERS.write_text(lines(answers()))
