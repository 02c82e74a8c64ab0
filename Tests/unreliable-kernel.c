// A library for LD_PRELOAD under which system calls of one program fail or do a part of their work, in a random order that
// a seed determines. Each fault is one that the kernel may show by itself, only more often.
//
//     cc -shared -fPIC -O1 -o unreliable-kernel.so Tests/unreliable-kernel.c
//     UNRELIABLE_KERNEL=FILE LD_PRELOAD=./unreliable-kernel.so PROGRAM
//
// FILE begins with numbers of 64 bits, in the machine's byte order: see struct world. The test writes the seed and the
// faults that may happen; the library counts them. Threads of the program draw from one sequence, so a program with
// one worker repeats a seed's faults as long as its clients repeat their calls.
//
// The library keeps the promises of edge-triggered events: a read that returns fewer bytes than wanted has emptied the
// socket, and a write that fails with EAGAIN has filled it. So clients send pieces and read slowly instead.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum fault { PAUSE, INTERRUPT, SHORT, NO_DESCRIPTOR, RESET, DISK, FAULTS };

struct world {
    uint64_t seed;
    // A bit for each fault that may happen.
    uint64_t allowed;
    _Atomic uint64_t calls;
    _Atomic uint64_t happened[FAULTS];
};

static struct world none;
static struct world *world = &none;

__attribute__((constructor)) static void open_world(void) {
    const char *path = getenv("UNRELIABLE_KERNEL");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *memory = mmap(NULL, sizeof *world, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    syscall(SYS_close, file);
    if (memory != MAP_FAILED) world = memory;
}

// The next number of the sequence: splitmix64.
static uint64_t next_number(void) {
    uint64_t z = world->seed + atomic_fetch_add(&world->calls, 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

// Whether this fault happens now: once in so many calls.
static int happens(enum fault fault, unsigned once_in) {
    if (!(world->allowed >> fault & 1) || next_number() % once_in) return 0;
    atomic_fetch_add(&world->happened[fault], 1);
    return 1;
}

static int fail(int code) {
    errno = code;
    return -1;
}

// Lets other threads of the program go first.
static void pause_thread(void) {
    if (!happens(PAUSE, 8)) return;
    if (next_number() % 8) sched_yield();
    else nanosleep(&(struct timespec){.tv_nsec = next_number() % 300000}, NULL);
}

static int is_socket(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

// The connection is lost, for the program and for its peer.
static int is_reset(int descriptor) {
    if (!happens(RESET, 150)) return 0;
    shutdown(descriptor, SHUT_RDWR);
    return 1;
}

static size_t shortened(size_t count) {
    return count > 1 && happens(SHORT, 3) ? 1 + next_number() % (count - 1) : count;
}

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    pause_thread();
    if (happens(INTERRUPT, 10)) return fail(EINTR);
    // Rarely, because the program then accepts nothing for a second.
    if (happens(NO_DESCRIPTOR, 100)) return fail(EMFILE);
    int connection = syscall(SYS_accept4, listener, address, length, flags);
    if (connection >= 0 && happens(RESET, 30)) {
        syscall(SYS_close, connection);
        return fail(ECONNABORTED);
    }
    return connection;
}

ssize_t recv(int descriptor, void *bytes, size_t count, int flags) {
    pause_thread();
    if (happens(INTERRUPT, 10)) return fail(EINTR);
    if (!(flags & MSG_PEEK) && is_reset(descriptor)) return fail(ECONNRESET);
    return syscall(SYS_recvfrom, descriptor, bytes, count, flags, NULL, NULL);
}

ssize_t send(int descriptor, const void *bytes, size_t count, int flags) {
    pause_thread();
    if (happens(INTERRUPT, 10)) return fail(EINTR);
    if (is_reset(descriptor)) return fail(EPIPE);
    return syscall(SYS_sendto, descriptor, bytes, shortened(count), flags, NULL, 0);
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags) {
    pause_thread();
    if (happens(INTERRUPT, 10)) return fail(EINTR);
    if (is_reset(descriptor)) return fail(EPIPE);
    if (message->msg_controllen == 0 && message->msg_iovlen > 0 && happens(SHORT, 3)) {
        struct iovec first = message->msg_iov[0];
        if (first.iov_len == 0 && message->msg_iovlen > 1) first = message->msg_iov[1];
        if (first.iov_len > 0)
            return syscall(SYS_sendto, descriptor, first.iov_base, 1 + next_number() % first.iov_len, flags, NULL, 0);
    }
    return syscall(SYS_sendmsg, descriptor, message, flags);
}

// libfcgi writes to a socket that has room, so it meets short writes and lost connections only.
ssize_t write(int descriptor, const void *bytes, size_t count) {
    if (world->allowed && is_socket(descriptor)) {
        pause_thread();
        if (is_reset(descriptor)) return fail(EPIPE);
        count = shortened(count);
    }
    return syscall(SYS_write, descriptor, bytes, count);
}

ssize_t sendfile(int to, int from, off_t *offset, size_t count) {
    pause_thread();
    if (happens(INTERRUPT, 10)) return fail(EINTR);
    if (happens(DISK, 100)) return fail(EIO);
    if (is_reset(to)) return fail(ECONNRESET);
    return syscall(SYS_sendfile, to, from, offset, shortened(count));
}

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
    // A file of proc(5) has no size. The program looks at its threads there, at times that would change the sequence.
    struct stat status;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0)
        return syscall(SYS_pread64, descriptor, bytes, count, offset);
    if (happens(INTERRUPT, 10)) return fail(EINTR);
    if (happens(DISK, 100)) return fail(EIO);
    return syscall(SYS_pread64, descriptor, bytes, shortened(count), offset);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout) {
    pause_thread();
    if (happens(INTERRUPT, 10)) return fail(EINTR);
    return syscall(SYS_epoll_wait, epoll, events, most, timeout);
}

int poll(struct pollfd *descriptors, nfds_t count, int timeout) {
    int ready = syscall(SYS_poll, descriptors, count, timeout);
    return ready == 0 && happens(INTERRUPT, 10) ? fail(EINTR) : ready;
}

// glibc has no function for openat2(2).
long syscall(long number, ...) {
    static long (*next)(long, ...);
    if (!next) next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    va_list arguments;
    va_start(arguments, number);
    long a[6];
    for (int i = 0; i < 6; i++) a[i] = va_arg(arguments, long);
    va_end(arguments);
    if (number == SYS_openat2) {
        if (happens(INTERRUPT, 20)) return fail(EINTR);
        if (happens(NO_DESCRIPTOR, 50)) return fail(EMFILE);
        if (happens(DISK, 100)) return fail(EIO);
    }
    return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
