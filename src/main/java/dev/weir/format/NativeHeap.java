package dev.weir.format;

import dev.weir.telemetry.Log;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * The memory of native code, which is not all given back when native code frees it.
 *
 * <p>The C library of most Linux systems keeps freed memory for the next request, in one of many arenas, depending on the
 * thread. Versions load on a thread each; so what an unloaded version leaves free in one arena is not found by the load of
 * the next in another, and a server that changes its models now and then grows by a model for each arena.
 */
final class NativeHeap {

    private static final Log LOG = Log.of(NativeHeap.class);

    /** Gives the free memory of every arena back to the system; null where the C library knows no such thing. */
    private static final @Nullable MethodHandle TRIM = find();

    private NativeHeap() {}

    @SuppressWarnings("restricted") // malloc_trim is called with the argument that its manual gives it
    private static @Nullable MethodHandle find() {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("malloc_trim")
                .map(trim ->
                        linker.downcallHandle(trim, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)))
                .orElse(null);
    }

    /** Gives what is free back to the system. Takes some milliseconds; thread-safe. */
    static void giveBack() {
        if (TRIM == null) {
            return;
        }
        try {
            int _ = (int) TRIM.invokeExact(0L);
        } catch (Throwable e) {
            LOG.warn("free memory can't be given back to the system").cause(e).write();
        }
    }
}
