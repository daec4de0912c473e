package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
)

// Asset is a page, style, script or picture that the program itself brings along.
type Asset struct {
	body      []byte
	tag, kind string
}

// NewAsset makes one of its bytes; the name's ending says what it is.
func NewAsset(name string, body []byte) Asset {
	sum := sha256.Sum256(body)
	return Asset{body, hex.EncodeToString(sum[:8]), kindOf(name)}
}

// ServeHTTP serves it, and lets browsers keep it for ever when they asked for this very version (see Assets.Address).
func (a Asset) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	h := rw.Header()
	h.Set("Content-Type", a.kind)
	h.Set("ETag", `"`+a.tag+`"`)
	if r.URL.Query().Get("v") == a.tag {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		rw.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = rw.Write(a.body)
}

// Assets is a folder of them.
type Assets struct {
	Files  fs.FS
	Folder string // in Files
	At     string // what comes before a name in an address, as pages write it: "assets/"
}

// Address is where pages find a file: in the version that the program has, so that a newer program's is fetched anew.
func (a Assets) Address(name string) (string, error) {
	b, err := fs.ReadFile(a.Files, a.Folder+"/"+name)
	return a.At + name + "?v=" + NewAsset(name, b).tag, err
}

// ServeHTTP serves the file whose name ends the path. Templates are none of them.
func (a Assets) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	b, err := fs.ReadFile(a.Files, a.Folder+"/"+name)
	if err != nil || path.Ext(name) == ".html" {
		http.NotFound(rw, r)
		return
	}
	NewAsset(name, b).ServeHTTP(rw, r)
}

// kindOf is the media type of a file. (Package mime would first read the system's own tables, at every start, and might believe something
// else.)
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}
