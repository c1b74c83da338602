package dev.weir.registry;

import dev.weir.failure.RegistryUnavailable;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Says what is wrong with a store that is asked, without its address or credentials. */
final class S3Failures {

    static final int PRECONDITION_FAILED = 412;
    static final String SILENT = "the store does not answer";

    private S3Failures() {}

    static RegistryUnavailable unusable(String why, @Nullable Exception cause) {
        return new RegistryUnavailable("the registry's bucket can't be used: " + why, cause);
    }

    /** Says whether an answer of 404 means the key. */
    static boolean isNoKey(S3Exception e) {
        // An answer without a body, as to HEAD, can't say whether it is the key or the bucket that is missing.
        return e.awsErrorDetails() == null
                || !"NoSuchBucket".equals(e.awsErrorDetails().errorCode());
    }

    static String explain(SdkException e) {
        if (!(e instanceof S3Exception answer)) {
            return String.valueOf(e.getMessage()).contains("credentials") ? "there are no credentials for it" : SILENT;
        }
        String code = answer.awsErrorDetails() == null
                ? ""
                : String.valueOf(answer.awsErrorDetails().errorCode());
        if (code.equals("NoSuchBucket")) {
            return "there is no such bucket";
        }
        return switch (answer.statusCode()) {
            case 301, 307 -> "it is in another region (weir.registry.s3.region)";
            case 401, 403 -> "the store refuses access (HTTP " + answer.statusCode() + ")";
            case PRECONDITION_FAILED -> "an object changed while it was read";
            case 429, 503 -> "the store asks for fewer requests (HTTP " + answer.statusCode() + ")";
            default -> "the store answers HTTP " + answer.statusCode();
        };
    }

    static RegistryUnavailable tooSlow(Duration timeout, @Nullable Exception cause) {
        return unusable("the store takes longer than " + timeout.toMillis() + " ms (weir.registry.s3.timeout)", cause);
    }

    /**
     * Makes a request.
     *
     * @param timeout how long it may take, which the client sees to
     * @throws RegistryUnavailable when it fails
     */
    static <T extends @Nullable Object> T asked(Supplier<T> request, Duration timeout) {
        try {
            return request.get();
        } catch (ApiCallTimeoutException e) {
            throw tooSlow(timeout, e);
        } catch (SdkException e) {
            throw unusable(explain(e), e);
        } catch (UncheckedIOException e) { // what a client that reads an answer throws, of all it may
            throw unusable(SILENT, e);
        }
    }
}
