"""Whose code a frame is, when the client does not say."""

from typing import Final

LIBRARY_PARTS: Final = (
    "/site-packages/",
    "/dist-packages/",
    "/vendor/",
    "/node_modules/",
    "/bower_components/",
    "/.cargo/",
    "/rustc/",
    "/gems/",
    "/go/pkg/mod/",
    "/.pub-cache/",
    "/.m2/",
    "/usr/lib/",
    "/usr/local/lib/",
    "/usr/local/go/",
    "/usr/share/",
    "/lib/python",
    "/lib/ruby",
    "/nodejs/",
    "extension://",
    "webpack/runtime",
    "webpack/bootstrap",
)
LIBRARY_STARTS: Final = (
    "node_modules/",
    "vendor/",
    "node:",
    "internal/",
    "native ",
    "<frozen ",
    "<anonymous>",
    "[native code]",
    "[internal]",
    "dart:",
    "package:flutter/",
    "webpack-internal:///./node_modules/",
)
LIBRARY_MODULES: Final = (
    "java.",
    "javax.",
    "jakarta.",
    "jdk.",
    "sun.",
    "com.sun.",
    "kotlin.",
    "kotlinx.",
    "scala.",
    "groovy.",
    "android.",
    "androidx.",
    "dalvik.",
    "com.android.",
    "com.google.android.",
    "org.springframework.",
    "org.apache.",
    "org.eclipse.",
    "org.hibernate.",
    "org.jboss.",
    "org.junit.",
    "io.netty.",
    "io.undertow.",
    "io.reactivex.",
    "reactor.",
    "ch.qos.logback.",
    "com.zaxxer.hikari.",
    "com.fasterxml.jackson.",
    "System.",
    "Microsoft.",
    "Illuminate\\",
    "Symfony\\",
    "runtime.",
)
LIBRARY_NAMES: Final = ("runtime", "main.main.func", "<native>", "native")


def in_app(module: str, path: str) -> bool:
    """By module and path alone: the runtime's and packages' places are not the application's."""
    if module.startswith(LIBRARY_MODULES) or module in LIBRARY_NAMES:
        return False
    slashed = path.replace("\\", "/")
    if slashed.startswith(LIBRARY_STARTS):
        return False
    return not any(part in slashed for part in LIBRARY_PARTS)


def claimed(prefixes: tuple[str, ...], module: str, path: str) -> bool:
    """Whether the project's own prefixes (settings) claim this frame."""
    return module.startswith(prefixes) or path.startswith(prefixes)
