package dev.weir.api.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.weir.api.Limits;
import dev.weir.failure.WeirException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Bodies that were right and then had bytes changed, moved, cut and doubled: each is read or refused with a code, and
 * its memory is given back ({@link Tables#read} checks that). Seeds are fixed; the number of rounds is the budget.
 */
class RowsFuzzTest {

    private static final int ROUNDS = 1500;
    private static final Limits SMALL = new Limits(64, 8, 256, 256);
    private static final byte[] SPICE =
            "[]{},:\"\\\n\r0123456789.-+eEnulltruefalseNaN \u0000\u00ff".getBytes(StandardCharsets.ISO_8859_1);

    @Test
    void objects() {
        fuzz(1, table -> table.objects(), Tables.json(OnRowError.REJECT));
    }

    @Test
    void objectsWithReports() {
        fuzz(2, table -> table.shuffledObjects(), Tables.json(OnRowError.REPORT));
    }

    @Test
    void positional() {
        fuzz(3, table -> table.positional(), Tables.json(OnRowError.REPORT));
    }

    @Test
    void columns() {
        fuzz(4, table -> table.columns(), Tables.json(OnRowError.REPORT));
    }

    @Test
    void splitFrames() {
        fuzz(5, table -> table.split(), Tables.json(OnRowError.REPORT));
    }

    @Test
    void jsonLines() {
        fuzz(6, table -> table.lines(), Tables.lines(OnRowError.REPORT));
    }

    @Test
    void csvTables() {
        fuzz(7, table -> table.csv(), Tables.csv(OnRowError.REPORT, CsvHeader.GUESSED));
    }

    @Test
    void csvTablesWithHeader() {
        fuzz(8, table -> table.csv(), Tables.csv(OnRowError.REJECT, CsvHeader.PRESENT));
    }

    private interface Form {
        String of(RandomTable table);
    }

    private static void fuzz(long seed, Form form, Tables.Reading reading) {
        Random random = new Random(seed);
        int read = 0;
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            RandomTable table = new RandomTable(random.nextLong(), 5);
            byte[] body = mutate(form.of(table).getBytes(StandardCharsets.UTF_8), random);
            Limits limits = random.nextInt(4) == 0 ? SMALL : Limits.DEFAULT;
            try {
                Tables.Table result = Tables.read(table.signature(), body, reading, limits);
                assertThat(result.rows()).isPositive();
                read++;
            } catch (WeirException e) {
                assertThat(e.publicMessage()).isNotBlank().doesNotContain("Exception", "com.", "java.");
                refused++;
            } catch (RuntimeException e) {
                fail("round " + round + ", body " + new String(body, StandardCharsets.UTF_8), e);
            }
        }
        assertThat(read).isGreaterThan(ROUNDS / 50);
        assertThat(refused).isGreaterThan(ROUNDS / 10);
    }

    private static byte[] mutate(byte[] body, Random random) {
        byte[] mutated = body;
        for (int i = random.nextInt(4); i >= 0; i--) {
            mutated = mutateOnce(mutated, random);
        }
        return mutated;
    }

    private static byte[] mutateOnce(byte[] body, Random random) {
        int at = random.nextInt(body.length + 1);
        int length = Math.min(random.nextInt(12), body.length - at);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(body, 0, at);
        switch (random.nextInt(5)) {
            case 0 -> out.write(SPICE, random.nextInt(SPICE.length), 1);
            case 1 -> out.write(body, at, length);
            case 2 -> at += length;
            case 3 -> {
                out.write(SPICE[random.nextInt(SPICE.length)]);
                at += Math.min(1, length);
            }
            default -> {
                int from = random.nextInt(body.length + 1);
                out.write(body, from, Math.min(random.nextInt(20), body.length - from));
            }
        }
        if (random.nextInt(30) != 0) {
            out.write(body, at, body.length - at);
        }
        return out.toByteArray();
    }
}
