// Calls every function of Sources/CLinux/CLinux.h with ordinary and extreme arguments. A test compiles it with the sanitizers of
// undefined behaviour and of addresses, and runs it with the path of an empty directory.
#include "../Sources/CLinux/CLinux.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

static void files(void) {
    int file = linux_open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert(file >= 0 && write(file, "0123456789", 10) == 10);
    assert(linux_open("file/", O_RDONLY, UINT_MAX) < 0 && linux_open("", INT_MAX, 0) < 0);
    int here = linux_openat(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert(here >= 0 && linux_openat(-1, "file", O_RDONLY) < 0 && linux_openat(INT_MIN, "", INT_MIN) < 0);
    int found = linux_openat2(here, "file", O_RDONLY | O_CLOEXEC, linux_resolve_beneath | linux_resolve_no_symlinks);
    assert(found >= 0 || errno == ENOSYS);
    assert(linux_openat2(here, "..", O_RDONLY, linux_resolve_beneath) < 0);
    assert(linux_openat2(INT_MIN, "file", UINT64_MAX, UINT64_MAX) < 0);
    assert(linux_openat(here, "file", linux_o_path) >= 0);
    assert(linux_fcntl(file, F_GETFD, 0) == FD_CLOEXEC && linux_fcntl(-1, INT_MIN, INT_MAX) < 0);

    uint64_t inode = 0;
    int64_t seconds = 0;
    uint32_t nanoseconds = UINT32_MAX;
    assert(linux_origin("file", &inode, &seconds, &nanoseconds) == 0);
    assert(inode > 0 && seconds > 0 && nanoseconds < 1000000000);
    assert(linux_origin("missing", &inode, &seconds, &nanoseconds) < 0);

    char bytes[16] = {0};
    ssize_t count = linux_read_cached(file, bytes, sizeof bytes, 2);
    assert(count == 8 ? !memcmp(bytes, "23456789", 8) : count < 0);
    assert(linux_read_cached(file, bytes, sizeof bytes, LLONG_MAX) <= 0);
    assert(linux_read_cached(file, bytes, 0, 0) <= 0 && linux_read_cached(-1, bytes, SIZE_MAX, -1) < 0);
    int memory = memfd_create("shims", linux_mfd_cloexec);
    assert(memory >= 0 && linux_fcntl(memory, F_GETFD, 0) == FD_CLOEXEC);
}

static void events(void) {
    int epoll = epoll_create1(EPOLL_CLOEXEC), event = eventfd(0, EFD_NONBLOCK);
    uint32_t events = 7;
    uint64_t data = 7;
    assert(linux_epoll_wait(epoll, 0, &events, &data) == 0 && events == 7 && data == 7);
    assert(linux_epoll_control(epoll, EPOLL_CTL_ADD, event, linux_epollin | linux_epollet, UINT64_MAX) == 0);
    assert(linux_epoll_control(epoll, INT_MAX, INT_MIN, UINT32_MAX, 0) < 0);
    assert(linux_epoll_wait(-1, INT_MIN, &events, &data) < 0);

    struct sigaction previous;
    assert(linux_report_signals(SIGUSR1, event, &previous) == 0 && previous.sa_handler == SIG_DFL);
    assert(linux_report_signals(INT_MAX, event, NULL) < 0);
    for (int i = 0; i < 3; i++) raise(SIGUSR1);
    assert(linux_epoll_wait(epoll, -1, &events, &data) == 1 && events == linux_epollin && data == UINT64_MAX);
    uint64_t signals = 0;
    assert(read(event, &signals, sizeof signals) == sizeof signals && signals == 3);
    // A handler that cannot write keeps errno.
    *linux_signal_event() = -1;
    errno = ERANGE;
    raise(SIGUSR1);
    assert(errno == ERANGE);
}

static void sockets(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    assert(!bind(listener, (struct sockaddr *)&address, sizeof address) && !listen(listener, 1));
    assert(!connect(client, (struct sockaddr *)&address, sizeof address));
    int connection = linux_accept(listener, SOCK_CLOEXEC);
    assert(connection >= 0 && linux_fcntl(connection, F_GETFD, 0) == FD_CLOEXEC);
    assert(linux_accept(-1, INT_MAX) < 0 && linux_accept(client, 0) < 0);
}

static void threads(void) {
    int processors = linux_usable_processors();
    assert(processors > 0 && linux_processor() >= 0);
    assert(linux_is_main_thread() && linux_waits() >= 0);
    assert(linux_set_thread_name("a name of more than fifteen bytes") == 0);
    assert(linux_set_timer_slack(1) == 0 && linux_set_timer_slack(ULONG_MAX) == 0);
    assert(linux_uses_glibc_allocator() >= 0);
    linux_trim_memory();
    linux_limit_arenas(8);
    linux_limit_arenas(INT_MAX);
}

int main(int count, char **arguments) {
    assert(count == 2 && chdir(arguments[1]) == 0);
    files();
    events();
    sockets();
    threads();
    puts("every function was called");
}
