package bot

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"olle/bot/papers"
	"olle/flows"
)

// certificate makes the paper of a certificate from what its code proves.
func (s *Shelf) certificate(ctx context.Context, code string) (io.ReadCloser, error) {
	docs, err := s.Store.Load(ctx, flows.CertificateKey(code))
	if err != nil {
		return nil, fmt.Errorf("bot: certificate: %w", err)
	}
	if docs[0].Data == nil {
		return nil, NoFile("there is no such certificate any more")
	}
	d := papers.Diploma{Code: code, Signers: s.Event.Certificate.Signers}
	if err := json.Unmarshal(docs[0].Data, &d.Certificate); err != nil {
		return nil, fmt.Errorf("bot: certificate: %w", err)
	}
	if s.Site != "" {
		d.Link = s.Site + flows.CertificateKey(code)
	}
	d.Words = papers.DiplomaWords{
		Heading: s.Event.Sentence("en", "team.paper.heading"), Certifies: s.Event.Sentence("en", "team.paper.certifies"),
		TookPart: s.Event.Sentence("en", "team.paper.took_part"), Check: s.Event.Sentence("en", "team.paper.check"),
	}
	return made(func(w io.Writer) error { return papers.WriteCertificate(w, d, s.font(), s.Clock.Now()) })
}

// report drafts the report as it is now: "docx", "pdf" or "txt".
func (s *Shelf) report(ctx context.Context, kind string) (io.ReadCloser, error) {
	changes, err := s.changes(ctx)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	r, err := flows.DraftReport(Source(ctx, s.Store), changes.Apply(s.Event), changes.Release != nil, now)
	if err != nil {
		return nil, fmt.Errorf("bot: report: %w", err)
	}
	switch kind {
	case "docx":
		return made(func(w io.Writer) error { return papers.WriteReportDOCX(w, r, now) })
	case "pdf":
		return made(func(w io.Writer) error { return papers.WriteReportPDF(w, r, s.font(), now) })
	case "txt":
		return io.NopCloser(strings.NewReader(r.Text())), nil
	}
	return nil, NoFile("a report has no such format")
}

// qr makes the picture that leads to "attend/CODE" on the web page, or, where others cannot reach that, says the command.
func (s *Shelf) qr(what string) (io.ReadCloser, error) {
	text := "/" + strings.Replace(what, "/", " ", 1)
	if s.Site != "" {
		text = s.Site + "?start=" + strings.ReplaceAll(what, "/", "-")
	}
	picture, err := papers.QR(text)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(picture)), nil
}

func (s *Shelf) font() *papers.Font { return cmp.Or(s.Font, papers.Shipped()) }

// made makes a small file before any of it is sent, so that a mistake is told instead of half a file.
func made(write func(io.Writer) error) (io.ReadCloser, error) {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return nil, err
	}
	return io.NopCloser(&b), nil
}
