# Rows and results in, one table out. Each ratio is the median of the ratios of all rounds, in which the two programs took
# turns; the two figures beside it are the medians of each program.
BEGIN {
    FS = "\t"
    titles["rate"] = "requests/s"
    titles["mbps"] = "MB/s"
    titles["p99_us"] = "p99, µs"
    titles["cpu_us"] = "CPU/request, µs"
    titles["stream", "cpu_us"] = "CPU/GiB, µs"
    titles["growth_kib"] = "memory growth, KiB"
    titles["first_ms"] = "start to first answer, ms"
    titles["rss_kib"] = "resident when idle, KiB"
    titles["pss_kib"] = "resident and unshared when idle, KiB"
    titles["anonymous_kib"] = "resident and in no file when idle, KiB"
    titles["size_kib"] = "program file, KiB"
    programs["secure_link"] = "nginx, secure_link"
    programs["router-http"] = "Hummingbird's HTTP server"
    programs["nginx"] = "nginx, no protection"
    programs["events"] = "C event loop"
    programs["php"] = "PHP-FPM, 4 workers"
    programs["go"] = "Go net/http/fcgi"
    programs["django"] = "django-sendfile2, 2 workers"
}

function median(values, count,    i, j, value) {
    for (i = 2; i <= count; i++) {
        value = values[i]
        for (j = i - 1; j > 0 && values[j] > value; j--) values[j + 1] = values[j]
        values[j + 1] = value
    }
    return count % 2 ? values[(count + 1) / 2] : (values[count / 2] + values[count / 2 + 1]) / 2
}

# The median of a program's own figures, or of the ratios to a peer; empty without any.
function figure(scenario, measure, program, peer,    i, count, values) {
    for (i = 1; i <= turns[scenario, program, measure]; i++) {
        if (peer == "") values[++count] = seen[scenario, program, measure, i]
        else if (seen[scenario, peer, measure, i] > 0)
            values[++count] = seen[scenario, program, measure, i] / seen[scenario, peer, measure, i]
    }
    return count ? median(values, count) : ""
}

function rounded(value) {
    return value == "" ? "" : sprintf(value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
}

function name(program) {
    return program in programs ? programs[program] : program ~ /^c-/ ? "C loop, " substr(program, 3) " threads" : program
}

# Both sides with two decimals, as printed.
function verdict(value, target,    part) {
    if (target == "-") return ""
    if (value == "") return "not measured"
    split(target, part, " ")
    value = sprintf("%.2f", value) + 0
    return (part[1] == ">=" ? value >= part[2] : part[1] == "<=" ? value <= part[2] : value < part[2]) ? "met" : "missed"
}

FNR == NR {
    row[++rows] = $0
    next
}

{
    fields = split($3, pairs, " ")
    for (i = 1; i <= fields; i++) {
        split(pairs[i], pair, "=")
        seen[$1, $2, pair[1], ++turns[$1, $2, pair[1]]] = pair[2]
    }
}

END {
    if (format == "json") print "["
    else {
        print "| scenario | workers | measure | Swift | peer | its figure | ratio | target | |"
        print "|---|---:|---|---:|---|---:|---:|---:|---|"
    }
    for (i = 1; i <= rows; i++) {
        split(row[i], cell, "\t")
        workers = seen[cell[1], "swift", "workers", 1]
        own = figure(cell[1], cell[2], "swift", "")
        other = cell[3] == "" ? "" : figure(cell[1], cell[2], cell[3], "")
        ratio = cell[3] == "" ? "" : figure(cell[1], cell[2], "swift", cell[3])
        judged = verdict(cell[3] == "" ? own : ratio, cell[4])
        if (format == "json")
            printf "  {\"scenario\": \"%s\", \"workers\": %s, \"measure\": \"%s\", \"swift\": %s, \"peer\": \"%s\", \"peer_figure\": %s, " \
                "\"ratio\": %s, \"target\": \"%s\", \"verdict\": \"%s\"}%s\n", cell[1], workers == "" ? "null" : workers, cell[2], own == "" ? "null" : own,
                cell[3], other == "" ? "null" : other, ratio == "" ? "null" : ratio, cell[4], judged, i < rows ? "," : ""
        else {
            title = titles[(cell[1], cell[2]) in titles ? cell[1] SUBSEP cell[2] : cell[2]]
            sub(/>=/, "≥", cell[4])
            sub(/<=/, "≤", cell[4])
            printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", cell[1], workers, title, rounded(own), name(cell[3]),
                rounded(other), ratio == "" ? "" : sprintf("%.2f", ratio), cell[4] == "-" ? "" : cell[4], judged
        }
    }
    if (format == "json") print "]"
}
