package dev.weir.deployment;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.registry.metadata.MetadataPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads a directory of deployment files, strictly and as a whole. */
final class DeploymentFiles {

    private final DeploymentConfig defaults;

    DeploymentFiles(DeploymentConfig defaults) {
        this.defaults = defaults;
    }

    /**
     * What a directory says.
     *
     * @param deployments every deployment, by name
     * @param digest {@code sha256:} and the digest over names and contents of all files
     */
    record Reading(List<DeploymentSpec> deployments, String digest) {}

    /**
     * Reads {@code *.yaml} and {@code *.yml}, but for hidden files.
     *
     * @throws ConfigurationRejected with every mistake in every file
     */
    Reading read(Path directory) {
        return read(DeploymentDirectory.read(directory));
    }

    /**
     * Reads what a directory held at one moment.
     *
     * @throws ConfigurationRejected with every mistake in every file
     */
    Reading read(DirectoryState directory) {
        return switch (directory) {
            case DirectoryState.Held held -> read(held);
            case DirectoryState.Unreadable unreadable -> throw new ConfigurationRejected(List.of(unreadable.problem()));
            case DirectoryState.Moving moving ->
                throw new ConfigurationRejected(
                        List.of("weir.deployments.directory: the files change while they are read"));
        };
    }

    private Reading read(DirectoryState.Held directory) {
        List<String> problems = new ArrayList<>();
        Map<String, DeploymentSpec> specs = new TreeMap<>();
        directory.files().forEach((name, content) -> {
            try {
                DeploymentSpec spec =
                        switch (content) {
                            case DirectoryState.Content.Text text -> parse(text.text());
                            case DirectoryState.Content.Broken broken ->
                                throw new ConfigurationRejected(List.of(broken.problem()));
                        };
                if (specs.putIfAbsent(spec.name(), spec) != null) {
                    problems.add(name + ": metadata.name: another file defines deployment '" + spec.name() + "' too");
                }
            } catch (ConfigurationRejected e) {
                e.problems().forEach(problem -> problems.add(name + ": " + problem));
            }
        });
        if (!problems.isEmpty()) {
            throw new ConfigurationRejected(problems);
        }
        return new Reading(List.copyOf(specs.values()), directory.digest());
    }

    /**
     * Reads one file's text.
     *
     * @throws ConfigurationRejected with every mistake in it
     */
    DeploymentSpec parse(String text) {
        return new Checker().check(DeploymentText.read(text));
    }

    /** Checks one document and collects what is wrong with it. */
    private final class Checker {
        private final List<String> problems = new ArrayList<>();

        DeploymentSpec check(DeploymentDocument document) {
            expect("weir.dev/v1", document.apiVersion(), "apiVersion");
            expect("ModelDeployment", document.kind(), "kind");
            DeploymentDocument.Metadata metadata = document.metadata();
            DeploymentDocument.Spec spec = document.spec();
            if (spec == null) {
                problems.add("spec is missing");
                throw new ConfigurationRejected(problems);
            }
            String name = name(metadata == null ? null : metadata.name(), "metadata.name");
            String model = name(spec.model(), "spec.model");
            List<VariantSpec> variants = VariantsSection.read(spec, problems);
            Duration timeout = timeout(spec.timeout());
            Traffic traffic = TrafficSection.read(spec, name, timeout, problems);
            int queue = range(spec.queue(), defaults.queue(), 0, 1_000_000, "spec.queue");
            int concurrency = range(spec.concurrency(), 0, 1, 10_000, "spec.concurrency");
            Disclosure disclosure = word(
                    Disclosure.values(),
                    spec.disclose(),
                    Disclosure.FULL,
                    "spec.disclose must be full, version or opaque");
            MetadataPolicy policy = policy(spec.policy());
            OnRevoked onRevoked = word(
                    OnRevoked.values(),
                    spec.onRevoked(),
                    OnRevoked.PREVIOUS,
                    "spec.onRevoked must be previous, standby or unready");
            LogPolicy log = LogSection.read(spec.log(), problems);
            if (!problems.isEmpty()) {
                throw new ConfigurationRejected(problems);
            }
            try {
                return new DeploymentSpec(
                        name,
                        metadata == null || metadata.description() == null ? "" : metadata.description(),
                        model,
                        variants,
                        traffic,
                        spec.required() == null || spec.required(),
                        timeout,
                        concurrency == 0 ? OptionalInt.empty() : OptionalInt.of(concurrency),
                        queue,
                        disclosure,
                        policy,
                        onRevoked,
                        log);
            } catch (IllegalArgumentException e) {
                throw new ConfigurationRejected(List.of("spec: " + e.getMessage()));
            }
        }

        private void expect(String expected, @Nullable String actual, String field) {
            if (!expected.equals(actual)) {
                problems.add(field + " must be " + expected);
            }
        }

        private String name(@Nullable String text, String field) {
            if (text == null) {
                problems.add(field + " is missing");
                return "";
            }
            try {
                return Names.requireName(text, field);
            } catch (RequestRejected e) {
                problems.add(field + ": " + e.publicMessage());
                return "";
            }
        }

        private Duration timeout(@Nullable String text) {
            if (text == null) {
                return defaults.timeout();
            }
            Duration timeout = DurationText.parse(text);
            if (timeout != null && timeout.isPositive() && timeout.compareTo(defaults.maxTimeout()) <= 0) {
                return timeout;
            }
            problems.add("spec.timeout must be a duration such as 250ms or 2s, above 0 and at most "
                    + defaults.maxTimeout().toMillis() + " ms");
            return defaults.timeout();
        }

        private int range(@Nullable Integer value, int absent, int min, int max, String field) {
            if (value == null) {
                return absent;
            }
            if (value < min || value > max) {
                problems.add(field + " must be " + min + " to " + max);
            }
            return value;
        }

        private <E extends Enum<E>> E word(E[] words, @Nullable String given, E absent, String problem) {
            return Words.read(words, given, absent, problem, problems);
        }

        private MetadataPolicy policy(@Nullable List<String> demands) {
            try {
                return MetadataPolicy.parse(demands == null ? List.of() : demands, "spec.policy");
            } catch (ConfigurationRejected e) {
                problems.addAll(e.problems());
                return MetadataPolicy.NONE;
            }
        }
    }
}
