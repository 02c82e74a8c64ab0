// Reads a response and compares it with the expected one.
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void answer_begin(struct answer *answer) {
    answer->head_filled = 0;
    memset((char *)answer + sizeof answer->head, 0, sizeof *answer - sizeof answer->head);
}

void answer_append(struct answer *answer, const uint8_t *bytes, size_t count) {
    size_t room = HEAD_MAXIMUM - answer->head_filled, piece = count < room ? count : room;
    memcpy(answer->head + answer->head_filled, bytes, piece);
    answer->head_filled += piece;
    answer->received += count;
}

size_t answer_head_length(const struct answer *answer) {
    const char *end = memmem(answer->head, answer->head_filled, "\r\n\r\n", 4);
    return end ? (size_t)(end - answer->head) + 4 : 0;
}

const char *answer_field(const struct answer *answer, const char *name, size_t *length) {
    const char *line = answer->head, *end = line + answer_head_length(answer);
    size_t name_length = strlen(name);
    while (line < end) {
        const char *next = memmem(line, (size_t)(end - line), "\r\n", 2);
        if (!next) return NULL;
        if ((size_t)(next - line) > name_length && strncasecmp(line, name, name_length) == 0 &&
            line[name_length] == ':') {
            const char *value = line + name_length + 1;
            while (*value == ' ') value++;
            *length = (size_t)(next - value);
            return value;
        }
        line = next + 2;
    }
    return NULL;
}

const char *answer_problem(const struct answer *answer, const struct question *question) {
    size_t head = answer_head_length(answer), length;
    if (answer->broken) return "the answer breaks the protocol";
    if (head == 0) return "the header fields have no end";
    const char *status = question->http ? answer->head + strlen("HTTP/1.1 ") : answer_field(answer, "Status", &length);
    if ((status ? atoi(status) : 200) != question->status) return "an unexpected status";
    if (question->body_length >= 0 && answer->received - head != (uint64_t)question->body_length)
        return "a body of an unexpected length";
    if (question->field) {
        char name[128];
        size_t name_length = strcspn(question->field, ":");
        snprintf(name, sizeof name, "%.*s", (int)name_length, question->field);
        const char *wanted = question->field + name_length + strspn(question->field + name_length, ": ");
        const char *value = answer_field(answer, name, &length);
        if (!value || length != strlen(wanted) || memcmp(value, wanted, length) != 0)
            return "a header field is missing or has an unexpected value";
    }
    return NULL;
}
