package dev.weir.telemetry;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which build this is. */
public final class WeirVersion {

    private static final String CURRENT = read();

    private WeirVersion() {}

    /** Returns the build's version. */
    public static String current() {
        return CURRENT;
    }

    private static String read() {
        try (InputStream in = WeirVersion.class.getResourceAsStream("/weir-version.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
