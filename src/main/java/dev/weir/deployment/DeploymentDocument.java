package dev.weir.deployment;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A deployment file as it stands, before its meaning is checked. Absent fields are null. */
record DeploymentDocument(
        @JsonProperty("apiVersion") @Nullable String apiVersion,
        @Nullable String kind,
        @Nullable Metadata metadata,
        @Nullable Spec spec) {

    record Metadata(@Nullable String name, @Nullable String description) {}

    record Spec(
            @Nullable String model,
            @Nullable String version,
            @Nullable List<String> standby,
            @Nullable Arm canary,
            @Nullable Map<String, Arm> ab,
            @Nullable List<Variant> variants,
            @Nullable Sticky sticky,
            @Nullable String salt,
            @Nullable String reserve,
            @Nullable Boolean required,
            @Nullable String timeout,
            @Nullable Integer concurrency,
            @Nullable Integer queue,
            @Nullable String disclose,
            @Nullable List<String> policy,
            @JsonProperty("onRevoked") @Nullable String onRevoked,
            @Nullable Log log) {}

    record Arm(@Nullable String version, @Nullable BigDecimal percent) {}

    record Variant(
            @Nullable String name,
            @Nullable String version,
            @Nullable String role,
            @Nullable BigDecimal percent) {}

    record Sticky(
            @Nullable String header,
            @Nullable String feature,
            @Nullable Boolean caller) {}

    record Log(
            @Nullable String capture,
            @Nullable Double sample,
            @JsonProperty("maxPayload") @Nullable String maxPayload,
            @Nullable String overflow,
            @Nullable String durability,
            @Nullable Subject subject,
            @Nullable Map<String, String> features,
            @Nullable String retention) {}

    record Subject(@Nullable String header, @Nullable String feature) {}
}
