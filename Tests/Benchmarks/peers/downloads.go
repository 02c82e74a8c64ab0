// A Go application that asks nginx to send a file, with the response of the other programs.
//
// usage: downloads ROOT [SOCKET]        (without SOCKET: the socket is standard input)
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/fcgi"
	"net/url"
	"os"
	"path"
	"strings"
)

func main() {
	root := os.Args[1]
	http.HandleFunc("/fixed", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write([]byte("Hello\n"))
	})
	http.HandleFunc("/sendfile/", func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/sendfile/")
		file, err := os.Open(path.Join(root, path.Clean("/"+name)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil || !info.Mode().IsRegular() {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("X-Accel-Redirect", "/protected/"+url.PathEscape(name))
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().Unix(), info.Size()))
		w.Header().Set("Last-Modified", info.ModTime().UTC().Format(http.TimeFormat))
	})
	var listener net.Listener
	if len(os.Args) > 2 {
		var err error
		if listener, err = net.Listen("unix", os.Args[2]); err != nil {
			log.Fatal(err)
		}
	}
	log.Fatal(fcgi.Serve(listener, nil))
}
