package dev.weir.api.http;

/**
 * A request's body, complete.
 *
 * @param bytes an array that holds it; nobody changes it any more
 * @param offset where it starts
 * @param length how long it is
 */
@SuppressWarnings("ArrayRecordComponent") // handed over once, compared never
public record Body(byte[] bytes, int offset, int length) {}
