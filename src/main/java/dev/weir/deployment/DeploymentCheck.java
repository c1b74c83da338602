package dev.weir.deployment;

import java.util.List;

/**
 * Something that must be true of all deployments together, beside what each file can be checked for by itself. Asked
 * before files that changed are applied; at start, whoever implements it looks once the files are read.
 */
@FunctionalInterface
public interface DeploymentCheck {

    /** Returns what is wrong with these, one sentence each. */
    List<String> problems(List<DeploymentSpec> deployments);
}
