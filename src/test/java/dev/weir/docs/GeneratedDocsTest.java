package dev.weir.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands between markers in a document is what the code says. */
class GeneratedDocsTest {

    private static final Pattern MARKED =
            Pattern.compile("(?ms)^(?<begin> *(?:<!--|#) generated: (?<name>[a-z-]+)(?: -->)?\\n)(?<content>.*?)"
                    + "(?<end>^ *(?:<!--|#) end of generated: \\k<name>(?: -->)?$)");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docs/configuration.md",
                "docs/http-reference.md",
                "docs/operations.md",
                "src/main/resources/META-INF/openapi.yaml"
            })
    void shouldSayWhatTheCodeSays(Path file) throws IOException {
        String text = Files.readString(file);
        GeneratedSections sections = new GeneratedSections();
        Matcher marked = MARKED.matcher(text);
        assertThat(marked.find()).as("%s has generated sections", file).isTrue();
        String blank = file.toString().endsWith(".md") ? "\n" : "";
        String expected = marked.replaceAll(section -> Matcher.quoteReplacement(section.group("begin")
                + blank
                + sections.render(section.group("name"))
                + blank
                + section.group("end")));
        CheckedIn.requireEqual(file, expected);
    }
}
