"""Frames that leave no trace, as data: they come and go with runtime, build, proxy or platform (grouping.md 3.2)."""

from typing import Final

ASYNC: Final = "async"
PROXY: Final = "proxy"
REFLECTION: Final = "reflection"
RAISE: Final = "raise"
RUNTIME: Final = "runtime"
REPORT: Final = "report"
ALLOCATOR: Final = "allocator"
NAMELESS: Final = "nameless"
MINIFIED: Final = "minified"
STRIPPED: Final = "stripped"  # a native frame of which nothing is known
NATIVE_CODE: Final = "native_code"

# Script: a file called `<anonymous>` or `[native code]` with one of these is the engine's own.
ENGINE_FUNCTIONS: Final = frozenset(
    [
        *("apply", "bind", "call", "catch", "every", "filter", "finally", "find", "findIndex", "flatMap", "forEach"),
        *("from", "map", "next", "parse", "processTicksAndRejections", "Promise", "reduce", "reduceRight", "replace"),
        *("resolve", "run", "some", "sort", "stringify", "then", "throw", "return", "Generator", "new Promise"),
    ]
)

JVM_STARTS: Final = (  # of the class
    "jdk.internal.reflect.",
    "sun.reflect.",
    "java.lang.reflect.",
    "java.lang.invoke.",
    "com.sun.proxy.",
    "jdk.proxy",
    "org.springframework.cglib.proxy.",
    "net.sf.cglib.proxy.",
    "org.springframework.aop.framework.CglibAopProxy",
    "org.springframework.aop.framework.ReflectiveMethodInvocation",
    "org.springframework.aop.framework.JdkDynamicAopProxy",
    "kotlin.coroutines.jvm.internal.",
)
JVM_PARTS: Final = (  # anywhere in the class
    ("$$Lambda", PROXY),
    ("$Proxy", PROXY),
    ("CGLIB", PROXY),
    ("$$SpringProxy", PROXY),
    ("$$FastClass", PROXY),
    ("HibernateProxy", PROXY),
    ("_$$_javassist", PROXY),
    ("_javassist_", PROXY),
    ("$ByteBuddy$", PROXY),
)

DOTNET_NAMES: Final = frozenset(
    [
        "System.Runtime.ExceptionServices.ExceptionDispatchInfo::Throw",
        "System.Runtime.CompilerServices.TaskAwaiter::ThrowForNonSuccess",
        "System.Runtime.CompilerServices.TaskAwaiter::HandleNonSuccessAndDebuggerNotification",
        "System.Runtime.CompilerServices.TaskAwaiter::ValidateEnd",
        "System.Runtime.CompilerServices.TaskAwaiter::GetResult",
        "System.ThrowHelper",
    ]
)

