package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// house says which of our packages a package may import. README, "How it is built", tells what each is for: change
// both together. A name ending in /… allows everything below.
var house = map[string][]string{
	"cmd/olle":                {"…"},
	"config":                  {"flows", "flows/…"},
	"flows":                   {"flows/…"},
	"flows/places":            {},
	"flows/answers":           {"flows/places"},
	"storage":                 {},
	"storage/redis":           {"storage"},
	"storage/bolt":            {"storage"},
	"storage/files":           {},
	"storage/storagetest":     {"storage"},
	"storage/redis/redistest": {},
	"bot":                     {"flows", "storage", "storage/files", "bot/inspect", "bot/papers"},
	"bot/inspect":             {},
	"bot/inspect/inspecttest": {},
	"bot/gate":                {},
	"bot/telegram":            {"bot", "bot/gate", "flows"},
	"bot/discord":             {"bot", "flows"},
	"bot/web":                 {"bot", "bot/gate", "flows", "storage"},
	"bot/terminal":            {"bot", "flows"},
	"bot/papers":              {"flows"},
	"bot/platformtest":        {"bot", "flows"},
	"bot/console":             {"bot", "bot/gate", "flows", "flows/places", "storage", "storage/files", "bot/papers"},
}

// pure packages decide; time, chance and the outside world come to them with the update.
var impure = []string{"os", "net", "net/http", "math/rand", "math/rand/v2", "crypto/rand"}

type goPackage struct {
	ImportPath string
	Imports    []string
	GoFiles    []string
	Dir        string
}

// The architecture is what the compiler sees, not what a picture says.
func TestHouse(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,GoFiles,Dir", "olle/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, "olle/")
		if path.Base(name) == "gen" { // generators are run by hand and are no part of the program
			continue
		}
		seen[name] = true
		allowed, known := house[name]
		if !known {
			t.Errorf("package %s has no place in the house", name)
		}
		for _, imported := range p.Imports {
			if ours, ok := strings.CutPrefix(imported, "olle/"); ok && !allows(allowed, ours) {
				t.Errorf("%s must not import %s", name, ours)
			}
			if strings.HasPrefix(name, "flows") && slices.Contains(impure, imported) {
				t.Errorf("%s imports %s: a turn must be a pure function", name, imported)
			}
		}
		if strings.HasPrefix(name, "flows") {
			for _, f := range p.GoFiles {
				if asksTheTime(t, path.Join(p.Dir, f)) {
					t.Errorf("%s/%s asks for the time: it comes with the update", name, f)
				}
			}
		}
	}
	if !seen["flows"] || !seen["storage"] || !seen["bot"] {
		t.Fatal("the packages were not found; the test looks at the wrong place")
	}
}

func allows(allowed []string, name string) bool {
	for _, a := range allowed {
		if a == name || strings.HasSuffix(a, "…") && strings.HasPrefix(name, strings.TrimSuffix(a, "…")) {
			return true
		}
	}
	return false
}

// asksTheTime looks for calls of time.Now and its kin in the parsed source.
func asksTheTime(t *testing.T, file string) bool {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	ast.Inspect(parsed, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		found = found || ok && x.Name == "time" && (s.Sel.Name == "Now" || s.Sel.Name == "Since" || s.Sel.Name == "Until")
		return true
	})
	return found
}

// The top level holds what is named here, and nothing else.
func TestTopLevel(t *testing.T) {
	out, err := exec.Command("git", "-C", "../..", "ls-files").Output()
	if err != nil {
		t.Skip("not a git checkout")
	}
	allowed := []string{"cmd", "bot", "flows", "storage", "config", "go.mod", "go.sum", "Dockerfile", "README.md", "LICENSE", "CHANGELOG.md", "compose.yaml"}
	for line := range strings.SplitSeq(strings.TrimSpace(string(out)), "\n") {
		top, _, _ := strings.Cut(line, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(allowed, top) {
			t.Errorf("%s does not belong to the top level", line)
		}
	}
}
