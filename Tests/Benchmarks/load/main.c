// Sends one request repeatedly and prints the results as NAME=VALUE on one line.
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

static const char usage[] =
    "usage: load [options] ADDRESS /PATH            one round against ADDRESS\n"
    "       load --show [options] ADDRESS /PATH     one request; prints the answer\n"
    "       load --start [options] ADDRESS /PATH COMMAND…\n"
    "                                               starts COMMAND with ADDRESS as its standard input; one request\n"
    "\n"
    "ADDRESS is the path of a Unix socket, or HOST:PORT.\n"
    "  --http            speak HTTP/1.1, not FastCGI\n"
    "  --host NAME       the host to ask for in HTTP (localhost)\n"
    "  --keep-alive      ask again on the same connection\n"
    "  --connections N   connections at a time (1)\n"
    "  --threads N       threads (the smaller of 2 and the connections)\n"
    "  --seconds N       ask for so long (1)\n"
    "  --requests N      ask so often, for at most --seconds\n"
    "  --status N        the status that each answer must have (200)\n"
    "  --field 'N: V'    a header field that each answer must have\n"
    "  --discard         drop long bodies inside the kernel, so that reading is not what limits a stream (FastCGI)\n"
    "  --length N        the length in bytes that each answer's body must have\n"
    "  --pid PID         the process whose CPU time, with its children's, and memory are reported\n"
    "  --with PID        another process whose CPU time is added to it\n";

static void die(const char *what, const char *why) {
    fprintf(stderr, "load: %s: %s\n", what, why);
    exit(2);
}

static void resolve(struct question *question, const char *address) {
    const char *colon = strrchr(address, ':');
    if (strchr(address, '/') || !colon) {
        struct sockaddr_un *local = (struct sockaddr_un *)&question->address;
        if (strlen(address) >= sizeof local->sun_path) die(address, "too long for a Unix socket");
        local->sun_family = AF_UNIX;
        strcpy(local->sun_path, address);
        question->address_length = sizeof *local;
        return;
    }
    char host[256];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *found;
    snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
    int error = getaddrinfo(host, colon + 1, &hints, &found);
    if (error) die(address, gai_strerror(error));
    memcpy(&question->address, found->ai_addr, found->ai_addrlen);
    question->address_length = found->ai_addrlen;
    freeaddrinfo(found);
}

// From fork to the first complete response: the socket listens before the program exists, as under a web server that
// starts it.
static int measure_start(const struct question *question, const char *address, char **command) {
    struct answer answer;
    int listener = socket(question->address.ss_family, SOCK_STREAM, 0);
    if (bind(listener, (const struct sockaddr *)&question->address, question->address_length) != 0 ||
        listen(listener, 128) != 0)
        die(address, strerror(errno));
    double begin = now();
    pid_t pid = process_start(command, listener);
    close(listener);  // a program that ends at once then refuses the connection
    const char *problem = round_once(question, &answer);
    double seconds = now() - begin;
    // Long enough for starting threads to reach their first wait.
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    printf("first_ms=%.3f rss_kib=%ld pss_kib=%ld anonymous_kib=%ld\n", seconds * 1e3,
           process_memory(pid, "smaps_rollup", "Rss"), process_memory(pid, "smaps_rollup", "Pss"),
           process_memory(pid, "smaps_rollup", "Anonymous"));
    process_stop(pid);
    if (problem) fprintf(stderr, "load: %s: %s\n", command[0], problem);
    return problem ? 1 : 0;
}

static int show(const struct question *question, const char *address) {
    struct answer answer;
    const char *problem = round_once(question, &answer);
    if (problem) die(address, problem);
    fwrite(answer.head, 1, answer.head_filled, stdout);
    return 0;
}