# Native, by the name after normalisation. Exact, then by prefix.
NATIVE_EXACT: Final = {
    name: why
    for why, names in (
        (
            RAISE,
            """abort __abort abort_message __GI_abort __GI_raise raise gsignal kill __kill pthread_kill __pthread_kill
            __pthread_kill_implementation __pthread_kill_internal __kernel_rt_sigreturn __restore_rt _sigtramp tgkill
            __libc_message __assert_fail __assert_fail_base __assert_rtn __assert2 __assert __assert_perror_fail
            __GI___assert_fail _assert _wassert assert_fail __stack_chk_fail __fortify_fail __chk_fail
            default_terminate_handler demangling_terminate_handler _objc_terminate CPPExceptionTerminate
            std::terminate std::__terminate std::unexpected __cxxabiv1::__terminate __clang_call_terminate
            __gnu_cxx::__verbose_terminate_handler std::rethrow_exception std::__1::rethrow_exception
            __cxa_throw __cxa_rethrow __cxa_bad_cast __cxa_call_unexpected __cxa_pure_virtual _purecall
            _Unwind_RaiseException _Unwind_Resume failed_throw
            objc_exception_throw objc_exception_rethrow __exceptionPreprocess objc_terminate
            swift_unexpectedError swift_errorInMain swift_willThrow _assertionFailure _fatalErrorMessage
            _swift_runtime_on_report swift_runtime_failure
            RaiseException RtlRaiseException RtlpExecuteHandlerForException KiUserExceptionDispatch
            KiUserExceptionDispatcher UnhandledExceptionFilter RtlUnhandledExceptionFilter _CxxThrowException
            CxxThrowException terminate _invalid_parameter _invalid_parameter_noinfo _invoke_watson
            __report_gsfailure RtlReportFatalFailure RtlFailFast RtlFailFast2 RtlReportCriticalFailure
            RtlpReportHeapFailure RtlpHeapHandleError NtRaiseException ZwRaiseException DebugBreak __debugbreak
            __android_log_assert _CFThrowFormattedException mutateError CrashTrampolineAsm
            gpusGenerateCrashLog gpusKillClientExt gpusKillClient gpus_ReturnNotPermittedKillClient
            gpus_KillClient v8::base::OS::Abort base::ImmediateCrash
            common_assert_to_stderr common_assert_to_message_box common_message_window abort_stub
            runtime.gopanic runtime.panicmem runtime.sigpanic runtime.throw runtime.fatalthrow runtime.panicIndex
            runtime.panicdivide runtime.goPanicIndex panic
            V8_Fatal""",
        ),
        (
            RUNTIME,
            """_start start __libc_start_main __libc_start_call_main __libc_start_main_impl __scrt_common_main_seh
            invoke_main mainCRTStartup WinMainCRTStartup __tmainCRTStartup BaseThreadInitThunk RtlUserThreadStart
            __RtlUserThreadStart _RtlUserThreadStart start_thread thread_start clone __clone clone3 __clone3
            _pthread_start __pthread_start _pthread_body __pthread_body __pthread_start_rtl thread_start_rtl
            __pthread_start_internal start_wqthread _pthread_wqthread UIApplicationMain NSApplicationMain
            GSEventRunModal GSEventRun CFRunLoopRunSpecific CFRunLoopRun asan_thread_start ThreadStarter
            __start_thread __bionic_clone runtime.goexit runtime.main rust_begin_short_backtrace""",
        ),
        (
            ALLOCATOR,
            """malloc free calloc realloc cfree __libc_malloc __libc_free __libc_calloc __libc_realloc _int_malloc
            _int_free _int_realloc malloc_consolidate malloc_printerr malloc_report malloc_vreport malloc_zone_malloc
            malloc_zone_free malloc_zone_error malloc_error_break _malloc_zone_malloc szone_free
            szone_malloc_should_clear nanov2_malloc nanov2_allocate nanov2_allocate_from_block tiny_malloc_should_clear
            tiny_free_list_add_ptr free_tiny free_small free_list_checksum_botch _szone_free_definite_size
            RtlFreeHeap RtlAllocateHeap RtlpFreeHeap RtlpAllocateHeap RtlpFreeHeapInternal RtlpAllocateHeapInternal
            RtlpLowFragHeapFree HeapFree HeapAlloc operator new operator delete operator new[] operator delete[]
            _free_base _malloc_base je_free je_malloc""",
        ),
    )
    for name in names.replace("operator ", "operator\x00").split()
}
NATIVE_EXACT.update({name.replace("\x00", " "): why for name, why in list(NATIVE_EXACT.items()) if "\x00" in name})

