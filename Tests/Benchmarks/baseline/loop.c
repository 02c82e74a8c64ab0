// The baseline: the shortest correct responder on libfcgi, a loop around FCGX_Accept_r in each of N threads.
//
// usage: loop THREADS ROOT [SOCKET]        (without SOCKET: the socket is standard input)
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int listener, root;

// The header of a response with a file, `last` at its end: the bytes that the Swift program sends.
static int describe(char *head, size_t size, const struct stat *status, const char *last) {
    char date[32];
    struct tm time;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&status->st_mtime, &time));
    return snprintf(head, size,
                    "Status: 200 OK\r\nContent-Type: application/octet-stream\r\nETag: \"%lx-%lx\"\r\n"
                    "Last-Modified: %s\r\n%s\r\n\r\n",
                    status->st_mtime, status->st_size, date, last);
}

static void not_found(FCGX_Request *request) {
    FCGX_PutS("Status: 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nNot Found\n", request->out);
}

static void fixed(FCGX_Request *request) {
    FCGX_PutS("Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\n\r\nHello\n",
              request->out);
}

// Opens, describes and closes the file, and asks nginx to send it.
static void sendfile_header(FCGX_Request *request, const char *name) {
    char head[1024], field[512];
    struct stat status;
    int file = openat(root, name, O_RDONLY | O_CLOEXEC);
    if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
        snprintf(field, sizeof field, "Cache-Control: private\r\nX-Accel-Redirect: /protected/%s", name);
        FCGX_PutStr(head, describe(head, sizeof head, &status, field), request->out);
    } else {
        not_found(request);
    }
    if (file >= 0) close(file);
}

static void stream(FCGX_Request *request, const char *name) {
    char head[1024], buffer[65536], field[96];
    struct stat status;
    int file = openat(root, name, O_RDONLY | O_CLOEXEC);
    if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
        snprintf(field, sizeof field, "Accept-Ranges: bytes\r\nCache-Control: private\r\nContent-Length: %lld",
                 (long long)status.st_size);
        FCGX_PutStr(head, describe(head, sizeof head, &status, field), request->out);
        for (ssize_t count; (count = read(file, buffer, sizeof buffer)) > 0;)
            if (FCGX_PutStr(buffer, (int)count, request->out) < 0) break;
    } else {
        not_found(request);
    }
    if (file >= 0) close(file);
}

static void *serve(void *unused) {
    (void)unused;
    FCGX_Request request;
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        const char *path = FCGX_GetParam("DOCUMENT_URI", request.envp);
        if (path && strcmp(path, "/fixed") == 0) fixed(&request);
        else if (path && strncmp(path, "/sendfile/", 10) == 0) sendfile_header(&request, path + 10);
        else if (path && strncmp(path, "/stream/", 8) == 0) stream(&request, path + 8);
        else not_found(&request);
        FCGX_Finish_r(&request);
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    FCGX_Init();
    root = open(arguments[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
    listener = count > 3 ? FCGX_OpenSocket(arguments[3], 4096) : 0;
    if (root < 0 || listener < 0) return 1;
    pthread_t thread;
    for (int i = atoi(arguments[1]); i > 1; i--) pthread_create(&thread, NULL, serve, NULL);
    serve(NULL);
    return 0;
}
