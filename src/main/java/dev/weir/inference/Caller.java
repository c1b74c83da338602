package dev.weir.inference;

import java.util.Set;

/**
 * Who sends a request.
 *
 * @param id the caller's stable id; never a secret
 * @param roles what the caller may do
 */
public record Caller(String id, Set<CallerRole> roles) {

    /** Copies the roles. */
    public Caller {
        roles = Set.copyOf(roles);
    }

    /** Says whether the caller has a role. */
    public boolean may(CallerRole role) {
        return roles.contains(role);
    }
}
