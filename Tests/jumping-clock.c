// A library for LD_PRELOAD that shifts the clocks of one program, by whole seconds that may change at any moment. The clock of the
// machine stays as it is.
//
//     cc -shared -fPIC -O1 -o jumping-clock.so Tests/jumping-clock.c
//     CLOCK_SHIFT=FILE LD_PRELOAD=./jumping-clock.so PROGRAM
//
// FILE has two numbers of 64 bits, in the machine's byte order: the shift of the real clock and that of the monotonic clock.
// libfaketime is no help here: it also changes what timerfd_settime(2) is given, so sleeping tasks hang.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shifts(void) {
    static const volatile int64_t *mapped;
    static const int64_t none[2];
    if (mapped) return mapped;
    const char *path = getenv("CLOCK_SHIFT");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return none;
    void *memory = mmap(NULL, 2 * sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return mapped = memory == MAP_FAILED ? none : memory;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (result) return result;
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
        time->tv_sec += shifts()[0];
        break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
        time->tv_sec += shifts()[1];
        break;
    }
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *time, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}
