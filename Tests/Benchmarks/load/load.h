// A load generator that speaks FastCGI and HTTP/1.1 itself: many connections, kept alive or not; every response is
// checked.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

// The number of a response's first bytes that are kept for the comparison: its header fields, and the whole of a small
// body.
enum { HEAD_MAXIMUM = 4096 };

// A response that is being read.
struct answer {
    char head[HEAD_MAXIMUM];
    size_t head_filled;
    uint64_t received;  // bytes of the answer, header fields and body, without FastCGI's framing
    bool ended, broken;

    // FastCGI: the record that is being read.
    uint8_t record[8], end[8];
    size_t record_filled, end_filled, content, padding;

    uint64_t length;  // HTTP: what `received` is at the end, once the header fields are complete
};

// A request and the expected response.
struct question {
    struct sockaddr_storage address;
    socklen_t address_length;
    bool http, keep_alive, discard;
    const char *path;
    char *bytes;  // the request as it is sent
    size_t length;
    int status;
    const char *field;     // a header field that the answer must have ("Name: value"), or NULL
    int64_t body_length;  // or -1: any
};

// Latencies in nanoseconds: a bucket is less than 1 % wide.
enum { BUCKET_BITS = 7, BUCKETS = (64 - BUCKET_BITS) << BUCKET_BITS };

// The results of one thread, and in the end of the whole round.
struct result {
    uint64_t requests, bytes, errors;
    double last;  // when the last answer was complete
    char error[160];
    uint64_t latencies[BUCKETS];
};

// fastcgi.c, http.c: create the request's bytes; read a chunk of a response and return the number of bytes that belong
// to it.
void fastcgi_request(struct question *question);
size_t fastcgi_read(struct answer *answer, const uint8_t *bytes, size_t count);
void http_request(struct question *question, const char *host);
size_t http_read(struct answer *answer, const uint8_t *bytes, size_t count);

// answer.c
void answer_begin(struct answer *answer);
void answer_append(struct answer *answer, const uint8_t *bytes, size_t count);
// The length of the header fields and the empty line, or 0 if they are not complete.
size_t answer_head_length(const struct answer *answer);
// The value of a field, `length` bytes of it, or NULL.
const char *answer_field(const struct answer *answer, const char *name, size_t *length);
// The error in a complete response, or NULL.
const char *answer_problem(const struct answer *answer, const struct question *question);

// discard.c: drops the content of long records inside the kernel, so that the reader does not limit a stream.
struct discard {
    int pipe[2], sink;
};
void discard_open(struct discard *discard);
void discard_close(struct discard *discard);
// The number of bytes to read, so that no content is read that could be dropped.
size_t discard_next_read(const struct answer *answer, size_t capacity);
// Drops content of the record that is being read. Returns the number of bytes as recv() does, and -2 if it is not to be dropped.
ssize_t discard_some(struct discard *discard, struct answer *answer, int descriptor);

// round.c
struct round {
    const struct question *question;
    int connections, threads;
    double seconds;    // ask until then,
    int64_t requests;  // at most this often; 0: as often as possible
};
// Runs a round in threads; the result must be freed.
struct result *round_run(const struct round *round);
// Sends one request and stores the response; returns the error, or NULL.
const char *round_once(const struct question *question, struct answer *answer);
uint64_t latency_percentile(const struct result *result, double fraction);
double now(void);

// process.c
// CPU time in seconds that a process and its children have used.
double process_cpu(pid_t pid);
// A field of /proc/PID/status or smaps_rollup in KiB, or -1.
long process_memory(pid_t pid, const char *file, const char *field);
void process_reset_peak(pid_t pid);
// Starts a command with a listening socket as its standard input.
pid_t process_start(char **command, int listener);
// Asks a process to stop, and kills it after two seconds.
void process_stop(pid_t pid);
