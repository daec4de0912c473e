package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readOnly makes a name space of its own where everything but one folder is read-only; shut begins the program there as nobody in
// particular, without capabilities and without a way to get any: what compose.yaml asks of the container's keeper.
const (
	readOnly = `mount --bind / "$1" && mount --bind "$2" "$1$2" && mount -o remount,bind,ro "$1" && test -x "$1$3" && cd "$2" && `
	shut     = readOnly + `exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid chroot --userspec=65532:65532 --groups= "$1" \
	env -i OLLE_TEST_PROGRAM=1 OLLE_HTTP_ADDR=127.0.0.1:0 OLLE_DATA_DIR="$2" TMPDIR=/nowhere "$3" serve`
)

// The program needs nothing writable but its data folder: no home, no place for temporary files, no rights.
func TestServesInAShutContainer(t *testing.T) {
	dir := shelf(t)
	root, data, binary := filepath.Join(dir, "root"), filepath.Join(dir, "data"), filepath.Join(dir, "olle")
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.Mkdir(root, 0o755), os.Mkdir(data, 0o700), os.WriteFile(binary, program, 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	apart := func(script string) *exec.Cmd {
		return exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", root, data, binary)
	}
	if os.Chown(data, 65532, 65532) != nil || apart(readOnly+"setpriv --no-new-privs true").Run() != nil {
		t.Skip("needs root, unshare, setpriv and folders for temporary files on the root's disk")
	}
	s := startCommand(t, apart(shut), nil)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`Uid:\s65532\s65532\s65532\s65532`, `Groups:\s*`, `CapInh:\s0+`, `CapPrm:\s0+`, `CapEff:\s0+`, `CapAmb:\s0+`, `NoNewPrivs:\s1`} {
		if !regexp.MustCompile(`(?m)^` + line + `$`).Match(status) {
			t.Errorf("the process is not %s:\n%s", line, status)
		}
	}
	v := &visitor{t: t, base: s.base, log: s.log}
	for _, line := range []string{"/apply", "I agree", "For myself", "Nina Rai", "Ministry", "Head", "government", "senior", "9", "Kathmandu", "Kathmandu",
		"Nepal", "nina@example.org", "cv"} {
		v.say(line)
	}
	expect(t, v.upload("cv.pdf", pdf(strings.Repeat("x", 8<<20))), "1 of 7")
	if r, err := http.Get(s.base + "/readyz"); err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("readyz: %v %v", r, err)
	}
	s.stop()
}
