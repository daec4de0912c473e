package config

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the mistakes found into testdata/bad")

// Each file in testdata/bad is a pack with one kind of mistake and the exact lines an organiser sees. Files it does not name are
// those of the minimal pack.
func TestEveryMistakeIsNamedWithItsPlaceAndRemedy(t *testing.T) {
	cases, err := filepath.Glob("testdata/bad/*.txt")
	if err != nil || len(cases) < 60 {
		t.Fatalf("only %d bad packs found (%v)", len(cases), err)
	}
	for _, c := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(c), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(c)
			if err != nil {
				t.Fatal(err)
			}
			pack, want := unpack(t, string(data))
			_, err = LoadEvent(pack, "tea-2027")
			var mistakes Mistakes
			if !errors.As(err, &mistakes) || len(mistakes) == 0 {
				t.Fatalf("loaded without a mistake (%v)", err)
			}
			got := mistakes.Error() + "\n"
			if *update {
				before, _, _ := strings.Cut(string(data), "-- want --\n")
				if err := os.WriteFile(c, []byte(before+"-- want --\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("mistakes differ (-want +got):\n%s", d)
			}
		})
	}
}

// Each file in testdata/warned is a pack that works, with the warnings an organiser sees.
func TestEveryWarningIsNamedWithItsPlaceAndRemedy(t *testing.T) {
	cases, err := filepath.Glob("testdata/warned/*.txt")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no packs found (%v)", err)
	}
	for _, c := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(c), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(c)
			if err != nil {
				t.Fatal(err)
			}
			pack, want := unpack(t, string(data))
			_, warnings, err := Check(pack, "tea-2027")
			if err != nil || len(warnings) == 0 {
				t.Fatalf("mistakes, or no warnings: %v", err)
			}
			got := warnings.Error() + "\n"
			if *update {
				before, _, _ := strings.Cut(string(data), "-- want --\n")
				if err := os.WriteFile(c, []byte(before+"-- want --\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("warnings differ (-want +got):\n%s", d)
			}
		})
	}
}

// Nothing that ships, and nothing that organisers copy, is warned of.
func TestShippedPacksHaveNoWarnings(t *testing.T) {
	for dir, fsys := range map[string]fs.FS{"vca-jeju-2014": Events(), "vca-jeju-2020": Events(), "tea-2027": os.DirFS("testdata/minimal")} {
		if _, warnings, err := Check(fsys, dir); err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v\n%v", dir, err, warnings)
		}
	}
}

// unpack reads "-- name --" sections into a pack over the minimal one; the last section is what is wanted.
func unpack(t *testing.T, archive string) (pack fstest.MapFS, want string) {
	pack = minimal(t)
	for _, section := range strings.Split("\n"+archive, "\n-- ")[1:] {
		name, body, _ := strings.Cut(section, " --\n")
		if name == "want" {
			return pack, body
		}
		pack["tea-2027/"+name] = &fstest.MapFile{Data: []byte(body + "\n")}
	}
	t.Fatal("no section want")
	return nil, ""
}

// minimal is the minimal pack in memory.
func minimal(t testing.TB) fstest.MapFS {
	pack := fstest.MapFS{}
	for _, f := range []string{"event.yaml", "forms/profile.yaml", "texts/en.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata/minimal/tea-2027", f))
		if err != nil {
			t.Fatal(err)
		}
		pack["tea-2027/"+f] = &fstest.MapFile{Data: data}
	}
	return pack
}
