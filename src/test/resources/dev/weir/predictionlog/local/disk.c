/*
 * Stands between a process and the C library: writes down, in order, what is done to the files below $WEIR_DISK, and lets
 * syncs of files written ahead fail while the file $WEIR_DISK_FAIL exists. Operations are serialized, so that the order
 * written down is the one that happened. An entry of $WEIR_DISK_LOG is a line "operation number length path", and as many
 * bytes as it says.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *disk;
static const char *failing;
static int journal = -1;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);
static int (*real_ftruncate64)(int, off64_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_rename)(const char *, const char *);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite64 = dlsym(RTLD_NEXT, "pwrite64");
    real_ftruncate64 = dlsym(RTLD_NEXT, "ftruncate64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_rename = dlsym(RTLD_NEXT, "rename");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    disk = getenv("WEIR_DISK");
    failing = getenv("WEIR_DISK_FAIL");
    const char *log = getenv("WEIR_DISK_LOG");
    if (log != NULL) {
        journal = open(log, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
    }
}

static int is_ours(const char *path) {
    return disk != NULL && strncmp(path, disk, strlen(disk)) == 0;
}

static int path_of(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length < 0) {
        return 0;
    }
    path[length] = 0;
    return is_ours(path);
}

static void note(char operation, long long number, const char *path, const void *data, size_t length) {
    char line[4400];
    int size = snprintf(line, sizeof line, "%c %lld %zu %s\n", operation, number, length, path);
    if (journal >= 0) {
        real_write(journal, line, size);
        if (length > 0) {
            real_write(journal, data, length);
        }
    }
}

ssize_t write(int fd, const void *data, size_t length) {
    char path[4096];
    if (!path_of(fd, path, sizeof path)) {
        return real_write(fd, data, length);
    }
    pthread_mutex_lock(&lock);
    off64_t at = lseek64(fd, 0, SEEK_CUR);
    if (fcntl(fd, F_GETFL) & O_APPEND) {
        at = lseek64(fd, 0, SEEK_END);
    }
    ssize_t done = real_write(fd, data, length);
    if (done > 0) {
        note('W', at, path, data, done);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) {
    char path[4096];
    if (!path_of(fd, path, sizeof path)) {
        return real_pwrite64(fd, data, length, at);
    }
    pthread_mutex_lock(&lock);
    ssize_t done = real_pwrite64(fd, data, length, at);
    if (done > 0) {
        note('W', at, path, data, done);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at) {
    return pwrite64(fd, data, length, at);
}

int ftruncate64(int fd, off64_t size) {
    char path[4096];
    int ours = path_of(fd, path, sizeof path);
    pthread_mutex_lock(&lock);
    int result = real_ftruncate64(fd, size);
    if (ours && result == 0) {
        note('T', size, path, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate(int fd, off_t size) {
    return ftruncate64(fd, size);
}

static int synced(int fd, int (*sync)(int)) {
    char path[4096];
    if (!path_of(fd, path, sizeof path)) {
        return sync(fd);
    }
    size_t length = strlen(path);
    if (failing != NULL && access(failing, F_OK) == 0 && length > 4 && strcmp(path + length - 4, "-wal") == 0) {
        errno = EIO;
        return -1;
    }
    pthread_mutex_lock(&lock);
    int result = sync(fd);
    if (result == 0) {
        note('S', 0, path, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int fd) {
    return synced(fd, real_fsync);
}

int fdatasync(int fd) {
    return synced(fd, real_fdatasync);
}

int rename(const char *from, const char *to) {
    pthread_mutex_lock(&lock);
    int result = real_rename(from, to);
    if (result == 0 && is_ours(from)) {
        note('R', 0, from, to, strlen(to));
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int unlink(const char *path) {
    pthread_mutex_lock(&lock);
    int result = real_unlink(path);
    if (result == 0 && is_ours(path)) {
        note('U', 0, path, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return result;
}
