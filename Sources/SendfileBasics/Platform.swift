#if !os(Linux)
    #error("swift-sendfile builds on Linux only, because it needs epoll, openat2 and sendfile of the Linux kernel")
#endif
