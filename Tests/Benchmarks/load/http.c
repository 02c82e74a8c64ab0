// HTTP/1.1 as far as a web server's response with a Content-Length needs it.
#include <stdio.h>
#include <stdlib.h>

#include "load.h"

void http_request(struct question *question, const char *host) {
    int length = asprintf(&question->bytes,
                          "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: load\r\nAccept: */*\r\nConnection: %s\r\n\r\n",
                          question->path, host, question->keep_alive ? "keep-alive" : "close");
    if (length < 0) abort();
    question->length = (size_t)length;
}

size_t http_read(struct answer *answer, const uint8_t *bytes, size_t count) {
    answer_append(answer, bytes, count);
    if (answer->length == 0) {
        size_t head = answer_head_length(answer), digits;
        if (head == 0) {
            answer->broken = answer->head_filled == HEAD_MAXIMUM;
            return count;
        }
        const char *length = answer_field(answer, "Content-Length", &digits);
        if (!length) {
            answer->broken = true;
            return count;
        }
        answer->length = head + strtoull(length, NULL, 10);
    }
    answer->ended = answer->received >= answer->length;
    if (answer->received <= answer->length) return count;
    // Bytes after the response do not belong to it.
    size_t surplus = (size_t)(answer->received - answer->length);
    answer->received = answer->length;
    return count - surplus;
}
