// Package inspecttest makes files to try an inspection with: ordinary ones as the usual programs write them, odd ones that must be
// kept all the same, and hostile ones. All are made in code, so that every byte of a hostile file can be read here and none lies
// about as one. It is separate from package inspect because the door is tried with the same files.
package inspecttest

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
)

// Limits the corpus is made for.
const (
	Max   = 20 << 20
	Pages = 3
)

// Types are all kinds that can be accepted.
func Types() []string { return []string{"pdf", "docx", "doc", "odt", "jpeg", "png"} }

// Case is one file and what must become of it.
type Case struct {
	Name    string           // what it is, for people who read the test's output
	File    string           // as its sender calls it
	Open    func() io.Reader // its bytes, from the beginning each time
	Problem string           // the refusal; "" it is kept
	Kind    string           // what it is kept as
	Pages   int              // that are counted
}

// Corpus returns all cases.
func Corpus() []Case { return corpus() }

var corpus = sync.OnceValue(func() []Case {
	return slices.Concat(pdfs(), offices(), oldOffices(), pictures(), archives(), others(), names())
})

func kept(name, file, kind string, pages int, content []byte) Case {
	return Case{Name: name, File: file, Kind: kind, Pages: pages, Open: func() io.Reader { return bytes.NewReader(content) }}
}

func refused(name, file, problem string, content []byte) Case {
	return Case{Name: name, File: file, Problem: problem, Open: func() io.Reader { return bytes.NewReader(content) }}
}

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

// cut is the beginning of a file that broke off.
func cut(b []byte, missing int) []byte { return b[:len(b)-missing] }

// others are neither documents nor pictures nor archives.
func others() []Case {
	huge := Case{Name: "pdf of 21 MB", File: "scan.pdf", Problem: "large", Open: func() io.Reader {
		return io.MultiReader(bytes.NewReader(PDF(1)), &Filler{Left: 21 << 20})
	}}
	endless := Case{Name: "four gigabytes of nothing", File: "scan.pdf", Problem: "type", Open: func() io.Reader {
		return &Filler{Left: 4 << 30, Byte: 0}
	}}
	return []Case{
		refused("nothing", "empty.pdf", "empty", nil),
		refused("one byte", "one.pdf", "type", []byte("%")),
		huge, endless,
		refused("text", "cv.txt", "type", []byte("my cv\nborn 1980\n")),
		refused("text that says it is a pdf", "cv.pdf", "type", []byte("my cv\n")),
		refused("Windows program", "cv.pdf", "type", join([]byte("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff"), make([]byte, 5000))),
		refused("Linux program", "letter.doc", "type", join([]byte("\x7fELF\x02\x01\x01"), make([]byte, 5000))),
		refused("web page", "form.pdf", "type", []byte("<!DOCTYPE html><html><body>form</body></html>")),
		refused("web page that calls itself a Word document", "form.doc", "type", []byte("<html xmlns:w='urn:schemas-microsoft-com:office:word'><body>x</body></html>")),
		refused("RTF that calls itself a Word document", "cv.doc", "type", []byte(`{\rtf1\ansi my cv}`)),
		refused("shell script", "install.pdf", "type", []byte("#!/bin/sh\nrm -rf /\n")),
		refused("PostScript", "scan.pdf", "type", []byte("%!PS-Adobe-3.0\n(x) show\n")),
	}
}

// names come with odd names, which must neither lead anywhere nor break a line.
func names() []Case {
	one := PDF(1)
	return []Case{
		kept("name with a path", "../../../etc/passwd.pdf", "pdf", 1, one),
		kept("name with a Windows path", `C:\Users\lee\Desktop\cv.pdf`, "pdf", 1, one),
		kept("name with line breaks", "cv\r\n\nSet-Cookie: x=1\n.pdf", "pdf", 1, one),
		kept("name that reads backwards", "cv\u202Efdp.exe.pdf", "pdf", 1, one),
		kept("name with invisible marks", "\u200bc\u2066v\u2069\ufeff.pdf", "pdf", 1, one),
		kept("name of 300 characters", strings.Repeat("길", 296)+".pdf", "pdf", 1, one),
		kept("no name", "", "pdf", 1, one),
		kept("name of dots", "..", "pdf", 1, one),
		kept("name with a zero byte", "cv.pdf\x00.exe", "pdf", 1, one),
		kept("name that is no UTF-8", "cv\xff\xfe.pdf", "pdf", 1, one),
		kept("name like a placeholder", "{name} {max_file} %s.pdf", "pdf", 1, one),
		kept("name of a device", "CON", "pdf", 1, one),
	}
}

// Filler reads as so many bytes.
type Filler struct {
	Left int64
	Byte byte
}

func (f *Filler) Read(p []byte) (int, error) {
	if f.Left <= 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), f.Left))
	for i := range p[:n] {
		p[i] = f.Byte
	}
	f.Left -= int64(n)
	return n, nil
}
