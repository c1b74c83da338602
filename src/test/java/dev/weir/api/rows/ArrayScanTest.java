package dev.weir.api.rows;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArrayScanTest {

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | 0",
                "[ ] | 0",
                "[1] | 1",
                "[[]] | 1",
                "[{}] | 1",
                "['']x | 1",
                "[1,2 , 3],4,5 | 3",
                "[[1,2],[3,4,5],{'a':[1,2],'b':3}] | 3",
                "['a,b','c]','d\\',[', '\\\\'] | 4",
                "[null,true,é] | 3",
                "[1,2 | 2",
                "[1,' | 2",
                "[1,'\\ | 2",
                "[ | 0",
                "[1,2}3 | 2",
            })
    void countsTheElementsOfAnArray(String json, int elements) {
        byte[] bytes = bytes(json.replace('\'', '"'));

        assertThat(ArrayScan.elements(bytes, 0, bytes.length)).isEqualTo(elements);
    }

    @Test
    void findsTheExtentsOfTheFirstElements() {
        byte[] bytes = bytes("[ [[1,2,3],[4,5,6]], [[7]] ]");

        assertThat(ArrayScan.extents(bytes, 0, bytes.length, 3)).containsExactly(2, 2, 3);
        assertThat(ArrayScan.extents(bytes, 0, bytes.length, 4)).containsExactly(2, 2, 3, 0);
        assertThat(ArrayScan.extents(bytes("[]"), 0, 2, 2)).containsExactly(0, 0);
    }

    @Test
    void countsLinesOfEveryKind() {
        byte[] bytes = bytes("a\nb\r\nc\rd");

        assertThat(ArrayScan.lines(bytes, 0, bytes.length)).isEqualTo(4);
        assertThat(ArrayScan.lines(bytes, 0, 0)).isEqualTo(1);
    }
}
