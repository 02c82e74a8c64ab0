-- Requests a small file again and again, and examines each response: wrk -s small.lua URL -- FILE. Prints one line:
--
--   requests N wrong N connect N read N write N timeout N
local threads, content = {}, nil

function setup(thread)
    table.insert(threads, thread)
end

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    content = file:read("*a")
    file:close()
    wrong = 0
end

function response(status, headers, body)
    if status ~= 200 or body ~= content then wrong = wrong + 1 end
end

function done(summary, latency, requests)
    local wrong = 0
    for _, thread in ipairs(threads) do wrong = wrong + thread:get("wrong") end
    local errors = summary.errors
    print(string.format("requests %d wrong %d connect %d read %d write %d timeout %d", summary.requests, wrong,
        errors.connect, errors.read, errors.write, errors.timeout))
end
