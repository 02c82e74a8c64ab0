// Moves content that is not compared from the socket to /dev/null by splice(2), without a copy.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "load.h"

enum { HEADER = 8, STDOUT = 6, WORTH_IT = 4096, PIPE = 1024 * 1024 };

void discard_open(struct discard *discard) {
    if (pipe2(discard->pipe, O_CLOEXEC) != 0) abort();
    fcntl(discard->pipe[1], F_SETPIPE_SZ, PIPE);
    discard->sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (discard->sink < 0) abort();
}

void discard_close(struct discard *discard) {
    close(discard->pipe[0]);
    close(discard->pipe[1]);
    close(discard->sink);
}

size_t discard_next_read(const struct answer *answer, size_t capacity) {
    size_t wanted = HEADER - answer->record_filled;
    if (wanted == 0) {
        // The start of the response, which is compared, and the bytes after the content.
        size_t head = HEAD_MAXIMUM - answer->head_filled;
        wanted = answer->content == 0           ? answer->padding + HEADER
                 : answer->content < head       ? answer->content
                 : head > 0                     ? head
                 : answer->content < WORTH_IT   ? answer->content
                                                : WORTH_IT;
    }
    return wanted < capacity ? wanted : capacity;
}

ssize_t discard_some(struct discard *discard, struct answer *answer, int descriptor) {
    if (answer->record_filled < HEADER || answer->record[1] != STDOUT || answer->head_filled < HEAD_MAXIMUM ||
        answer->content < WORTH_IT)
        return -2;
    ssize_t count = splice(descriptor, NULL, discard->pipe[1], NULL, answer->content, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (count <= 0) return count;
    for (ssize_t left = count; left > 0;) {
        ssize_t dropped = splice(discard->pipe[0], NULL, discard->sink, NULL, (size_t)left, SPLICE_F_MOVE);
        if (dropped <= 0) abort();
        left -= dropped;
    }
    answer->received += (uint64_t)count;
    answer->content -= (size_t)count;
    return count;
}
