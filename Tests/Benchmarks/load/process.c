// The program under test as the kernel sees it.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

static double cpu_alone(pid_t pid) {
    clockid_t clock;
    struct timespec time;
    // The sum over all threads in nanoseconds; /proc/PID/stat has it in steps of 10 ms.
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double process_cpu(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    double sum = cpu_alone(pid);
    FILE *children = fopen(path, "r");
    if (!children) return sum;
    for (pid_t child; fscanf(children, "%d", &child) == 1;) sum += cpu_alone(child);
    fclose(children);
    return sum;
}

long process_memory(pid_t pid, const char *file, const char *field) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    FILE *stream = fopen(path, "r");
    if (!stream) return -1;
    long kilobytes = -1;
    size_t length = strlen(field);
    while (kilobytes < 0 && fgets(line, sizeof line, stream))
        if (strncmp(line, field, length) == 0 && line[length] == ':') kilobytes = atol(line + length + 1);
    fclose(stream);
    return kilobytes;
}

void process_reset_peak(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/clear_refs", pid);
    FILE *stream = fopen(path, "w");
    if (!stream) return;
    fputs("5\n", stream);
    fclose(stream);
}

pid_t process_start(char **command, int listener) {
    pid_t pid = fork();
    if (pid == 0) {
        dup2(listener, STDIN_FILENO);
        execvp(command[0], command);
        fprintf(stderr, "load: %s: %s\n", command[0], strerror(errno));
        _exit(127);
    }
    return pid;
}

void process_stop(pid_t pid) {
    kill(pid, SIGTERM);
    for (int i = 0; i < 200; i++) {
        if (waitpid(pid, NULL, WNOHANG) != 0) return;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
