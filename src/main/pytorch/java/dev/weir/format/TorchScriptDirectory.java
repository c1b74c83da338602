package dev.weir.format;

import dev.weir.failure.ArtifactRejected;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The end of a zip file, where it says where its list of entries begins. Readers differ in how they look for it, and a
 * file can be made of which this process inspects one list and PyTorch reads another. So only the plain form passes: no
 * comment behind the end, and one list, whichever way it is looked up.
 */
final class TorchScriptDirectory {

    private static final int END_BYTES = 22;
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int LOCATOR_BYTES = 20;
    private static final int LOCATOR_SIGNATURE = 0x07064b50;
    private static final int BIG_END_BYTES = 56;
    private static final int BIG_END_SIGNATURE = 0x06064b50;

    private TorchScriptDirectory() {}

    /**
     * Requires the plain form.
     *
     * @throws ArtifactRejected when it is another, or no zip file at all
     */
    static void requirePlain(Path model) throws IOException {
        try (FileChannel file = FileChannel.open(model, StandardOpenOption.READ)) {
            long endAt = file.size() - END_BYTES;
            ByteBuffer end = read(file, endAt, END_BYTES);
            require(end.getInt(0) == END_SIGNATURE && end.getShort(20) == 0);
            long count = Short.toUnsignedLong(end.getShort(10));
            long size = Integer.toUnsignedLong(end.getInt(12));
            long begin = Integer.toUnsignedLong(end.getInt(16));
            long listEnd = endAt;
            if (endAt >= LOCATOR_BYTES + BIG_END_BYTES) {
                ByteBuffer locator = read(file, endAt - LOCATOR_BYTES, LOCATOR_BYTES);
                if (locator.getInt(0) == LOCATOR_SIGNATURE) {
                    listEnd = endAt - LOCATOR_BYTES - BIG_END_BYTES;
                    ByteBuffer big = read(file, listEnd, BIG_END_BYTES);
                    require(locator.getLong(8) == listEnd && big.getInt(0) == BIG_END_SIGNATURE);
                    require(same(count, big.getLong(32), 0xFFFF));
                    require(same(size, big.getLong(40), 0xFFFFFFFFL));
                    require(same(begin, big.getLong(48), 0xFFFFFFFFL));
                    size = big.getLong(40);
                    begin = big.getLong(48);
                }
            }
            require(begin >= 0 && size >= 0 && begin + size == listEnd);
        }
    }

    private static boolean same(long small, long big, long overflown) {
        return small == big || (small == overflown && big >= overflown);
    }

    private static ByteBuffer read(FileChannel file, long from, int bytes) throws IOException {
        require(from >= 0);
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            require(file.read(buffer, from + buffer.position()) > 0);
        }
        return buffer;
    }

    private static void require(boolean plain) throws IOException {
        if (!plain) {
            throw new java.util.zip.ZipException("no plain zip file");
        }
    }
}
