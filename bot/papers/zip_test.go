package papers_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"olle/bot/papers"
)

func TestArchiveIsReadBack(t *testing.T) {
	var b bytes.Buffer
	at := time.Date(2020, 2, 3, 9, 0, 0, 0, time.UTC)
	a := papers.NewArchive(&b)
	for _, name := range []string{"VCA20-7K3FQ2/1_Application form.pdf", "vca20-7k3fq2/1_APPLICATION FORM.PDF", "VCA20-7K3FQ2/../../etc/passwd", ""} {
		f := blob(name, "", []byte("content of "+name))
		f.Time = at
		added, broken, err := a.Add(f)
		if broken != nil || err != nil || len(added.Hash) != 64 {
			t.Fatalf("%q: %+v, %v, %v", name, added, broken, err)
		}
	}
	lost := errors.New("lost")
	cut := papers.Blob{Name: "cut", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(lost))), nil
	}}
	if added, broken, err := a.Add(cut); !errors.Is(broken, lost) || err != nil {
		t.Errorf("a broken file: %+v, %v, %v", added, broken, err)
	}
	if err := errors.Join(a.AddJSON("manifest.json", at, map[string]int{"n": 1}), a.Close()); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); err != nil { // checks the sum
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	want := "VCA20-7K3FQ2/1_Application_form.pdf|vca20-7k3fq2/1_APPLICATION_FORM_2.PDF|VCA20-7K3FQ2/file/file/etc/passwd|file|cut|manifest.json"
	if got := strings.Join(names, "|"); got != want {
		t.Errorf("names\n %s, want\n %s", got, want)
	}
}

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{
		"Nguyễn Thị Ánh": "Nguyen_Thi_Anh", "이력서.pdf": "file.pdf", "con.txt": "file_con.txt", "..": "file", "a/b\\c": "a_b_c",
		"évil\u202Efdp.exe": "evil_fdp.exe", strings.Repeat("x", 300) + ".pdf": strings.Repeat("x", 76) + ".pdf", "-rf": "rf", "x.": "x",
	} {
		if got := papers.SafeName(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"a/../b", "COM1", "ﬀ/ﬁ", "\x00", "名前.pdf", strings.Repeat("é", 200), ". / .", "a//b", "NUL.tar.gz"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		a := papers.NewArchive(io.Discard)
		seen := map[string]bool{}
		for _, s := range []string{one, two, one, two} {
			added, broken, err := a.Add(blob(s, "", nil))
			if broken != nil || err != nil {
				t.Fatal(broken, err)
			}
			name := added.Path
			if seen[strings.ToLower(name)] {
				t.Fatalf("%q is there twice", name)
			}
			seen[strings.ToLower(name)] = true
			if name != path.Clean(name) || path.IsAbs(name) || strings.HasPrefix(name, "..") {
				t.Fatalf("%q becomes %q", s, name)
			}
			for part := range strings.SplitSeq(name, "/") {
				if part == "" || part[0] == '.' || part[0] == '-' || len(part) > 90 || strings.HasSuffix(part, ".") {
					t.Fatalf("%q becomes %q", s, name)
				}
			}
			for _, c := range []byte(name) {
				if c <= ' ' || c > '~' || strings.IndexByte(`\:*?"<>|$&;'`+"`", c) >= 0 {
					t.Fatalf("%q becomes %q", s, name)
				}
			}
		}
	})
}
