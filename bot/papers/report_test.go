package papers

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"olle/bot/inspect"
	"olle/flows"
)

var (
	when   = time.Date(2020, 4, 20, 3, 0, 0, 0, time.UTC)
	sample = flows.Report{
		Title: `Workshop "Enhancing" & <more>`, Note: "Draft, 20 April 2020.",
		Parts: []flows.Part{
			{Heading: "Evaluation", Sentences: []string{"All of those who answered agreed that the course was useful (12 of 12).", "Nguyễn Thị Ánh."}},
			{Heading: "In their own words", Lines: []string{"]]> & <w:t>", "Більше часу\nна вправу"}},
		},
	}
)

// A reader that has nothing in common with the writer: the inspection that uploads go through.
func inspected(t *testing.T, data []byte, kind string) inspect.Found {
	t.Helper()
	found, err := inspect.File(context.Background(), bytes.NewReader(data), inspect.Rules{Types: []string{kind}, Max: 10 << 20}, func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return found
}

func TestReportForAWordProcessor(t *testing.T) {
	var b bytes.Buffer
	if err := WriteReportDOCX(&b, sample, when); err != nil {
		t.Fatal(err)
	}
	inspected(t, b.Bytes(), "docx")
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		inText := false
		for d := xml.NewDecoder(r); ; { // every part is well-formed
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			switch x := token.(type) {
			case xml.StartElement:
				inText = x.Name.Local == "t"
			case xml.EndElement:
				inText = false
			case xml.CharData:
				if inText {
					text = append(text, string(x))
				}
			}
		}
	}
	all := strings.Join(text, "\n")
	for _, want := range []string{sample.Title, sample.Note, "(12 of 12). Nguyễn Thị Ánh.", "• ]]> & <w:t>", "на вправу"} {
		if !strings.Contains(all, want) {
			t.Errorf("the document lacks %q:\n%s", want, all)
		}
	}
}

var streams = regexp.MustCompile(`(?s)stream\r?\n(.*?)\r?\nendstream`)

// plainPDF is a PDF with its streams unpacked.
func plainPDF(data []byte) string {
	var b strings.Builder
	for _, m := range streams.FindAllSubmatch(data, -1) {
		if r, err := zlib.NewReader(bytes.NewReader(m[1])); err == nil {
			_, _ = io.Copy(&b, r)
		}
	}
	return b.String()
}

// holds says whether a PDF of fpdf draws a text: two bytes a letter, as fonts of Unicode are written. Brackets are escaped.
func holds(pdf, text string) bool {
	var b strings.Builder
	for _, c := range utf16.Encode([]rune(text)) {
		for _, x := range []byte{byte(c >> 8), byte(c)} {
			switch x {
			case '(', ')', '\\':
				b.WriteByte('\\')
			case '\r':
				b.WriteString(`\r`)
				continue
			}
			b.WriteByte(x)
		}
	}
	return strings.Contains(pdf, b.String())
}

func TestReportAsPDF(t *testing.T) {
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := WriteReportPDF(b, sample, Shipped(), when); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same report makes other bytes")
	}
	if found := inspected(t, first.Bytes(), "pdf"); found.Pages != 1 {
		t.Errorf("%d pages", found.Pages)
	}
	for _, want := range []string{"Evaluation", "Nguyễn", "часу"} {
		if !holds(plainPDF(first.Bytes()), want) {
			t.Errorf("the PDF lacks %q", want)
		}
	}
}

func diploma(name string) Diploma {
	return Diploma{
		Certificate: flows.Certificate{Name: name, Title: "Enhancing a Victim-Centered Approach: Identification, Assistance and Protection of Trafficking Victims in the Asia-Pacific Region",
			Dates: "31 March – 3 April 2020", Venue: "UNITAR CIFAL Jeju", Issued: "20 April 2020"},
		Words:   DiplomaWords{Heading: "Certificate", Certifies: "This certifies that", TookPart: "took part in the workshop", Check: "Verification code:"},
		Signers: []string{"UNITAR", "UNITAR CIFAL Jeju/JITC", "Regional Support Office of the Bali Process"},
		Code:    "ABCDEFGHJKLM", Link: "https://olle.example.org/certificate/ABCDEFGHJKLM",
	}
}

// Whatever the name is, the certificate is one page with the name on it.
func TestCertificate(t *testing.T) {
	for _, name := range []string{"Nina Rai", "Nguyễn Thị Ánh", "Батбаяр Цэцэгмаа", "José (Pepe) Ñandú", strings.Repeat("Abd al-Rahman ", 14)} {
		var b bytes.Buffer
		if err := WriteCertificate(&b, diploma(name), Shipped(), when); err != nil {
			t.Fatal(err)
		}
		if found := inspected(t, b.Bytes(), "pdf"); found.Pages != 1 {
			t.Errorf("%s: %d pages", name, found.Pages)
		}
		first, _, _ := strings.Cut(name, " ")
		if !holds(plainPDF(b.Bytes()), first) {
			t.Errorf("the certificate lacks %q", first)
		}
	}
}

// What the font cannot write as it is meant is known before anything is printed.
func TestFontKnowsItsLetters(t *testing.T) {
	for name, want := range map[string]bool{
		"Nina Rai": true, "Nguyễn Thị Ánh": true, "e\u0301lan": true, "Цэцэгмаа": true, "Şükran Özdemir": true,
		"김민지": false, "田中": false, "สมชาย": false, "नीना": false, "محمد": false, "សុភា": false, "𝒩ina": false, "": true,
	} {
		if got := Shipped().Covers(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
	for _, broken := range [][]byte{nil, []byte("OTTO"), dejavu[:2000], []byte("ttcf\x00\x00")} {
		if _, err := ReadFont(broken); err == nil {
			t.Errorf("%.10q is taken for a font", broken)
		}
	}
}

// A name that no font helps with is told from one whose letters another font may have.
func TestScriptsThatNoFontWrites(t *testing.T) {
	for name, want := range map[string]bool{"Nina Rai": false, "김민지": false, "สมชาย": false, "Цэцэгмаа": false, "": false, "محمد": true, "Ali محمد": true, "नीना": true, "សុភា": true} {
		if Joined(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func FuzzReadFont(f *testing.F) {
	f.Add(dejavu[:4000])
	f.Add([]byte{0, 1, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		if font, err := ReadFont(data); err == nil {
			font.Covers("Nina Rai, Nguyễn, 김민지")
		}
	})
}
