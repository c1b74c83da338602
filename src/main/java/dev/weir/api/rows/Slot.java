package dev.weir.api.rows;

/**
 * What one name in a row fills: a feature of a tensor, or a tensor's whole row.
 *
 * @param name the name callers use
 * @param tensor the tensor's index among the signature's inputs
 * @param first the first element it fills, counted within the tensor's row
 * @param scalar whether its value is one element, not an array
 * @param boxable whether a scalar may also stand in an array of its own, because the tensor's row has shape {@code [1]}
 * @param column the first column it fills
 * @param columns how many columns it fills: several when a whole row of named features is given at once
 */
record Slot(String name, int tensor, int first, boolean scalar, boolean boxable, int column, int columns) {}
