package inspecttest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
)

// PDF is an ordinary PDF of so many pages, with a table of contents as it should be.
func PDF(pages int) []byte { return pdf("", paged(pages)...) }

// paged are the objects of a document: catalogue, page tree, pages.
func paged(pages int) []string {
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", i+3)
	}
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", fmt.Sprintf("<< /Type /Pages /Kids [ %s] /Count %d >>", kids.String(), pages)}
	for range pages {
		objects = append(objects, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>")
	}
	return objects
}

// pdf writes objects, numbered from 1, and a trailer with more in it.
func pdf(trailer string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, at)
	return b.Bytes()
}

// with is a document of one page with more objects, from number 4 on.
func with(objects ...string) []byte { return pdf("", append(paged(1), objects...)...) }

func flated(s string) string {
	var b bytes.Buffer
	w, _ := zlib.NewWriterLevel(&b, 9)
	_, _ = w.Write([]byte(s)) // into memory
	_ = w.Close()
	return b.String()
}

func stream(dict, data string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

// packed is an object stream (ISO 32000-1 §7.5.7).
func packed(dict string, pack func(string) string, objects ...string) string {
	var index, body strings.Builder
	for i, o := range objects {
		fmt.Fprintf(&index, "%d %d ", 100+i, body.Len())
		body.WriteString(o + "\n")
	}
	list := index.String()
	return stream(fmt.Sprintf("/N %d /First %d %s", len(objects), len(list), dict), pack(list+body.String()))
}

func hex(s string) string { return fmt.Sprintf("%x>", s) }

func same(s string) string { return s }

const (
	script   = "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
	objStm   = "/Type /ObjStm /Filter /FlateDecode"
	pagePart = "<< /Type /Page /Parent 2 0 R >>"
	treePart = "<< /Type /Pages /Kids [101 0 R 102 0 R] /Count 2 >>"
)

func pdfs() []Case { return append(goodPDFs(), badPDFs()...) }

func goodPDFs() []Case {
	one := PDF(1)
	changed := join(one, []byte("3 0 obj\n<< /Type /Page /Parent 2 0 R /Rotate 90 >>\nendobj\nxref\n0 0\ntrailer\n<< /Size 4 /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF\n"))
	shorter := join(PDF(4), []byte("2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"))
	return []Case{
		kept("pdf", "cv.pdf", "pdf", 1, one),
		kept("pdf of as many pages as allowed", "cv.pdf", "pdf", 3, PDF(3)),
		refused("pdf too long", "cv.pdf", "pages", PDF(4)),
		kept("pdf under another ending", "cv.jpg", "pdf", 1, one),
		kept("pdf changed once: a page written twice", "cv.pdf", "pdf", 1, changed),
		kept("pdf from which pages were taken away", "cv.pdf", "pdf", 1, shorter),
		kept("pdf with packed pages", "cv.pdf", "pdf", 2, with(packed(objStm, flated, treePart, pagePart, pagePart))[:]),
		refused("pdf with too many packed pages", "cv.pdf", "pages",
			pdf("", "<< /Type /Catalog /Pages 100 0 R >>", packed(objStm, flated, "<< /Type /Pages /Count 4 >>", pagePart, pagePart, pagePart, pagePart))),
		kept("pdf with pages packed without compression", "cv.pdf", "pdf", 1, with(packed("/Type /ObjStm", same, "<< /A 1 >>"))),
		kept("pdf that only mentions scripts", "cv.pdf", "pdf", 1,
			pdf("/Info 4 0 R", append(paged(1), "<< /Title (Web developer: HTML/JS /JavaScript \\(/Launch\\)) /Author <2f4a53> >>")...)),
		kept("pdf that mentions scripts in packed words", "cv.pdf", "pdf", 1, with(packed(objStm, flated, "<< /Title (HTML/JS) >>", "(/JS)"))),
		kept("pdf whose picture has marks in it", "scan.pdf", "pdf", 1, with(stream("/Subtype /Image", "\x00 obj /JS endobj (\x01 %PDF trail"))),
		kept("pdf with blanks behind", "cv.pdf", "pdf", 1, join(one, []byte(strings.Repeat(" \r\n", 900)))),
		kept("pdf with a little junk behind", "cv.pdf", "pdf", 1, join(one, []byte("-- \nsent from my scanner"))),
		kept("pdf with an empty list of files", "cv.pdf", "pdf", 1, with("<< /Names << /EmbeddedFiles << /Names [ ] >> >> >>")),
		kept("pdf with a link and a page to open at", "cv.pdf", "pdf", 1,
			with("<< /OpenAction [3 0 R /Fit] /A << /S /URI /URI (http://www.cifaljeju.org/) >> >>")),
	}
}

func badPDFs() []Case {
	one := PDF(1)
	late := strings.Index(string(one), "trailer")
	behindString := "( <<\n5 0 obj\n" + script + "\nendobj"
	insideStream := stream("", "x\n9 0 obj\n"+script+"\nendobj\n")
	return []Case{
		refused("pdf cut off in the middle", "cv.pdf", "damaged", one[:90]),
		refused("pdf cut off before its end mark", "cv.pdf", "damaged", cut(one, 6)),
		refused("pdf cut off before its list", "cv.pdf", "damaged", one[:late]),
		refused("pdf of a head only", "cv.pdf", "damaged", []byte("%PDF-1.7\n%%EOF\n")),
		refused("pdf made for the network, cut off behind its first part", "cv.pdf", "damaged",
			join([]byte("%PDF-1.4\n5 0 obj\n<< /Linearized 1 /L 90000 /N 9 >>\nendobj\n3 0 obj\n<< /Type /Page >>\nendobj\nstartxref\n0\n%%EOF\n"))),
		refused("pdf with two kilobytes behind its end", "cv.pdf", "damaged", join(one, []byte(strings.Repeat("x", 2000)))),
		refused("pdf with a password", "cv.pdf", "encrypted", pdf("/Encrypt 4 0 R", append(paged(1), "<< /Filter /Standard /V 2 >>")...)),
		refused("pdf with a password, said in a packed list", "cv.pdf", "encrypted",
			with(stream("/Type /XRef /Root 1 0 R /Encrypt << /V 4 >> /Filter /FlateDecode", flated("x")))),
		refused("pdf with a script", "cv.pdf", "scripts", with(script)),
		refused("pdf with a script on opening", "cv.pdf", "scripts", with("<< /OpenAction << /JS 5 0 R /S /JavaScript >> >>")),
		refused("pdf with a script under an escaped name", "cv.pdf", "scripts", with("<< /S /J#61vaScrip#74 >>")),
		refused("pdf with a script, escaped twice over", "cv.pdf", "scripts", with("<< /#4a#53 (x) >>")),
		refused("pdf with a packed script", "cv.pdf", "scripts", with(packed(objStm, flated, "<< /A 1 >>", script))),
		refused("pdf with a packed script under no type", "cv.pdf", "scripts", with(packed("/Filter /FlateDecode", flated, script))),
		refused("pdf with a packed script behind a string that does not end", "cv.pdf", "scripts", with(packed(objStm, flated, "(", script))),
		refused("pdf with objects packed in an unusual way", "cv.pdf", "scripts", with(packed("/Type /ObjStm /Filter /ASCIIHexDecode", hex, script))),
		refused("pdf with objects packed twice", "cv.pdf", "scripts",
			with(packed("/Type /ObjStm /Filter [ /ASCIIHexDecode /FlateDecode ]", func(s string) string { return hex(flated(s)) }, script))),
		refused("pdf with a script in the clear among packed objects", "cv.pdf", "scripts", with(packed("/Type /ObjStm", same, script))),
		refused("pdf with a script behind a string that does not end", "cv.pdf", "scripts", pdf("", append(paged(1), behindString)...)),
		refused("pdf with a script behind a comment", "cv.pdf", "scripts", with("<< /A 1 >> % 8 0 obj "+script)),
		refused("pdf with a script inside a stream", "cv.pdf", "scripts", with(insideStream)),
		refused("pdf that starts a program", "cv.pdf", "scripts", with("<< /S /Launch /Win << /F (cmd.exe) >> >>")),
		refused("pdf with a file in it", "cv.pdf", "scripts", with(stream("/Type /EmbeddedFile", "MZ"))),
		refused("pdf with a file in it under no type", "cv.pdf", "scripts", with("<< /Type /Filespec /EF << /F 5 0 R >> >>", stream("", "MZ"))),
		refused("pdf with an XFA form", "form.pdf", "scripts", with("<< /AcroForm << /XFA 5 0 R >> >>")),
		refused("pdf with a film that runs", "cv.pdf", "scripts", with("<< /Subtype /RichMedia >>")),
		refused("pdf bomb: packed objects of seventy megabytes", "cv.pdf", "bomb", with(bombStream())),
		refused("pdf whose packed objects are broken", "cv.pdf", "damaged", with(packed(objStm, func(s string) string { return flated(s)[:12] + strings.Repeat("\xff", 30) }, script))),
		refused("web page with a pdf in it", "cv.pdf", "type", join([]byte("<html><!--\n"), one)),
		refused("program with a pdf in it", "cv.pdf", "type", join([]byte("MZ\x90\x00"), one)),
		refused("pdf with a zip behind it", "cv.pdf", "type", join(one, Zip(Part{"run.exe", "MZ"}))),
		refused("pdf with a zip in it that others would open", "cv.pdf", "type", with(stream("", string(Zip(Part{"run.exe", "MZ"}))))),
		refused("pdf with a web page behind it", "cv.pdf", "type", join(one, []byte("<HTML><script>alert(1)</script>"))),
	}
}

// bombStream is an object stream of seventy megabytes in seventy kilobytes.
func bombStream() string {
	list := "100 0 "
	return stream(fmt.Sprintf("/N 1 /First %d %s", len(list), objStm), flated(list+strings.Repeat(" ", 70<<20)))
}
