#pragma once
#include <stddef.h>
#include <stdint.h>

// libFuzzer's entry for programs that have a main of their own.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*target)(const uint8_t *data, size_t size));

// Of glibc, whose header has it for _GNU_SOURCE only.
int memfd_create(const char *name, unsigned int flags);
