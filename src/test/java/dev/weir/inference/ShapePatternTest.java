package dev.weir.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

class ShapePatternTest {

    @Provide
    Arbitrary<long[]> promised() {
        return Arbitraries.longs().between(-1, 3).array(long[].class).ofMaxSize(3);
    }

    @Provide
    Arbitrary<long[]> concrete() {
        return Arbitraries.longs().between(0, 3).array(long[].class).ofMaxSize(3);
    }

    @Property
    void shouldMatchAShapeThatAgreesOnEveryAxis(
            @ForAll("promised") long[] promised, @ForAll("concrete") long[] concrete) {
        boolean agrees = promised.length == concrete.length;
        for (int axis = 0; agrees && axis < promised.length; axis++) {
            agrees = promised[axis] == -1 || promised[axis] == concrete[axis];
        }

        assertThat(ShapePattern.of(promised).matches(Shape.of(concrete))).isEqualTo(agrees);
    }

    @Property
    void shouldCoverAPatternOnlyIfEveryShapeThatFitsItFitsThisToo(
            @ForAll("promised") long[] wide, @ForAll("promised") long[] narrow, @ForAll("concrete") long[] concrete) {
        boolean covers = ShapePattern.of(wide).covers(ShapePattern.of(narrow));
        Shape shape = Shape.of(concrete);

        if (covers && ShapePattern.of(narrow).matches(shape)) {
            assertThat(ShapePattern.of(wide).matches(shape)).isTrue();
        }
    }

    @Property
    void shouldCoverItself(@ForAll("promised") long[] promised) {
        assertThat(ShapePattern.of(promised).covers(ShapePattern.of(promised))).isTrue();
    }

    @Example
    void shouldNotCoverAnyExtentWithACertainOne() {
        assertThat(ShapePattern.of(3).covers(ShapePattern.of(-1))).isFalse();
    }

    @Property
    void shouldRefuseExtentsBelowMinusOne(@ForAll @LongRange(min = Long.MIN_VALUE, max = -2) long extent) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ShapePattern.of(1, extent))
                .withMessageContaining(String.valueOf(extent));
    }

    @Example
    void shouldNotChangeWithTheArrayItHandsOut() {
        ShapePattern pattern = ShapePattern.of(-1, 3);

        pattern.toArray()[0] = 99;

        assertThat(pattern).isEqualTo(ShapePattern.of(-1, 3)).hasToString("[-1, 3]");
    }
}
