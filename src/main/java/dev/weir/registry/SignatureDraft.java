package dev.weir.registry;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import dev.weir.registry.ManifestDocument.Signature;
import dev.weir.registry.ManifestDocument.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Makes a manifest's signature of what its maker says and what the model file says. */
final class SignatureDraft {

    private final ModelSignature actual;

    /**
     * Begins with what the file says.
     *
     * @param actual the file's own signature
     */
    SignatureDraft(ModelSignature actual) {
        this.actual = actual;
    }

    /**
     * Fills in what is not given. Inputs that are not given are added; outputs are, if none is given.
     *
     * @param given what the maker says; null for nothing
     * @param axisGiven whether that says whether there is a batch axis
     * @throws RequestRejected naming the tensor of which the maker says something else than the file
     */
    Signature with(@Nullable Signature given, boolean axisGiven) {
        Integer axis = actual.batched() ? Integer.valueOf(0) : null;
        if (given == null) {
            return new Signature(axis, all(actual.inputs()), all(actual.outputs()));
        }
        List<Spec> inputs = fill("input", FailureCode.UNKNOWN_INPUT, given.inputs(), actual.inputs());
        List<String> named = inputs.stream().map(Spec::name).toList();
        inputs.addAll(all(actual.inputs().stream()
                .filter(spec -> !named.contains(spec.name()))
                .toList()));
        return new Signature(
                axisGiven ? given.batchAxis() : axis,
                inputs,
                given.outputs() == null
                        ? all(actual.outputs())
                        : fill("output", FailureCode.UNKNOWN_OUTPUT, given.outputs(), actual.outputs()));
    }

    /**
     * Returns a signature that comes from its maker alone, because files of its format tell nothing. Whether it is true,
     * loading shows.
     *
     * @param given what the maker says; null for nothing
     * @param format the format's name
     * @throws RequestRejected naming the first field that is missing
     */
    static Signature whole(@Nullable Signature given, String format) {
        String place = "manifest.signature";
        if (given == null) {
            throw missing(format, place);
        }
        requireWhole(format, place + ".inputs", given.inputs());
        requireWhole(format, place + ".outputs", given.outputs());
        return given;
    }

    private static void requireWhole(String format, String place, @Nullable List<Spec> specs) {
        if (specs == null || specs.isEmpty()) {
            throw missing(format, place);
        }
        for (int i = 0; i < specs.size(); i++) {
            Spec spec = specs.get(i);
            String here = place + "[" + i + "].";
            if (spec.name() == null) {
                throw missing(format, here + "name");
            }
            if (spec.datatype() == null) {
                throw missing(format, here + "datatype");
            }
            if (spec.shape() == null) {
                throw missing(format, here + "shape");
            }
        }
    }

    private static RequestRejected missing(String format, String field) {
        return new RequestRejected(
                FailureCode.MISSING_FIELD,
                "a file of format '" + format + "' does not tell its signature; the manifest must",
                field);
    }

    private static List<Spec> all(List<TensorSpec> specs) {
        return specs.stream().map(spec -> fill(named(spec.name()), spec)).toList();
    }

    private static Spec named(String name) {
        return new Spec(name, null, null, null, null, null);
    }

    private static List<Spec> fill(
            String kind, FailureCode unknown, @Nullable List<Spec> given, List<TensorSpec> actual) {
        List<Spec> filled = new ArrayList<>();
        for (Spec spec : given == null ? List.<Spec>of() : given) {
            String place = "manifest.signature." + kind + "s[" + filled.size() + "]";
            TensorSpec real = actual.stream()
                    .filter(each -> each.name().equals(spec.name()))
                    .findFirst()
                    .orElseThrow(() -> new RequestRejected(
                            unknown,
                            "the model has no such " + kind + "; it has "
                                    + String.join(
                                            ", ",
                                            actual.stream()
                                                    .map(TensorSpec::name)
                                                    .toList()),
                            place + ".name"));
            requireSame(kind, spec, real, place);
            filled.add(fill(spec, real));
        }
        return filled;
    }

    private static void requireSame(String kind, Spec given, TensorSpec real, String place) {
        if (given.datatype() != null && !given.datatype().equals(real.datatype().name())) {
            throw new RequestRejected(
                    FailureCode.WRONG_DATATYPE,
                    kind + " '" + real.name() + "' is given as " + given.datatype() + ", but the model has "
                            + real.datatype(),
                    place + ".datatype");
        }
        List<Long> shape = given.shape();
        if (shape != null && !couldBe(shape, real.shape())) {
            throw new RequestRejected(
                    FailureCode.WRONG_SHAPE,
                    kind + " '" + real.name() + "' is given with shape " + shape + ", but the model has "
                            + real.shape(),
                    place + ".shape");
        }
        List<String> features = given.features();
        long last = real.shape().rank() == 0
                ? 0
                : real.shape().dimension(real.shape().rank() - 1);
        if (features != null && !features.isEmpty() && last != ShapePattern.ANY && last != features.size()) {
            throw new RequestRejected(
                    FailureCode.WRONG_SHAPE,
                    kind + " '" + real.name() + "' is given " + features.size() + " features, but the model has shape "
                            + real.shape(),
                    place + ".features");
        }
    }

    private static boolean couldBe(List<Long> given, ShapePattern real) {
        boolean could = given.size() == real.rank();
        for (int axis = 0; could && axis < real.rank(); axis++) {
            long here = real.dimension(axis);
            could = here == ShapePattern.ANY || given.get(axis) == ShapePattern.ANY || given.get(axis) == here;
        }
        return could;
    }

    private static Spec fill(Spec given, TensorSpec real) {
        return new Spec(
                real.name(),
                real.datatype().name(),
                given.shape() == null ? shape(real.shape(), given.features()) : given.shape(),
                given.features(),
                given.labels(),
                given.nonFinite());
    }

    /** Returns the file's shape, with as many columns as are named where the file takes any number. */
    private static List<Long> shape(ShapePattern real, @Nullable List<String> features) {
        List<Long> shape = new ArrayList<>(LongStream.of(real.toArray()).boxed().toList());
        if (features != null && !features.isEmpty() && !shape.isEmpty() && shape.getLast() == ShapePattern.ANY) {
            shape.set(shape.size() - 1, (long) features.size());
        }
        return shape;
    }
}
