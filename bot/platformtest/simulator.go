package platformtest

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// simulators is where independent stand-ins of the networks lie, beside the checkout, seen from a package two folders deep. They hold
// every request against the network's official description. Nothing else needs them.
const simulators = "../../../shared/sim"

// descriptions are the official descriptions the stand-ins go by.
var descriptions = map[string]string{"tgsim": "telegram-api.json", "dcsim": "discord-openapi.json"}

var built sync.Map // func() (string, error) by name: the program is built once in a test run

// Simulator starts a stand-in, "tgsim" or "dcsim", on a free port until the test ends, and returns its address, "http://127.0.0.1:…".
// Where there is none the test is skipped.
func Simulator(t testing.TB, name string, flags ...string) string {
	t.Helper()
	if _, err := os.Stat(simulators); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("needs the simulators in %s", simulators)
	}
	program := simulatorProgram(t, name, "./cmd/"+name)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	spec := filepath.Join(simulators, "../specs", descriptions[name])
	cmd := exec.Command(program, append([]string{"-listen", address, "-spec", spec, "-quiet"}, flags...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	base := "http://" + address
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if r, err := http.Get(base + "/control/health"); err == nil {
			r.Body.Close()
			return base
		}
	}
	t.Fatalf("%s does not answer", name)
	return ""
}

// EchoBot starts the barest bot there is, "tgecho" or "dcecho", beside the simulator at base until the test ends: what it takes to answer
// is the simulator's own delay.
func EchoBot(t testing.TB, name, base, token string) {
	t.Helper()
	cmd := exec.Command(simulatorProgram(t, name, "./examples/"+name), "-server", base, "-token", token)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
}

func simulatorProgram(t testing.TB, name, source string) string {
	t.Helper()
	build, _ := built.LoadOrStore(name, sync.OnceValues(func() (string, error) { return buildSimulator(name, source) }))
	program, err := build.(func() (string, error))()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// buildSimulator leaves the program where the next test run replaces it. Several may do so at once.
func buildSimulator(name, source string) (string, error) {
	dir := filepath.Join(os.TempDir(), "olle-simulators")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	fresh, program := filepath.Join(dir, fmt.Sprint(name, "-", os.Getpid())), filepath.Join(dir, name)
	cmd := exec.Command("go", "build", "-o", fresh, source)
	cmd.Dir = simulators
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", name, err, out)
	}
	return program, os.Rename(fresh, program)
}
