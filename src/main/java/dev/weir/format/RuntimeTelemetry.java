package dev.weir.format;

import dev.weir.telemetry.Log;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Keeps ONNX Runtime from reporting to its vendor what this process loads and runs.
 *
 * <p>The official builds do so by default, from the moment their environment is created: they read the command line and
 * the machine's id, write below the home and temporary directories, and send. A command line of more than about four
 * kilobytes even crashes the process. The runtime's API comes too late to stop it, and only an environment variable
 * does; so this sets one in the process before the runtime is loaded.
 */
final class RuntimeTelemetry {

    private static final Log LOG = Log.of(RuntimeTelemetry.class);
    private static final String SWITCH = "ORT_DISABLE_TELEMETRY";

    private RuntimeTelemetry() {}

    /** Switches it off for this process, unless the environment has set the switch itself. */
    @SuppressWarnings("restricted") // setenv is called with the arguments that POSIX gives it
    static void switchOff() {
        Linker linker = Linker.nativeLinker();
        MemorySegment setenv = linker.defaultLookup().find("setenv").orElse(null);
        if (setenv == null) {
            return; // Windows, whose builds report by other means, which the runtime's API switches off
        }
        MethodHandle call = linker.downcallHandle(
                setenv,
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int failed = (int) call.invokeExact(arena.allocateFrom(SWITCH), arena.allocateFrom("1"), 0);
            if (failed != 0) {
                LOG.warn("the runtime's telemetry can't be switched off").write();
            }
        } catch (Throwable e) {
            LOG.warn("the runtime's telemetry can't be switched off").cause(e).write();
        }
    }
}
