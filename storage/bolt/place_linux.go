package bolt

import "syscall"

// volatile names the kind of file system under dir and what it would do to the data; "": nothing is known against it. The numbers
// are those of statfs(2).
func volatile(dir string) (kind, why string) {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return "", ""
	}
	switch uint32(s.Type) {
	case 0x01021994, 0x858458f6:
		return "tmpfs", "it is gone at the next restart of the machine"
	case 0x6969:
		return "NFS", "its locks and syncs do not keep the file whole"
	case 0xff534d42, 0xfe534d42, 0x517b:
		return "SMB", "its locks and syncs do not keep the file whole"
	}
	return "", ""
}
