package dev.weir.api.rows;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.TextRule;
import dev.weir.serving.Admission;
import jakarta.inject.Singleton;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Remembers each deployment's layout for as long as its promise stays the same. Thread-safe. */
@Singleton
class RowLayouts {

    private final ConcurrentMap<String, RowLayout> byDeployment = new ConcurrentHashMap<>();

    /**
     * Returns the layout of what was promised.
     *
     * @throws dev.weir.failure.RequestRejected when the promise is no table
     */
    @SuppressWarnings("ReferenceEquality") // the same promise is the same object; comparing contents costs more
    RowLayout of(Admission admission) {
        ModelSignature promise = admission.promise();
        TextRule texts = admission.deployment().textRule();
        String name = admission.deployment().name();
        RowLayout known = byDeployment.get(name);
        if (known != null && known.signature() == promise && known.texts() == texts) {
            return known;
        }
        RowLayout layout = RowLayout.of(promise, texts);
        byDeployment.put(name, layout);
        return layout;
    }
}
