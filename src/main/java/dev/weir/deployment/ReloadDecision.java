package dev.weir.deployment;

import dev.weir.failure.ConfigurationRejected;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is to be done about deployment files that changed. */
sealed interface ReloadDecision {

    /** They are what is applied. */
    record Keep() implements ReloadDecision {}

    /** They are applied, all at once. */
    record Apply(DeploymentFiles.Reading reading) implements ReloadDecision {}

    /** They are refused, all of them, and what was applied last stays. */
    record Refuse(List<String> problems) implements ReloadDecision {}

    /**
     * Decides.
     *
     * @param applied the digest of the files that are applied
     * @param allowNone whether it may be that nothing is deployed
     */
    static ReloadDecision of(
            DirectoryState seen,
            @Nullable String applied,
            DeploymentFiles files,
            boolean allowNone,
            Iterable<DeploymentCheck> checks) {
        if (seen instanceof DirectoryState.Held held && held.digest().equals(applied)) {
            return new Keep();
        }
        DeploymentFiles.Reading reading;
        try {
            reading = files.read(seen);
        } catch (ConfigurationRejected e) {
            return new Refuse(e.problems());
        }
        if (reading.deployments().isEmpty() && !allowNone) {
            return new Refuse(List.of("the directory has no deployment file any more; to deploy nothing, set"
                    + " weir.deployments.allow-none=true and restart"));
        }
        List<String> problems = new ArrayList<>();
        checks.forEach(check -> problems.addAll(check.problems(reading.deployments())));
        return problems.isEmpty() ? new Apply(reading) : new Refuse(problems);
    }
}
