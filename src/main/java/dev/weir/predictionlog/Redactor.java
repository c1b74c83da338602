package dev.weir.predictionlog;

import dev.weir.inference.DataType;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.keyring.Keyring;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Packs the tensors of one side of a signature as a policy wants them recorded. Made once for a policy and a signature; used
 * by every request. Thread-safe; does not block.
 *
 * <p>A feature is a column that the signature names, or a tensor. What a policy says of a tensor goes for each of its columns
 * of which it says nothing. Texts of which it says nothing are left out as soon as it says anything.
 *
 * <p>A digest stands for one element of a column. A tensor whose columns have no names is a value of its own in each row, so
 * one digest stands for a row of it: single elements, such as pixels, take so few values that digests of them would tell.
 */
public final class Redactor {

    /** Which tensor, which column, how many digests: 5 bytes each at most. */
    private static final int RULE_BYTES = 15;

    private final Keyring keyring;

    /** What is taken out, by tensor; a tensor that is not there is kept whole. */
    private final Map<String, List<Rule>> rules;

    private final boolean unknownTextsAreDropped;
    private final Set<String> known;

    /**
     * What is taken out of a tensor.
     *
     * @param column the column along the last axis; null for all of it
     * @param hash how digests of it are made; null when it is dropped
     */
    private record Rule(@Nullable Integer column, @Nullable FeatureHash hash) {}

    private Redactor(Keyring keyring, Map<String, List<Rule>> rules, boolean redacts, Set<String> known) {
        this.keyring = keyring;
        this.rules = Map.copyOf(rules);
        this.unknownTextsAreDropped = redacts;
        this.known = Set.copyOf(known);
    }

    /** Makes the redactor of a policy for the inputs or the outputs of a signature. */
    public static Redactor of(LogPolicy policy, List<TensorSpec> specs, Keyring keyring) {
        Map<String, List<Rule>> rules = new HashMap<>();
        Set<String> known = new HashSet<>();
        if (policy.redacts()) {
            for (TensorSpec spec : specs) {
                known.add(spec.name());
                List<Rule> found = rules(policy.features(), spec);
                if (!found.isEmpty()) {
                    rules.put(spec.name(), found);
                }
            }
        }
        return new Redactor(keyring, rules, policy.redacts(), known);
    }

    private static List<Rule> rules(Map<String, Redaction> features, TensorSpec spec) {
        Redaction unlisted = spec.datatype() == DataType.BYTES ? Redaction.DROP : Redaction.KEEP;
        Redaction whole = features.getOrDefault(spec.name(), unlisted);
        List<Rule> rules = new ArrayList<>();
        if (spec.features().isEmpty()) {
            add(rules, whole, null, spec.name());
            return rules;
        }
        for (int column = 0; column < spec.features().size(); column++) {
            String feature = spec.features().get(column);
            add(rules, features.getOrDefault(feature, whole), column, feature);
        }
        return rules;
    }

    private static void add(List<Rule> rules, Redaction redaction, @Nullable Integer column, String feature) {
        switch (redaction) {
            case KEEP -> {}
            case HASH -> rules.add(new Rule(column, new FeatureHash(feature)));
            case DROP -> rules.add(new Rule(column, null));
        }
    }

    /**
     * Returns the names in a policy that neither side of a signature has, in order: a policy that misspells a feature would
     * record what it should not.
     */
    public static List<String> unknownFeatures(LogPolicy policy, Collection<TensorSpec> inputsAndOutputs) {
        Set<String> names = new HashSet<>();
        for (TensorSpec spec : inputsAndOutputs) {
            names.add(spec.name());
            names.addAll(spec.features());
        }
        return policy.features().keySet().stream()
                .filter(each -> !names.contains(each))
                .sorted()
                .toList();
    }

    /** Says whether it takes anything out; if not, {@link #pack} is a copy. */
    public boolean redacts() {
        return !rules.isEmpty();
    }

    /** Returns how many bytes {@link #pack} makes of these at most: a digest may take more than what it stands for. */
    public long estimate(List<Tensor> tensors) {
        long size = PackedTensors.estimate(tensors);
        for (Tensor tensor : tensors) {
            for (Rule rule : rules.getOrDefault(tensor.name(), List.of())) {
                size += RULE_BYTES + (rule.hash() == null ? 0 : FeatureHash.estimate(tensor, rule.column()));
            }
        }
        return size;
    }

    /** Copies tensors but for what the policy takes out. */
    public PackedTensors pack(List<Tensor> tensors) {
        if (!unknownTextsAreDropped) {
            return PackedTensors.pack(tensors);
        }
        List<PackedTensors.Redacted> redacted = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            Tensor tensor = tensors.get(i);
            List<Rule> found = rules.get(tensor.name());
            if (found != null) {
                for (Rule rule : found) {
                    redacted.add(redact(i, tensor, rule));
                }
            } else if (!known.contains(tensor.name()) && tensor.datatype() == DataType.BYTES) {
                redacted.add(new PackedTensors.Redacted(i, null, List.of()));
            }
        }
        return PackedTensors.pack(tensors, redacted);
    }

    private PackedTensors.Redacted redact(int index, Tensor tensor, Rule rule) {
        FeatureHash hash = rule.hash();
        return new PackedTensors.Redacted(
                index, rule.column(), hash == null ? List.of() : hash.digests(keyring, tensor, rule.column()));
    }
}