NATIVE_PREFIXES: Final = (
    ("_asan_", REPORT),
    ("_sanitizer_", REPORT),
    ("__asan_", REPORT),
    ("__asan::", REPORT),
    ("__ubsan_", REPORT),
    ("__ubsan::", REPORT),
    ("__msan", REPORT),
    ("__tsan", REPORT),
    ("__lsan", REPORT),
    ("__hwasan", REPORT),
    ("__sanitizer", REPORT),
    ("__interceptor_", REPORT),
    ("___interceptor_", REPORT),
    ("__memprof", REPORT),
    ("fuzzer::", REPORT),
    ("afl_", REPORT),
    ("HonggfuzzRun", REPORT),
    ("HonggfuzzMain", REPORT),
    ("crashpad::", REPORT),
    ("google_breakpad::", REPORT),
    ("base::debug::", REPORT),
    ("sentry::", REPORT),
    ("<sentry::", REPORT),
    ("sentry_core::", REPORT),
    ("sentry_panic::", REPORT),
    ("backtrace::", REPORT),
    ("logging::LogMessage", RAISE),
    ("logging::CheckError", RAISE),
    ("logging::LogAssert", RAISE),
    ("google::LogMessage", RAISE),
    ("google::base::CheckOp", RAISE),
    ("absl::log_internal::", RAISE),
    ("absl::internal_statusor::", RAISE),
    ("absl::base_internal::", RAISE),
    ("v8::base::FatalOOM", RAISE),
    ("v8::internal::V8::FatalProcessOutOfMemory", RAISE),
    ("v8::Utils::ReportApiFailure", RAISE),
    ("testing::internal::AssertHelper", RAISE),
    ("testing::internal::TestEventRepeater::OnTestPartResult", RAISE),
    ("testing::UnitTest::AddTestPartResult", RAISE),
    ("fuzztest::internal::GTest_", RAISE),
    ("panic_abort::", RAISE),
    ("__CFRunLoop", RUNTIME),
    ("__CFRUNLOOP_IS_", RUNTIME),
    ("_dispatch_", RUNTIME),
    ("-[UIApplication _run]", RUNTIME),
    ("-[NSApplication run]", RUNTIME),
    ("core::panicking::", RAISE),
    ("std::panicking::", RAISE),
    ("std::panic::", RUNTIME),
    ("std::sys_common::backtrace::", RUNTIME),
    ("std::sys::backtrace::", RUNTIME),
    ("std::rt::", RUNTIME),
    ("std::sys::unix::thread::", RUNTIME),
    ("std::sys::pal::unix::thread::", RUNTIME),
    ("std::thread::Builder::spawn", RUNTIME),
    ("core::ops::function::FnOnce", RUNTIME),
    ("<std::panic::AssertUnwindSafe", RUNTIME),
    ("<core::panic::unwind_safe::AssertUnwindSafe", RUNTIME),
    ("<alloc::boxed::Box", RUNTIME),
    ("core::result::unwrap_failed", RAISE),
    ("core::option::expect_failed", RAISE),
    ("core::option::expect_none_failed", RAISE),
    ("core::option::unwrap_failed", RAISE),
    ("rust_begin_unwind", RAISE),
    ("rust_panic", RAISE),
    ("__rust_", RUNTIME),
    ("___rust_", RUNTIME),
    ("std::__throw_", RAISE),
    ("std::__1::__throw_", RAISE),
    ("__cxxabiv1::failed_throw", RAISE),
    ("-[NSException ", RAISE),
    ("+[NSException ", RAISE),
    ("Swift::_assertionFailure", RAISE),
    ("Swift._assertionFailure", RAISE),
)

# Of the language, wherever they were compiled into: what is inlined differs from build to build.
NATIVE_LIBRARIES: Final = (
    *("std::", "__gnu_cxx::", "boost::", "__cxxabiv1::"),
    *("core::", "alloc::", "<core::", "<alloc::", "<std::"),
)

# Frames without a name in these are how a process dies or a thread begins.
NAMELESS_IMAGES: Final = frozenset(
    [
        *("libsystem_kernel.dylib", "libsystem_pthread.dylib", "libsystem_c.dylib", "libsystem_platform.dylib"),
        *("libc++abi.dylib", "libobjc.a.dylib", "libdyld.dylib", "dyld", "libc.so", "libc.so.6", "libpthread.so.0"),
        *("ntdll.dll", "kernelbase.dll", "kernel32.dll", "ucrtbase.dll", "vcruntime140.dll", "[vdso]", "app_process64"),
    ]
)
