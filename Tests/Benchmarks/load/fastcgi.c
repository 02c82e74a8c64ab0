// FastCGI as a web server speaks it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

enum { BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDIN = 5, STDOUT = 6, STDERR = 7 };

static void append(struct question *question, const void *bytes, size_t count) {
    question->bytes = realloc(question->bytes, question->length + count);
    if (!question->bytes) abort();
    memcpy(question->bytes + question->length, bytes, count);
    question->length += count;
}

// Content is padded to eight bytes, as nginx does.
static void append_record(struct question *question, int type, const void *content, size_t count) {
    size_t padding = -count & 7;
    const uint8_t header[8] = {1, (uint8_t)type, 0, 1, (uint8_t)(count >> 8), (uint8_t)count, (uint8_t)padding, 0};
    append(question, header, sizeof header);
    if (count) append(question, content, count);
    append(question, (const uint8_t[8]){0}, padding);
}

static size_t put_length(uint8_t *to, size_t length) {
    if (length < 128) {
        to[0] = (uint8_t)length;
        return 1;
    }
    const uint8_t bytes[4] = {(uint8_t)(0x80 | length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8),
                              (uint8_t)length};
    memcpy(to, bytes, 4);
    return 4;
}

void fastcgi_request(struct question *question) {
    // The parameters that nginx sends with the fastcgi_params of its Debian package for a browser's request.
    const char *const parameters[][2] = {
        {"QUERY_STRING", ""},
        {"REQUEST_METHOD", "GET"},
        {"CONTENT_TYPE", ""},
        {"CONTENT_LENGTH", ""},
        {"SCRIPT_FILENAME", "/usr/share/nginx/html/downloads"},
        {"SCRIPT_NAME", question->path},
        {"REQUEST_URI", question->path},
        {"DOCUMENT_URI", question->path},
        {"DOCUMENT_ROOT", "/usr/share/nginx/html"},
        {"SERVER_PROTOCOL", "HTTP/1.1"},
        {"REQUEST_SCHEME", "http"},
        {"GATEWAY_INTERFACE", "CGI/1.1"},
        {"SERVER_SOFTWARE", "nginx/1.22.1"},
        {"REMOTE_ADDR", "127.0.0.1"},
        {"REMOTE_PORT", "54321"},
        {"SERVER_ADDR", "127.0.0.1"},
        {"SERVER_PORT", "80"},
        {"SERVER_NAME", "downloads.example"},
        {"REDIRECT_STATUS", "200"},
        {"HTTP_HOST", "downloads.example"},
        {"HTTP_USER_AGENT", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
        {"HTTP_ACCEPT", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
        {"HTTP_ACCEPT_LANGUAGE", "en-US,en;q=0.5"},
        {"HTTP_ACCEPT_ENCODING", "gzip, deflate, br"},
        {"HTTP_CONNECTION", "keep-alive"},
        {"HTTP_COOKIE", "session=3f0c1a9be2d84d6f9a77c5b0e1d2f3a4; theme=dark"},
    };
    uint8_t content[65536];
    size_t count = 0;
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
        const char *name = parameters[i][0], *value = parameters[i][1];
        if (count + strlen(name) + strlen(value) + 8 > sizeof content - 1) break;
        count += put_length(content + count, strlen(name));
        count += put_length(content + count, strlen(value));
        count += (size_t)sprintf((char *)content + count, "%s%s", name, value);
    }
    append_record(question, BEGIN_REQUEST, (const uint8_t[8]){0, 1, question->keep_alive}, 8);
    append_record(question, PARAMS, content, count);
    append_record(question, PARAMS, NULL, 0);
    append_record(question, STDIN, NULL, 0);
}

size_t fastcgi_read(struct answer *answer, const uint8_t *bytes, size_t count) {
    size_t at = 0;
    while (at < count && !answer->ended && !answer->broken) {
        if (answer->record_filled < sizeof answer->record) {
            answer->record[answer->record_filled++] = bytes[at++];
            if (answer->record_filled < sizeof answer->record) continue;
            answer->content = (size_t)answer->record[4] << 8 | answer->record[5];
            answer->padding = answer->record[6];
            answer->broken = answer->record[0] != 1 || answer->record[2] != 0 || answer->record[3] != 1;
        }
        size_t piece = count - at < answer->content ? count - at : answer->content;
        switch (answer->record[1]) {
        case STDOUT: answer_append(answer, bytes + at, piece); break;
        case STDERR: answer->broken = answer->content > 0; break;
        case END_REQUEST:
            for (size_t i = 0; i < piece && answer->end_filled < sizeof answer->end; i++)
                answer->end[answer->end_filled++] = bytes[at + i];
            break;
        default: answer->broken = true;
        }
        answer->content -= piece;
        at += piece;
        if (answer->content) continue;
        piece = count - at < answer->padding ? count - at : answer->padding;
        answer->padding -= piece;
        at += piece;
        if (answer->padding) continue;
        answer->record_filled = 0;
        if (answer->record[1] == END_REQUEST) {
            // Another application status than 0, or another protocol status than "complete", is a failure.
            answer->broken = answer->end_filled != 8 || memcmp(answer->end, (const uint8_t[5]){0}, 5) != 0;
            answer->ended = true;
        }
    }
    return at;
}
