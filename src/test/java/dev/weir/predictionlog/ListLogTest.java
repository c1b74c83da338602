package dev.weir.predictionlog;

import dev.weir.fixture.ListLog;
import java.util.List;

/** The log that other tests read from is one. */
class ListLogTest extends LogReaderContract {

    private final ListLog log = new ListLog();

    @Override
    protected List<StoredEntry> write(List<? extends LogEntry> entries) {
        return entries.stream().map(log::add).toList();
    }

    @Override
    protected LogReader reader() {
        return log;
    }
}
