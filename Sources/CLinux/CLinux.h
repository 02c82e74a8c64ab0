// System calls and constants of Linux that Swift cannot express: variadic functions, macros with casts, and calls that
// glibc declares only under _GNU_SOURCE or not at all. The header contains no logic except a signal handler of one
// line.
//
// _GNU_SOURCE is not defined, because the Glibc module is built without it and the same struct with two layouts is an
// error.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

// openat2(2); glibc 2.36 has no wrapper for it. Returns a descriptor, or -1 with errno.
static inline int linux_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = 0, .resolve = resolve};
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

// statx(2): the inode of a path, which is not followed if it is a symbolic link, and its creation time. If the file
// system does not store the creation time, the time of the inode's last change is used. Returns -1 with errno on
// failure.
static inline int linux_origin(const char *path, uint64_t *inode, int64_t *seconds, uint32_t *nanoseconds) {
    struct statx status;
    unsigned int wanted = STATX_INO | STATX_CTIME | STATX_BTIME;
    if (syscall(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, wanted, &status) != 0) return -1;
    struct statx_timestamp time = status.stx_mask & STATX_BTIME ? status.stx_btime : status.stx_ctime;
    *inode = status.stx_ino;
    *seconds = time.tv_sec;
    *nanoseconds = time.tv_nsec;
    return 0;
}

// open(2) with a mode, fcntl(2) with an integer: variadic in C.
static inline int linux_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
static inline int linux_openat(int directory, const char *path, int flags) { return openat(directory, path, flags); }
static inline int linux_fcntl(int descriptor, int command, int argument) {
    return fcntl(descriptor, command, argument);
}

// preadv2(2) with RWF_NOWAIT, which glibc declares only under _GNU_SOURCE: reads bytes that are in memory, and fails with
// EAGAIN where it would wait for a disk. A file system without support for it fails with EOPNOTSUPP.
static inline ssize_t linux_read_cached(int descriptor, void *bytes, size_t count, off_t offset) {
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    return syscall(SYS_preadv2, descriptor, &part, 1UL, (long)offset, 0L, 8 /* RWF_NOWAIT */);
}

extern int accept4(int, struct sockaddr *, socklen_t *, int);
extern int memfd_create(const char *, unsigned int);
extern void *memmem(const void *, size_t, const void *, size_t);
extern int dup3(int, int, int);
extern int pipe2(int *, int);
extern int renameat2(int, const char *, int, const char *, unsigned int);
extern int sched_getcpu(void);
static const unsigned int linux_mfd_cloexec = 1;  // MFD_CLOEXEC

// sigaction(2) with a handler that only adds 1 to an eventfd(2), which is async-signal-safe. It is not written in
// Swift, because the handler may run on a thread that has nearly ended, such as the main thread in dispatch_main(3).
// Call it from one file only, because every file has its own copy of the descriptor, which all signals share.
static inline int *linux_signal_event(void) {
    static int event = -1;
    return &event;
}
static inline void linux_report_signal(int number) {
    (void)number;
    int code = errno;
    uint64_t one = 1;
    (void)!syscall(SYS_write, *linux_signal_event(), &one, sizeof one);
    errno = code;
}
static inline int linux_report_signals(int number, int event, struct sigaction *previous) {
    struct sigaction action = {.sa_handler = linux_report_signal, .sa_flags = SA_RESTART};
    *linux_signal_event() = event;
    return sigaction(number, &action, previous);
}

// accept4(2) without the peer's address.
static inline int linux_accept(int listener, int flags) { return accept4(listener, NULL, NULL, flags); }

// sched_getcpu(3): the processor of the calling thread, possibly outdated. Needs no system call if rseq(2) is
// registered.
static inline int linux_processor(void) { return sched_getcpu(); }

// sched_getaffinity(2): the number of processors that this process may use, which may be fewer in a container; 0 if
// unknown.
static inline int linux_usable_processors(void) {
    unsigned long mask[128];
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    int count = 0;
    for (long i = 0; i < bytes / (long)sizeof *mask; i++) count += __builtin_popcountl(mask[i]);
    return count;
}

// gettid(2): whether the calling thread is the initial thread of the process.
static inline int linux_is_main_thread(void) { return syscall(SYS_gettid) == getpid(); }

// prctl(2), variadic in C: the name of the calling thread, at most 15 bytes; the tolerated delay of the calling
// thread's timers in nanoseconds, so that the kernel can combine wake-ups.
static inline int linux_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name); }
static inline int linux_set_timer_slack(unsigned long nanoseconds) { return prctl(PR_SET_TIMERSLACK, nanoseconds); }

// getrusage(2): the number of times that the calling thread has waited.
static inline long linux_waits(void) {
    struct rusage usage;
    return getrusage(1 /* RUSAGE_THREAD */, &usage) == 0 ? usage.ru_nvcsw : 0;
}

// mallinfo(3), which the Glibc module lacks: whether glibc's allocator has given any memory to the program. Another one may replace it. Call it once
// before the two functions below: the first call of any of them initializes the allocator, which two threads must not do at the same time.
static inline int linux_uses_glibc_allocator(void) {
#ifndef __GLIBC__
    return 0;
#elif __GLIBC_PREREQ(2, 33)
    return mallinfo2().arena > 0;
#else
    return mallinfo().arena != 0;
#endif
}

// malloc_trim(3), which the Glibc module lacks: gives free memory back to the kernel.
static inline void linux_trim_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

// mallopt(3), which the Glibc module lacks: the maximum number of arenas, in which glibc keeps the memory that threads allocate.
static inline void linux_limit_arenas(int count) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, count);
#endif
}

// epoll_ctl(2) with a number as user data, because the C union epoll_data is packed and inconvenient in Swift.
static inline int linux_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

// epoll_wait(2) for one event. Returns 1 and sets events and data, or 0 after the timeout, or -1 with errno.
static inline int linux_epoll_wait(int epoll, int timeout_milliseconds, uint32_t *events, uint64_t *data) {
    struct epoll_event event;
    int count = epoll_wait(epoll, &event, 1, timeout_milliseconds);
    if (count == 1) {
        *events = event.events;
        *data = event.data.u64;
    }
    return count;
}

static const uint32_t linux_epollin = EPOLLIN, linux_epollout = EPOLLOUT, linux_epollrdhup = EPOLLRDHUP,
                      linux_epollhup = EPOLLHUP, linux_epollerr = EPOLLERR, linux_epollet = EPOLLET;

static const uint64_t linux_resolve_beneath = RESOLVE_BENEATH, linux_resolve_no_magiclinks = RESOLVE_NO_MAGICLINKS,
                      linux_resolve_no_symlinks = RESOLVE_NO_SYMLINKS;

// O_PATH, which fcntl.h declares only under _GNU_SOURCE.
static const int linux_o_path = __O_PATH;
