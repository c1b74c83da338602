package dev.weir.servable;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The cancellation of a native call that answers several attempts: it is stopped once none of them is waited for. */
final class SharedCancellation {

    private final Cancellation call = new Cancellation();
    private final List<Attempt> members;
    private final AtomicInteger waitedFor;

    private SharedCancellation(List<Attempt> members) {
        this.members = members;
        this.waitedFor = new AtomicInteger(members.size());
    }

    static SharedCancellation of(List<Attempt> members) {
        SharedCancellation shared = new SharedCancellation(members);
        members.forEach(member -> member.cancellation().attach(shared::oneLess));
        return shared;
    }

    private void oneLess() {
        if (waitedFor.decrementAndGet() == 0) {
            call.cancel();
        }
    }

    Cancellation ofCall() {
        return call;
    }

    void detach() {
        members.forEach(member -> member.cancellation().detach());
    }
}
