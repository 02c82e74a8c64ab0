#pragma once
#include <sqlite3.h>

// sqlite3_bind_text(3) with a copy of the text: SQLITE_TRANSIENT is a macro with a cast.
static inline int sqlite_bind_copy(sqlite3_stmt *statement, int index, const char *text, int count) {
    return sqlite3_bind_text(statement, index, text, count, SQLITE_TRANSIENT);
}
