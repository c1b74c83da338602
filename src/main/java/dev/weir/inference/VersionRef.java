package dev.weir.inference;

/**
 * A model version by its names.
 *
 * @param model the model's name in the registry
 * @param version the version's name under that model
 */
public record VersionRef(String model, String version) {

    /**
     * Checks both names.
     *
     * @throws dev.weir.failure.RequestRejected when one is no name
     */
    public VersionRef {
        Names.requireName(model, "model");
        Names.requireName(version, "version");
    }

    @Override
    public String toString() {
        return model + "/" + version;
    }
}
