/*
 * Preloaded into a program under test: a disk whose syncs fail while the file $CHAOS_EIO exists, and which writes down
 * in $CHAOS_SYNCED how long each file (device, inode) was at its last sync, so that what was not synced can be dropped.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int synced(int fd, const char *name) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  const char *fail = getenv("CHAOS_EIO");
  if (fail && access(fail, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  const char *log = getenv("CHAOS_SYNCED");
  struct stat before;
  /* What is written while the sync runs need not be in it. */
  int known = log && fstat(fd, &before) == 0 && S_ISREG(before.st_mode);
  int result = real(fd);
  if (result != 0 || !known) return result;
  char line[96];
  int length = snprintf(line, sizeof line, "%llu:%llu %lld\n", (unsigned long long)before.st_dev,
                        (unsigned long long)before.st_ino, (long long)before.st_size);
  int out = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (out >= 0) {
    if (write(out, line, length) != length) abort();
    close(out);
  }
  return result;
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }
