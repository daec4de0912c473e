package gate

import "path"

// KindOf is the media type of a file that the program itself brings along. (Package mime would first read the system's own tables, at every
// start, and might believe something else.)
func KindOf(name string) string {
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
