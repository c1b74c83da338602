"""Looks in what strace saw of a server for an answer that left before its record was on the disk.

traced_answers.py check TRACE PORT ANSWERS   the trace is of strace -f -yy, with one caller that waits for each answer; PORT is the
                                             server's, ANSWERS how many it gave
traced_answers.py self-test                  finds what it must find
"""

import re
import sys

BEGUN = re.compile(r"(\d+) +(\w+)\(\d+<(.*?)>(?=[,) ])(.*)")
RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)")
SUCCEEDED = re.compile(r".*\) += \d+")
UNFINISHED = "<unfinished ...>"
SYNCS = ("fsync", "fdatasync")


def early(lines, port):
    """Returns how many answers were given, and the lines of those that left too early.

    An answer needs a sync that returned since the one before, and every write of a record has to be synced: by a call that
    began once the write had returned, and that returned itself before the answer began.
    """
    unsynced = {}  # by an id of the write: its file, and whether it returned
    running = {}  # by thread: what the end of its call means
    too_early = []
    seen = {"answers": 0, "writes": 0, "syncs": 0}

    def sync(covered):
        seen["syncs"] += 1
        for write in covered:
            unsynced.pop(write, None)

    def begin(call, file, line):
        if "/predictions/" in file and file.endswith("-wal"):
            if call in SYNCS:
                covered = [write for write, (of, returned) in unsynced.items() if of == file and returned]
                return lambda: sync(covered)
            seen["writes"] += 1
            write = seen["writes"]
            unsynced[write] = (file, False)
            return lambda: unsynced.__setitem__(write, (file, True))
        if f":{port}->" in file and '"HTTP/1.1 200' in line:
            seen["answers"] += 1
            if unsynced or not seen["syncs"]:
                too_early.append(line)
            seen["syncs"] = 0
        return lambda: None

    for line in lines:
        line = line.rstrip("\n")
        if begun := BEGUN.match(line):
            end = begin(begun[2], begun[3], line)
            if line.endswith(UNFINISHED):
                running[begun[1]] = end
            elif SUCCEEDED.match(begun[4]):
                end()
        elif resumed := RESUMED.match(line):
            end = running.pop(resumed[1], None)
            if end and SUCCEEDED.match(resumed[3]):
                end()
    return seen["answers"], too_early


def check(trace, port, answers):
    with open(trace, encoding="latin-1") as lines:
        found, too_early = early(lines, port)
    print(f"{found} of {answers} answers traced, {len(too_early)} left before their record was synced")
    if too_early:
        sys.exit("FAILED: " + too_early[0])
    if found < int(answers) or found == 0:
        sys.exit("FAILED: not every answer was seen")


def self_test():
    write = '11 pwrite64(5</d/predictions/s.db-wal>, ""..., 32, 0) = 32'
    sync = "11 fdatasync(5</d/predictions/s.db-wal>) = 0"
    begun = "11 fsync(5</d/predictions/s.db-wal> <unfinished ...>"
    ended = "11 <... fsync resumed>) = 0"
    answer = '12 write(9<TCP:[127.0.0.1:8080->127.0.0.1:9]>, "HTTP/1.1 200"..., 200) = 200'
    good = [[write, sync, answer], [write, begun, ended, answer], [write, sync, answer, write, sync, answer]]
    bad = [
        [write, answer],
        [answer],
        [write, sync, answer, answer],
        [write, begun, answer, ended],
        [begun, write.replace("11", "13", 1), ended, answer],
        [write, sync.replace("= 0", "= -1 EIO (Input/output error)"), answer],
    ]
    for lines in good:
        assert early(lines, 8080)[1] == [], lines
        assert early(lines, 8080)[0] > 0, lines
    for lines in bad:
        assert early(lines, 8080)[1] == [answer], lines


if __name__ == "__main__":
    if sys.argv[1] == "self-test":
        self_test()
    else:
        check(*sys.argv[2:])