static int measure(const struct round *round, const char *address, pid_t pid, pid_t with) {
    if (pid) process_reset_peak(pid);
    long memory = pid ? process_memory(pid, "status", "VmRSS") : 0;
    double cpu = (pid ? process_cpu(pid) : 0) + (with ? process_cpu(with) : 0), own = process_cpu(getpid()), begin = now();
    struct result *result = round_run(round);
    double seconds = result->last > begin ? result->last - begin : now() - begin;
    own = process_cpu(getpid()) - own;
    cpu = (pid ? process_cpu(pid) : 0) + (with ? process_cpu(with) : 0) - cpu;
    double requests = result->requests ? (double)result->requests : 1;
    printf("requests=%llu rate=%.2f mbps=%.1f p50_us=%.1f p99_us=%.1f p999_us=%.1f cpu_us=%.3f growth_kib=%ld busy=%.2f "
           "errors=%llu\n",
           (unsigned long long)result->requests, (double)result->requests / seconds,
           (double)result->bytes / seconds / 1e6, (double)latency_percentile(result, 0.5) / 1e3,
           (double)latency_percentile(result, 0.99) / 1e3, (double)latency_percentile(result, 0.999) / 1e3,
           cpu * 1e6 / requests, pid ? process_memory(pid, "status", "VmHWM") - memory : 0,
           own / seconds / round->threads, (unsigned long long)result->errors);
    bool failed = result->errors > 0 || result->requests == 0;
    if (failed) fprintf(stderr, "load: %s: %s\n", address, result->errors ? result->error : "no request was answered");
    free(result);
    return failed ? 1 : 0;
}

int main(int count, char **arguments) {
    struct question question = {.status = 200, .body_length = -1};
    struct round round = {.question = &question, .connections = 1, .seconds = 1};
    const char *host = "localhost";
    pid_t pid = 0, with = 0;
    int showing = 0, starting = 0;
    const struct option options[] = {
        {"http", no_argument, NULL, 'h'},
        {"host", required_argument, NULL, 'H'},
        {"keep-alive", no_argument, NULL, 'k'},
        {"connections", required_argument, NULL, 'c'},
        {"threads", required_argument, NULL, 't'},
        {"seconds", required_argument, NULL, 's'},
        {"requests", required_argument, NULL, 'r'},
        {"discard", no_argument, NULL, 'd'},
        {"status", required_argument, NULL, 'S'},
        {"field", required_argument, NULL, 'f'},
        {"length", required_argument, NULL, 'l'},
        {"pid", required_argument, NULL, 'p'},
        {"with", required_argument, NULL, 'w'},
        {"show", no_argument, &showing, 1},
        {"start", no_argument, &starting, 1},
        {NULL, 0, NULL, 0},
    };
    // "+": the options of a command that is started are its own.
    for (int option; (option = getopt_long(count, arguments, "+", options, NULL)) != -1;) switch (option) {
        case 0: break;
        case 'h': question.http = true; break;
        case 'H': host = optarg; break;
        case 'k': question.keep_alive = true; break;
        case 'c': round.connections = atoi(optarg); break;
        case 't': round.threads = atoi(optarg); break;
        case 's': round.seconds = atof(optarg); break;
        case 'r': round.requests = atoll(optarg); break;
        case 'd': question.discard = true; break;
        case 'S': question.status = atoi(optarg); break;
        case 'f': question.field = optarg; break;
        case 'l': question.body_length = atoll(optarg); break;
        case 'p': pid = atoi(optarg); break;
        case 'w': with = atoi(optarg); break;
        default: fputs(usage, stderr); return 2;
        }
    if (count - optind < 2 || (starting && count - optind < 3) || round.connections < 1 || round.seconds <= 0) {
        fputs(usage, stderr);
        return 2;
    }
    if (round.threads < 1) round.threads = 2;
    if (round.threads > round.connections) round.threads = round.connections;
    const char *address = arguments[optind];
    question.path = arguments[optind + 1];
    resolve(&question, address);
    if (question.http) http_request(&question, host);
    else fastcgi_request(&question);
    signal(SIGPIPE, SIG_IGN);
    int status = starting  ? measure_start(&question, address, arguments + optind + 2)
                 : showing ? show(&question, address)
                           : measure(&round, address, pid, with);
    free(question.bytes);
    return status;
}
