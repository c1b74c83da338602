/**
 * The vocabulary of a prediction: tensors, signatures, ids, requests, answers, settlements, and the memory they stand
 * in.
 *
 * <p>Invariants: values are immutable once built, but for the memory a tensor borrows, which its
 * {@link dev.weir.inference.RequestMemory} owns; shape arithmetic is exact; every byte a request holds is reserved from
 * the one {@link dev.weir.inference.ByteBudget} first. This room knows no protocol, no model format and no clock but
 * the {@link dev.weir.inference.Ticker} it is given.
 */
@NullMarked
package dev.weir.inference;

import org.jspecify.annotations.NullMarked;
