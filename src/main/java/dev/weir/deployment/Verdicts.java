package dev.weir.deployment;

import dev.weir.failure.WeirException;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Acceptance;
import dev.weir.registry.Listing;
import dev.weir.telemetry.Log;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What policies that compare versions said, so that a snapshot can be made without reading the registry. A case that was
 * not judged yet stays open until somebody who may wait looks it up. Thread-safe.
 */
final class Verdicts {

    private static final Log LOG = Log.of(Verdicts.class);

    /** What is answered as long as a case is open. */
    static final String OPEN = "it is being compared";

    /**
     * Everything that a verdict depends on.
     *
     * @param standIn whether the version would stand in for the primary
     * @param former what the deployment accepted before
     * @param model what the registry says of the model
     */
    record Case(DeploymentSpec deployment, VersionRef version, boolean standIn, Acceptance former, Listing model) {

        /** Says whether the other is of the same model, as it was before. */
        boolean outdates(Case other) {
            return other.version().model().equals(version.model())
                    && !other.model().equals(model);
        }
    }

    /**
     * A verdict.
     *
     * @param refusal why not, or null
     * @param isFinal false when the registry could not be read for it, so that it is worth another look
     */
    private record Verdict(@Nullable String refusal, boolean isFinal) {}

    private final Map<Case, Verdict> known = new ConcurrentHashMap<>();
    private final Map<Case, Supplier<@Nullable String>> open = new ConcurrentHashMap<>();

    /** Notes what was found. */
    void note(Case each, @Nullable String refusal) {
        known.keySet().removeIf(each::outdates);
        known.put(each, new Verdict(refusal, true));
    }

    /** Returns why not, or null, or {@link #OPEN}. Reads nothing. */
    @Nullable
    String ask(Case each, Supplier<@Nullable String> judge) {
        known.keySet().removeIf(each::outdates);
        open.keySet().removeIf(each::outdates);
        Verdict verdict = known.get(each);
        if (verdict == null || !verdict.isFinal()) {
            open.put(each, judge);
        }
        return verdict == null ? OPEN : verdict.refusal();
    }

    /**
     * Judges what is open, and says whether anything is known now that was not. Blocks while it reads.
     *
     * @param lock held while a verdict is noted, so that whoever holds it sees none change
     */
    boolean lookUp(Object lock) {
        boolean news = false;
        for (Map.Entry<Case, Supplier<@Nullable String>> each : new HashMap<>(open).entrySet()) {
            Verdict verdict = judge(each.getValue());
            synchronized (lock) {
                if (open.remove(each.getKey()) != null) { // or nobody asks any more, or somebody else found out
                    news |= note(each.getKey(), verdict);
                }
            }
        }
        return news;
    }

    /**
     * Notes a verdict and says whether it is news. That the registry can't be read is news once: another reason for that
     * would be looked up again at once, and so on.
     */
    private boolean note(Case each, Verdict verdict) {
        Verdict before = known.get(each);
        if (before != null && before.isFinal()) {
            return false;
        }
        known.put(each, verdict);
        return before == null || verdict.isFinal();
    }

    private static Verdict judge(Supplier<@Nullable String> judge) {
        try {
            return new Verdict(judge.get(), true);
        } catch (WeirException e) {
            return new Verdict("it can't be checked: " + e.publicMessage(), false);
        } catch (RuntimeException e) { // or it would stay open, and keep others from being judged
            LOG.error("a version can't be compared").cause(e).write();
            return new Verdict("it can't be checked", false);
        }
    }

    /** Forgets cases of deployments that are not these, such as of files that changed. */
    void forgetOthers(Collection<DeploymentSpec> deployments) {
        Set<DeploymentSpec> those = new HashSet<>(deployments);
        known.keySet().removeIf(each -> !those.contains(each.deployment()));
        open.keySet().removeIf(each -> !those.contains(each.deployment()));
    }

    /** Returns the versions of which nothing is known yet for a deployment. */
    Set<VersionRef> unjudged(DeploymentSpec deployment) {
        return open.keySet().stream()
                .filter(each -> each.deployment().equals(deployment) && !known.containsKey(each))
                .map(Case::version)
                .collect(Collectors.toSet());
    }

    /** Returns the versions of open cases. */
    Set<VersionRef> undecided() {
        return open.keySet().stream().map(Case::version).collect(Collectors.toSet());
    }
}
