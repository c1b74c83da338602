package dev.weir.inference;

import io.quarkus.runtime.configuration.MemorySize;
import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Bounds a configured size; the standard constraints know none for it. */
@Documented
@Constraint(validatedBy = Bytes.Check.class)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Bytes {

    /** The least, in bytes. */
    long min();

    /** The most, in bytes. */
    long max() default Long.MAX_VALUE;

    /** What is said of another size. */
    String message() default "must be {min} to {max} bytes";

    /** Not used. */
    Class<?>[] groups() default {};

    /** Not used. */
    Class<? extends Payload>[] payload() default {};

    /** Compares. */
    final class Check implements ConstraintValidator<Bytes, MemorySize> {

        private BigInteger min = BigInteger.ZERO;
        private BigInteger max = BigInteger.ZERO;

        /** Is made by the validator. */
        public Check() {}

        @Override
        public void initialize(Bytes bounds) {
            min = BigInteger.valueOf(bounds.min());
            max = BigInteger.valueOf(bounds.max());
        }

        @Override
        public boolean isValid(@Nullable MemorySize size, ConstraintValidatorContext context) {
            return size == null
                    || (size.asBigInteger().compareTo(min) >= 0
                            && size.asBigInteger().compareTo(max) <= 0);
        }
    }
}
