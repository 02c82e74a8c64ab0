// One round: connections that send a request, wait for the response, check it and send the next one.
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

// A response that is not complete this long after the round's end is lost.
static const double patience = 5;

static const char closed_early[] = "the connection was closed before the answer was complete";
static const char too_late[] = "no answer in time";

// Enough for many records in one read, and still in the processor's cache.
enum { BUFFER = 128 * 1024, EVENTS = 64, ERRORS_MAXIMUM = 1000 };

struct connection {
    int descriptor;
    double asked;
    struct answer answer;
};

struct worker {
    pthread_t thread;
    const struct round *round;
    atomic_llong *left;  // questions not yet asked
    double deadline;
    int connections, epoll, open;
    struct answer known;  // the last answer that was checked field by field
    struct result *result;
    struct discard discard;
    uint8_t buffer[BUFFER];
};

double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void count_latency(struct result *result, uint64_t nanoseconds) {
    int shift = 64 - BUCKET_BITS - 1 - __builtin_clzll(nanoseconds | 1 << BUCKET_BITS);
    result->latencies[((size_t)shift << BUCKET_BITS) + (size_t)(nanoseconds >> shift)]++;
}

uint64_t latency_percentile(const struct result *result, double fraction) {
    uint64_t rank = (uint64_t)(fraction * (double)result->requests), seen = 0;
    for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
        seen += result->latencies[bucket];
        if (seen <= rank) continue;
        size_t shift = bucket >> BUCKET_BITS ? (bucket >> BUCKET_BITS) - 1 : 0;
        return (uint64_t)(bucket - (shift << BUCKET_BITS)) << shift;
    }
    return 0;
}

static void fail(struct worker *worker, const char *what) {
    struct result *result = worker->result;
    if (result->errors++ == 0) snprintf(result->error, sizeof result->error, "%s", what);
}

// True if another request is left, which the caller then sends.
static bool take(struct worker *worker) {
    if (worker->result->errors >= ERRORS_MAXIMUM) return false;
    if (worker->round->requests && atomic_fetch_sub(worker->left, 1) <= 0) return false;
    return now() < worker->deadline;
}

static void hang_up(struct worker *worker, struct connection *connection) {
    if (connection->descriptor < 0) return;
    close(connection->descriptor);
    connection->descriptor = -1;
    worker->open--;
}

// Connecting may wait, as it does for a web server if the backlog is full.
static bool dial(struct worker *worker, struct connection *connection) {
    const struct question *question = worker->round->question;
    int descriptor = socket(question->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return false;
    if (connect(descriptor, (const struct sockaddr *)&question->address, question->address_length) != 0) {
        close(descriptor);
        return false;
    }
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = connection}};
    epoll_ctl(worker->epoll, EPOLL_CTL_ADD, descriptor, &event);
    connection->descriptor = descriptor;
    worker->open++;
    return true;
}

// Sends the next request on this connection, or closes it if there is none.
static void ask(struct worker *worker, struct connection *connection) {
    const struct question *question = worker->round->question;
    while (take(worker)) {
        answer_begin(&connection->answer);
        connection->asked = now();
        if (connection->descriptor < 0 && !dial(worker, connection)) {
            fail(worker, strerror(errno));
            continue;
        }
        ssize_t sent = send(connection->descriptor, question->bytes, question->length, MSG_NOSIGNAL);
        if (sent == (ssize_t)question->length) return;
        fail(worker, sent < 0 ? strerror(errno) : "a request could not be sent whole");
        hang_up(worker, connection);
    }
    hang_up(worker, connection);
}

static void check(struct worker *worker, struct connection *connection) {
    struct answer *answer = &connection->answer, *known = &worker->known;
    const struct question *question = worker->round->question;
    bool same = answer->received == known->received && answer->head_filled == known->head_filled &&
                memcmp(answer->head, known->head, answer->head_filled) == 0;
    const char *problem = answer->broken || !same ? answer_problem(answer, question) : NULL;
    if (problem) {
        fail(worker, problem);
        return;
    }
    if (!same) *known = *answer;
    struct result *result = worker->result;
    result->last = now();
    result->requests++;
    result->bytes += answer->received;
    count_latency(result, (uint64_t)((result->last - connection->asked) * 1e9));
}

