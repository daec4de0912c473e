//go:build !linux

package bolt

// volatile knows nothing against any file system here.
func volatile(string) (kind, why string) { return "", "" }
