package dev.weir.api.rows;

import dev.weir.failure.RequestRejected;

/**
 * A row that was left out.
 *
 * @param row its position in the request, from 0
 * @param why what is wrong with it, and where
 */
record RowError(int row, RequestRejected why) {}
