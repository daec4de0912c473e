package papers_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"
	"time"

	"olle/bot/papers"
)

// Whatever goes into an archive comes out of it under the path that Add told, also behind a file that broke off.
func FuzzArchive(f *testing.F) {
	f.Add("cv.pdf", []byte("%PDF-1.4"), []byte("PK\x03\x04"), false)
	f.Add("a/../b", []byte{}, bytes.Repeat([]byte{0}, 70_000), true)
	f.Fuzz(func(t *testing.T, name string, one, two []byte, breaks bool) {
		var b bytes.Buffer
		a := papers.NewArchive(&b)
		lost := errors.New("lost")
		var want [][]byte
		for i, content := range [][]byte{one, two, one} {
			file := papers.Blob{Name: name, Time: time.Unix(1580688000, 0), Open: func() (io.ReadCloser, error) {
				if breaks && i == 1 {
					return io.NopCloser(io.MultiReader(bytes.NewReader(content), iotest.ErrReader(lost))), nil
				}
				return io.NopCloser(bytes.NewReader(content)), nil
			}}
			added, broken, err := a.Add(file)
			if err != nil || errors.Is(broken, lost) != (breaks && i == 1) {
				t.Fatalf("%+v, %v, %v", added, broken, err)
			}
			want = append(want, []byte(added.Path), content)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, b.Bytes()); !slices.EqualFunc(got, want, bytes.Equal) {
			t.Errorf("out came %q, in went %q", got, want)
		}
	})
}

// contents are the path and the bytes of each file of an archive.
func contents(t *testing.T, archive []byte) (all [][]byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, []byte(f.Name), content)
	}
	return all
}