static void read_some(struct worker *worker, struct connection *connection) {
    struct answer *answer = &connection->answer;
    const struct question *question = worker->round->question;
    size_t capacity = sizeof worker->buffer;
    ssize_t count = -2;
    if (question->discard) {
        count = discard_some(&worker->discard, answer, connection->descriptor);
        if (count > 0) return;
        capacity = discard_next_read(answer, capacity);
    }
    if (count == -2) count = recv(connection->descriptor, worker->buffer, capacity, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        fail(worker, count < 0 ? strerror(errno) : closed_early);
        hang_up(worker, connection);
        ask(worker, connection);
        return;
    }
    size_t used = (question->http ? http_read : fastcgi_read)(answer, worker->buffer, (size_t)count);
    if (used < (size_t)count) answer->broken = true;
    if (!answer->ended && !answer->broken) return;
    check(worker, connection);
    if (!question->keep_alive || answer->broken) hang_up(worker, connection);
    ask(worker, connection);
}

static void *work(void *argument) {
    struct worker *worker = argument;
    struct connection *connections = calloc((size_t)worker->connections, sizeof *connections);
    if (!connections) abort();
    worker->epoll = epoll_create1(EPOLL_CLOEXEC);
    discard_open(&worker->discard);
    for (int i = 0; i < worker->connections; i++) {
        connections[i].descriptor = -1;
        ask(worker, &connections[i]);
    }
    while (worker->open > 0) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(worker->epoll, events, EVENTS, 100);
        for (int i = 0; i < count; i++) read_some(worker, events[i].data.ptr);
        if (now() < worker->deadline + patience) continue;
        for (int i = 0; i < worker->connections; i++) {
            if (connections[i].descriptor < 0) continue;
            fail(worker, too_late);
            hang_up(worker, &connections[i]);
        }
    }
    close(worker->epoll);
    discard_close(&worker->discard);
    free(connections);
    return NULL;
}

struct result *round_run(const struct round *round) {
    struct result *sum = calloc(1, sizeof *sum);
    struct worker *workers = calloc((size_t)round->threads, sizeof *workers);
    atomic_llong left = round->requests;
    double deadline = now() + round->seconds;
    if (!sum || !workers) abort();
    for (int i = 0; i < round->threads; i++) {
        struct worker *worker = &workers[i];
        worker->round = round;
        worker->left = &left;
        worker->deadline = deadline;
        worker->connections = (round->connections + i) / round->threads;
        worker->result = calloc(1, sizeof *worker->result);
        if (!worker->result || pthread_create(&worker->thread, NULL, work, worker) != 0) abort();
    }
    for (int i = 0; i < round->threads; i++) {
        pthread_join(workers[i].thread, NULL);
        struct result *part = workers[i].result;
        sum->requests += part->requests;
        sum->bytes += part->bytes;
        if (sum->errors == 0 && part->errors) memcpy(sum->error, part->error, sizeof sum->error);
        sum->errors += part->errors;
        if (part->last > sum->last) sum->last = part->last;
        for (size_t bucket = 0; bucket < BUCKETS; bucket++) sum->latencies[bucket] += part->latencies[bucket];
        free(part);
    }
    free(workers);
    return sum;
}

const char *round_once(const struct question *question, struct answer *answer) {
    static uint8_t buffer[BUFFER];
    int descriptor = socket(question->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const char *problem = NULL;
    struct timeval limit = {.tv_sec = (time_t)patience};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    answer_begin(answer);
    if (connect(descriptor, (const struct sockaddr *)&question->address, question->address_length) != 0 ||
        send(descriptor, question->bytes, question->length, MSG_NOSIGNAL) != (ssize_t)question->length)
        problem = strerror(errno);
    while (!problem && !answer->ended && !answer->broken) {
        ssize_t count = recv(descriptor, buffer, sizeof buffer, 0);
        if (count == 0) problem = closed_early;
        else if (count < 0) problem = errno == EAGAIN ? too_late : strerror(errno);
        else (question->http ? http_read : fastcgi_read)(answer, buffer, (size_t)count);
    }
    close(descriptor);
    return problem ? problem : answer_problem(answer, question);
}
