package papers

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-pdf/fpdf"
	"github.com/skip2/go-qrcode"

	"olle/flows"
)

// face is what a font is called inside a paper.
const face = "paper"

// sheet begins a PDF in a font. What the font lacks is printed as a question mark: nothing is dropped in silence.
func sheet(orientation string, f *Font, title string, when time.Time) *fpdf.Fpdf {
	p := fpdf.New(orientation, "mm", "A4", "")
	p.SetCreationDate(when)
	p.SetModificationDate(when)
	p.SetCatalogSort(true)
	p.SetTitle(written(title), true)
	p.SetCreator("Olle", true)
	p.AddUTF8FontFromBytes(face, "", f.data)
	p.SetFont(face, "", 11)
	return p
}

// shown replaces what the font cannot draw.
func (f *Font) shown(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || f.has(r) {
			return r
		}
		return '?'
	}, written(s))
}

// WriteReportPDF writes a report as a PDF of A4 pages.
func WriteReportPDF(w io.Writer, r flows.Report, f *Font, when time.Time) error {
	p := sheet("P", f, r.Title, when)
	p.SetMargins(22, 22, 22)
	p.SetAutoPageBreak(true, 22)
	p.AddPage()
	say := func(size, line, after float64, text string) {
		p.SetFontSize(size)
		p.MultiCell(0, line, f.shown(text), "", "L", false)
		p.Ln(after)
	}
	say(17, 8, 2, r.Title)
	p.SetTextColor(90, 90, 90)
	say(9, 5, 4, r.Note)
	p.SetTextColor(0, 0, 0)
	for _, part := range r.Parts {
		say(13, 7, 1, part.Heading)
		if len(part.Sentences) > 0 {
			say(11, 6, 1, strings.Join(part.Sentences, " "))
		}
		for _, line := range part.Lines {
			say(11, 6, 0, "• "+line)
		}
		p.Ln(4)
	}
	return finish(p, w)
}

// Diploma is what stands on a certificate.
type Diploma struct {
	flows.Certificate
	Words   DiplomaWords
	Signers []string // a line to sign for each
	Code    string
	Link    string // where the code can be checked, as text and picture; "" nowhere
}

// DiplomaWords are the sentences around the name.
type DiplomaWords struct{ Heading, Certifies, TookPart, Check string }

// WriteCertificate writes a certificate: one page of A4 across. A name that is too long for the line is made smaller, down to where it is
// broken into lines.
func WriteCertificate(w io.Writer, d Diploma, f *Font, when time.Time) error {
	p := sheet("L", f, d.Words.Heading, when)
	p.SetMargins(30, 24, 30)
	p.SetAutoPageBreak(false, 0)
	p.AddPage()
	p.SetDrawColor(0, 84, 120)
	p.SetLineWidth(0.8)
	p.Rect(10, 10, 277, 190, "D")
	p.SetLineWidth(0.2)
	p.Rect(13, 13, 271, 184, "D")
	p.SetY(34)
	centre := func(size, line, after float64, text string) {
		p.SetFontSize(size)
		p.MultiCell(0, line, f.shown(text), "", "C", false)
		p.Ln(after)
	}
	centre(27, 12, 8, d.Words.Heading)
	centre(12, 6, 6, d.Words.Certifies)
	centre(f.fitting(p, d.Name, 25, 13, 230), 11, 6, d.Name)
	centre(12, 6, 4, d.Words.TookPart)
	centre(15, 7.5, 4, d.Title)
	centre(12, 6, 0, d.Dates)
	centre(12, 6, 0, d.Venue)
	d.sign(p, f)
	if err := d.check(p, f); err != nil {
		return err
	}
	return finish(p, w)
}

// fitting is the largest size, from most down to least, at which a text is no wider than the line.
func (f *Font) fitting(p *fpdf.Fpdf, text string, most, least, width float64) float64 {
	for size := most; size > least; size-- {
		p.SetFontSize(size)
		if p.GetStringWidth(f.shown(text)) <= width {
			return size
		}
	}
	return least
}

// sign draws the lines to sign on, side by side.
func (d Diploma) sign(p *fpdf.Fpdf, f *Font) {
	p.SetFontSize(10)
	p.SetDrawColor(0, 0, 0)
	n := min(len(d.Signers), 4)
	for i, name := range d.Signers[:n] {
		width := 200.0 / float64(n)
		x := 30 + float64(i)*width
		p.Line(x+4, 168, x+width-4, 168)
		p.SetXY(x+2, 170)
		p.MultiCell(width-4, 5, f.shown(name), "", "C", false)
	}
}

// check prints how the certificate can be checked.
func (d Diploma) check(p *fpdf.Fpdf, f *Font) error {
	p.SetFontSize(8)
	p.SetXY(30, 187)
	p.CellFormat(200, 5, f.shown(strings.Join([]string{d.Issued, d.Words.Check + " " + d.Code, d.Link}, "   ")), "", 0, "L", false, 0, "")
	if d.Link == "" {
		return nil
	}
	picture, err := QR(d.Link)
	if err != nil {
		return err
	}
	p.RegisterImageOptionsReader("check", fpdf.ImageOptions{ImageType: "PNG"}, strings.NewReader(string(picture)))
	p.ImageOptions("check", 244, 158, 34, 34, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	return nil
}

func finish(p *fpdf.Fpdf, w io.Writer) error {
	if err := p.Output(w); err != nil {
		return fmt.Errorf("papers: pdf: %w", err)
	}
	return nil
}

// QR makes a picture (PNG) that a telephone's camera reads as the text.
func QR(text string) ([]byte, error) {
	picture, err := qrcode.Encode(text, qrcode.Medium, 640)
	if err != nil {
		return nil, fmt.Errorf("papers: qr: %w", err)
	}
	return picture, nil
}
