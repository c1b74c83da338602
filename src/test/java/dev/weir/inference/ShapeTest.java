package dev.weir.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Negative;

class ShapeTest {

    @Provide
    Arbitrary<long[]> extents() {
        return Arbitraries.oneOf(
                        Arbitraries.longs().between(0, 3),
                        Arbitraries.longs().between(0, Long.MAX_VALUE),
                        Arbitraries.of(0L, 1L, 1L << 21, 1L << 31, 1L << 32, (1L << 32) - 1, Long.MAX_VALUE))
                .array(long[].class)
                .ofMaxSize(6);
    }

    private static BigInteger productOfAllButZeros(long... extents) {
        return Arrays.stream(extents)
                .filter(extent -> extent != 0)
                .mapToObj(BigInteger::valueOf)
                .reduce(BigInteger.ONE, BigInteger::multiply);
    }

    @Property
    void shouldCountElementsExactlyOrRefuse(@ForAll("extents") long[] extents) {
        boolean fits = productOfAllButZeros(extents).bitLength() < Long.SIZE;
        boolean empty = Arrays.stream(extents).anyMatch(extent -> extent == 0);

        if (fits) {
            long expected = empty ? 0 : productOfAllButZeros(extents).longValueExact();
            assertThat(Shape.of(extents).elements()).isEqualTo(expected);
        } else {
            assertThat(catchThrowableOfType(RequestRejected.class, () -> Shape.of(extents))
                            .code())
                    .isEqualTo(FailureCode.LIMIT_EXCEEDED);
        }
    }

    @Property
    void shouldJudgeExtentsInAnyOrderTheSame(@ForAll("extents") long[] extents) {
        long[] reversed = extents.clone();
        List<Long> list = Arrays.asList(Arrays.stream(extents).boxed().toArray(Long[]::new));
        Collections.reverse(list);
        Arrays.setAll(reversed, list::get);

        assertThat(accepts(reversed)).isEqualTo(accepts(extents));
    }

    private static boolean accepts(long... extents) {
        try {
            return Shape.of(extents).elements() >= 0;
        } catch (RequestRejected e) {
            return false;
        }
    }

    @Property
    void shouldRefuseNegativeExtents(@ForAll("extents") long[] extents, @ForAll @Negative long negative) {
        long[] spoiled = Arrays.copyOf(extents, extents.length + 1);
        spoiled[0] = negative;

        RequestRejected refusal = catchThrowableOfType(RequestRejected.class, () -> Shape.of(spoiled));

        assertThat(refusal.code()).isEqualTo(FailureCode.WRONG_SHAPE);
        assertThat(refusal.field()).isEqualTo("shape");
    }

    @Example
    void shouldCountOneElementInAScalar() {
        assertThat(Shape.of().elements()).isOne();
        assertThat(Shape.of().rank()).isZero();
    }

    @Example
    void shouldNotChangeWithTheArrayItWasMadeFrom() {
        long[] extents = {2, 3};
        Shape shape = Shape.of(extents);

        extents[0] = 99;

        assertThat(shape.dimension(0)).isEqualTo(2);
    }

    @Example
    void shouldNotChangeWithTheArrayItHandsOut() {
        Shape shape = Shape.of(2, 3);

        shape.toArray()[0] = 99;

        assertThat(shape).isEqualTo(Shape.of(2, 3));
    }

    @Property
    void shouldEqualAShapeOfTheSameExtentsOnly(@ForAll("extents") long[] extents) {
        Assume.that(accepts(extents));
        Shape shape = Shape.of(extents);

        assertThat(shape).isEqualTo(Shape.of(extents)).hasSameHashCodeAs(Shape.of(extents));
        assertThat(shape).isNotEqualTo(Shape.of(1, 1, 1, 1, 1, 1, 1));
    }

    @Example
    void shouldReadAsAList() {
        assertThat(Shape.of(1, 4)).hasToString("[1, 4]");
    }
}
