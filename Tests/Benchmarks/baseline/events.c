// The limit: the loop of loop.c without a thread for each connection. One epoll, as many threads as there are
// processors, and libfcgi reads and writes each request. Every program without a thread for each connection has the
// additional cost of this one over loop.c.
//
// usage: events THREADS ROOT [SOCKET]
#define main loop_main
#include "loop.c"
#undef main

#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static int events;

// Two threads may have an event of the same connection at the same time. The lock makes the second thread wait. The
// number differs for each connection that has had the descriptor, so that an event of a closed connection does not close
// its successor.
static struct {
    pthread_mutex_t lock;
    uint32_t number;
} connections[65536];

static uint64_t event_data(int connection) {
    return (uint64_t)connections[connection].number << 32 | (uint32_t)connection;
}

// True if the bytes end with an empty record of type FCGI_STDIN, the last record of a request without a body.
static int is_complete(const char *bytes, size_t count) {
    if (count < 24) return 0;
    const char *last = bytes + count - 8;
    return last[0] == 1 && last[1] == 5 && last[4] == 0 && last[5] == 0 && last[6] == 0;
}

// Answers the request that is on a connection. True if the connection is kept.
static int answer(int connection, int *ends, char *buffer, size_t size) {
    ssize_t count = recv(connection, buffer, size, MSG_DONTWAIT);
    if (count < 0) return 1;
    // libfcgi would fail at the end of an incomplete request. Web servers send a request without a body in one piece.
    while (count > 0 && !is_complete(buffer, (size_t)count)) {
        struct pollfd readable = {.fd = connection, .events = POLLIN};
        if ((size_t)count == size || poll(&readable, 1, 10000) != 1) return 0;
        ssize_t more = recv(connection, buffer + count, size - (size_t)count, MSG_DONTWAIT);
        if (more <= 0) return 0;
        count += more;
    }
    if (count == 0) return 0;
    // libfcgi must not read from the connection, because it would take bytes after the request.
    if (write(ends[1], buffer, (size_t)count) != count) return 0;
    FCGX_Request request;
    FCGX_InitRequest(&request, -1, 0);
    request.ipcFd = ends[0];
    request.keepConnection = 1;
    FCGX_Detach(&request);
    if (FCGX_Accept_r(&request) != 0) exit(1);
    while (FCGX_GetChar(request.in) >= 0) {}
    request.ipcFd = connection;
    const char *path = FCGX_GetParam("DOCUMENT_URI", request.envp);
    if (path && strcmp(path, "/fixed") == 0) fixed(&request);
    else if (path && strncmp(path, "/sendfile/", 10) == 0) sendfile_header(&request, path + 10);
    else not_found(&request);
    FCGX_FClose(request.err);
    FCGX_FClose(request.out);
    FCGX_Free(&request, 0);
    return buffer[10] & 1;
}

static void *work(void *unused) {
    (void)unused;
    static _Thread_local char buffer[65536];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) exit(1);
    for (;;) {
        struct epoll_event event;
        if (epoll_wait(events, &event, 1, -1) != 1) continue;
        int connection = (int)(uint32_t)event.data.u64;
        int accepted = connection == listener;
        if (accepted) {
            connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
            event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.u64 = event_data(listener)};
            epoll_ctl(events, EPOLL_CTL_MOD, listener, &event);
            if (connection < 0) continue;
            if (connection >= 65536) exit(1);
        }
        pthread_mutex_lock(&connections[connection].lock);
        if (!accepted && event.data.u64 != event_data(connection)) {
            // Another thread closed the connection.
        } else if (!answer(connection, ends, buffer, sizeof buffer)) {
            connections[connection].number++;
            close(connection);
        } else if (accepted) {
            event = (struct epoll_event){
                .events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.u64 = event_data(connection)};
            epoll_ctl(events, EPOLL_CTL_ADD, connection, &event);
        }
        pthread_mutex_unlock(&connections[connection].lock);
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    FCGX_Init();
    root = open(arguments[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
    listener = count > 3 ? FCGX_OpenSocket(arguments[3], 4096) : 0;
    events = epoll_create1(EPOLL_CLOEXEC);
    if (root < 0 || listener < 0 || events < 0) return 1;
    for (int i = 0; i < 65536; i++) pthread_mutex_init(&connections[i].lock, NULL);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = event_data(listener)};
    if (epoll_ctl(events, EPOLL_CTL_ADD, listener, &event) != 0) return 1;
    pthread_t thread;
    for (int i = atoi(arguments[1]); i > 1; i--) pthread_create(&thread, NULL, work, NULL);
    work(NULL);
    return 0;
}
