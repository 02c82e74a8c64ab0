// The limit: the loop of loop.c without a thread for each connection. One epoll, as many threads as there are
// processors, and libfcgi reads and writes each request. Every program without a thread for each connection has the
// additional cost of this one over loop.c.
//
// usage: events THREADS ROOT [SOCKET]
#define main loop_main
#include "loop.c"
#undef main

#include <sys/epoll.h>
#include <sys/socket.h>

static int events;

// Answers the request that is on a connection. True if the connection is kept.
static int answer(int connection, int *ends, char *buffer, size_t size) {
    ssize_t count = recv(connection, buffer, size, MSG_DONTWAIT);
    if (count < 0) return 1;
    if (count < 16) return 0;
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
        int connection = event.data.fd;
        if (connection == listener) {
            connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
            event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.fd = listener};
            epoll_ctl(events, EPOLL_CTL_MOD, listener, &event);
            if (connection < 0) continue;
            if (!answer(connection, ends, buffer, sizeof buffer)) {
                close(connection);
                continue;
            }
            event = (struct epoll_event){.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = connection};
            epoll_ctl(events, EPOLL_CTL_ADD, connection, &event);
        } else if (!answer(connection, ends, buffer, sizeof buffer)) {
            close(connection);
        }
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
    fcntl(listener, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = listener};
    if (epoll_ctl(events, EPOLL_CTL_ADD, listener, &event) != 0) return 1;
    pthread_t thread;
    for (int i = atoi(arguments[1]); i > 1; i--) pthread_create(&thread, NULL, work, NULL);
    work(NULL);
    return 0;
}
