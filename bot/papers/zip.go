package papers

import (
	"archive/zip"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Archive writes a ZIP while its files pass through. Close must be called and its error heeded.
type Archive struct {
	z     *zip.Writer
	used  map[string]bool // names given, in lower case: not every file system tells them from upper case
	level int             // of compressing the file that is begun next
}

// NewArchive begins a ZIP on w.
func NewArchive(w io.Writer) *Archive {
	a := &Archive{z: zip.NewWriter(w), used: map[string]bool{}}
	a.z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, a.level) })
	return a
}

// Name makes the safe and unused path under which Add would put a file: each part by SafeName, numbered where it is taken.
func (a *Archive) Name(path string) string {
	var parts []string
	for part := range strings.SplitSeq(path, "/") {
		if part != "" {
			parts = append(parts, SafeName(part))
		}
	}
	name := strings.Join(parts, "/")
	if name == "" {
		name = "file"
	}
	dot := strings.LastIndexByte(name, '.')
	if dot <= strings.LastIndexByte(name, '/') {
		dot = len(name)
	}
	for n, unused := 2, name; ; n++ {
		if !a.used[strings.ToLower(unused)] {
			return unused
		}
		unused = fmt.Sprintf("%s_%d%s", name[:dot], n, name[dot:])
	}
}

// Added is what came of a file.
type Added struct {
	Path string // in the archive
	Hash string // SHA-256 of the bytes, hex
}

// Add puts a file in, reading it once. An error of the file (broken) leaves the archive good to go on with, and what was read of
// the file in it under the path; err is an error of the archive itself.
func (a *Archive) Add(b Blob) (added Added, broken, err error) {
	r, broken := b.Open()
	if broken != nil {
		return Added{}, broken, nil
	}
	defer r.Close()
	added.Path = a.Name(b.Name)
	// Documents are compressed already, or encrypted: they are put in as they are. The method is still "deflate", because programs
	// that read an archive as it comes find the end of a merely stored file by its size, which is known only afterwards.
	w, err := a.create(added.Path, b.Time, flate.NoCompression)
	if err != nil {
		return added, nil, err
	}
	sum := sha256.New()
	in := &source{r: r}
	_, err = io.Copy(io.MultiWriter(w, sum), in)
	added.Hash = hex.EncodeToString(sum.Sum(nil))
	if in.err != nil {
		return added, in.err, nil
	}
	if err != nil {
		return added, nil, fmt.Errorf("papers: write an archive: %w", err)
	}
	return added, nil, nil
}

// AddJSON puts a document in, indented.
func (a *Archive) AddJSON(path string, at time.Time, v any) error {
	return a.Make(path, at, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(v)
	})
}

// Make puts a file in that write makes.
func (a *Archive) Make(path string, at time.Time, write func(io.Writer) error) error {
	w, err := a.create(a.Name(path), at, flate.DefaultCompression)
	if err != nil {
		return err
	}
	return write(w)
}

func (a *Archive) create(name string, at time.Time, level int) (io.Writer, error) {
	a.level = level
	a.used[strings.ToLower(name)] = true
	w, err := a.z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	if err != nil {
		return nil, fmt.Errorf("papers: write an archive: %w", err)
	}
	return w, nil
}

// Close ends the archive.
func (a *Archive) Close() error {
	if err := a.z.Close(); err != nil {
		return fmt.Errorf("papers: end an archive: %w", err)
	}
	return nil
}

// source remembers an error of reading, to be told from one of writing.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
