"""Flowers, and what the bundled iris model says about them."""

import numpy as np

FLOWERS = np.array([[5.1, 3.5, 1.4, 0.2], [6.4, 3.2, 4.5, 1.5], [5.8, 2.7, 5.1, 1.9]], dtype=np.float32)
LABELS = [0, 1, 2]


def assert_answers(label, probabilities, rows=3):
    """Asserts the answer for the flowers, repeated until there are so many rows."""
    assert label.dtype == np.int64
    assert label.tolist() == (LABELS * rows)[:rows]
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (rows, 3)
    assert np.array_equal(probabilities.argmax(axis=1), label)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
